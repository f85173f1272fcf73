//! What is mailed to people. The words are somebody else's: here stands what happened and which link goes with it.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use models::{TenantId, records::Locale};
use secrecy::SecretString;

use crate::people::Account;

/// One mail to one person.
#[derive(Debug, Clone)]
pub struct Mail {
    pub tenant: TenantId,
    pub to: String,
    /// How the person is addressed.
    pub name: String,
    pub locale: Locale,
    pub message: Message,
}

impl Mail {
    pub(crate) fn to(account: &Account, message: Message) -> Self {
        Self {
            tenant: account.tenant.clone(),
            to: account.email.clone(),
            name: account.name(),
            locale: account.locale,
            message,
        }
    }
}

/// Why it is sent. A `token` goes into the link and nowhere else; it does not print.
#[derive(Debug, Clone)]
pub enum Message {
    VerifyEmail {
        token: SecretString,
        expires_at: Timestamp,
    },
    /// Somebody registered with an address that has an account already.
    AlreadyRegistered,
    ResetPassword {
        token: SecretString,
        expires_at: Timestamp,
    },
    /// Somebody else made the account; the link sets its password.
    Invitation {
        token: SecretString,
        expires_at: Timestamp,
    },
    PasswordChanged,
    /// A token that had been used was used again: somebody may have copied it.
    SessionStolen,
}

impl Message {
    /// The template's name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify_email",
            Self::AlreadyRegistered => "already_registered",
            Self::ResetPassword { .. } => "reset_password",
            Self::Invitation { .. } => "invitation",
            Self::PasswordChanged => "password_changed",
            Self::SessionStolen => "session_stolen",
        }
    }
}

/// Takes mails to send.
///
/// It returns as soon as the mail is queued: the time that a mail server takes would tell who has an account.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// # Errors
    /// Whatever kept the mail from being queued; it is logged, and the person asks again.
    async fn send(&self, mail: Mail) -> Result<(), MailError>;
}

/// Why a mail could not be queued.
#[derive(Debug)]
pub struct MailError(pub Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a mail cannot be queued: {}", self.0)
    }
}

impl std::error::Error for MailError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}
