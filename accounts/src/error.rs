use std::time::Duration;

use models::{Code, Coded, record::FieldErrors};

/// Why an account could not do what was asked. What a stranger gets to read never tells whether an account exists.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Only said to somebody who knew the password.
    #[error("confirm your e-mail address first: we have sent you a new link")]
    EmailNotVerified,
    /// The token is missing, broken, expired, revoked, of another organisation, or of somebody who was suspended.
    #[error("this needs a valid token: sign in again")]
    InvalidToken,
    #[error("this link is not valid any more: ask for a new one")]
    InvalidLink,
    #[error("this needs the permission {0}, which you do not have")]
    Forbidden(String),
    #[error("there is no permission {0:?}")]
    UnknownPermission(String),
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    #[error("there is no such {0}")]
    Missing(&'static str),
    #[error("{0}")]
    Conflict(String),
    #[error("the last administrator cannot be removed: make somebody else an administrator first")]
    LastAdministrator,
    #[error("this organisation does not take registrations: ask your administrator for an invitation")]
    RegistrationClosed,
    #[error("too many attempts: wait {} seconds", .0.as_secs().max(1))]
    TooManyAttempts(Duration),
    /// More passwords are waiting to be checked than the machine can check in time.
    #[error("the server is busy: try again in a few seconds")]
    Busy,
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the signing keys cannot be used: {0}")]
    Keys(&'static str),
    #[error("a file with a key cannot be used: {path}")]
    KeyFile { path: String, source: std::io::Error },
    #[error("a password cannot be hashed")]
    Hashing(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, message))
    }

    /// How long to wait before the same request may work.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts(wait) => Some(*wait),
            Self::Busy => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}

impl From<models::record::Mismatch> for Error {
    fn from(mismatch: models::record::Mismatch) -> Self {
        Self::Store(mismatch.into())
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::WrongCredentials | Self::InvalidToken => Code::Unauthenticated,
            Self::EmailNotVerified | Self::Forbidden(_) | Self::RegistrationClosed => Code::Forbidden,
            Self::UnknownPermission(_) | Self::Invalid(_) | Self::InvalidLink => Code::ValidationFailed,
            Self::Missing(_) => Code::NotFound,
            Self::Conflict(_) | Self::LastAdministrator => Code::Conflict,
            Self::TooManyAttempts(_) | Self::Busy => Code::TooManyRequests,
            Self::Store(error) => error.code(),
            Self::Keys(_) | Self::KeyFile { .. } | Self::Hashing(_) => Code::Internal,
        }
    }
}
