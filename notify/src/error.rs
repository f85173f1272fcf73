use std::{io, path::PathBuf, time::Duration};

use models::{Code, Coded};

pub type Result<T> = std::result::Result<T, Error>;

/// Why a mail was not made or not sent. [`Error::is_temporary`] says whether another attempt can help.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("`{0}` is not an e-mail address that mail can be sent to")]
    Address(String),
    #[error("a link in a mail must be an absolute http(s) address without a password: {0}")]
    Link(String),
    #[error("the text of a mail cannot be made: {0}")]
    Template(#[from] minijinja::Error),
    #[error("a mail cannot be put together: {0}")]
    Compose(#[from] lettre::error::Error),
    #[error("the mail settings are not usable: {0}")]
    Settings(String),
    #[error("the mail cannot be written to {}: {source}", path.display())]
    Outbox { path: PathBuf, source: io::Error },
    /// Nobody answers, or the connection broke, or TLS could not be agreed on.
    #[error("the mail server {server} cannot be reached: {source}")]
    Unreachable { server: String, source: lettre::transport::smtp::Error },
    #[error("the mail server {server} did not finish within {after:?}")]
    TimedOut { server: String, after: Duration },
    /// A temporary refusal (4xx): full mailbox, greylisting, too much at once.
    #[error("the mail server {server} asks to try later: {source}")]
    Postponed { server: String, source: lettre::transport::smtp::Error },
    /// The server does not accept us: a password, or TLS that it lacks. The mail itself is not at fault.
    #[error("the mail server {server} does not let this account send; check the mail settings: {source}")]
    NotAdmitted { server: String, source: lettre::transport::smtp::Error },
    /// A final refusal of this mail or its recipient (5xx).
    #[error("the mail server {server} refuses this mail: {source}")]
    Refused { server: String, source: lettre::transport::smtp::Error },
}

impl Error {
    /// Whether the same mail may pass later (retry), or never will (give up).
    ///
    /// Refused credentials count as temporary: the operator repairs them, and the mails of that hour must not be lost.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Outbox { .. }
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Postponed { .. }
            | Self::NotAdmitted { .. } => true,
            Self::Address(_)
            | Self::Link(_)
            | Self::Template(_)
            | Self::Compose(_)
            | Self::Settings(_)
            | Self::Refused { .. } => false,
        }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Address(_) | Self::Link(_) => Code::ValidationFailed,
            Self::Outbox { source, .. } if source.kind() == io::ErrorKind::StorageFull => Code::StorageFull,
            _ if self.is_temporary() => Code::Unavailable,
            _ => Code::Internal,
        }
    }
}
