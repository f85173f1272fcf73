//! Sign-ins and what keeps them alive.

pub(crate) mod store;

use jiff::Timestamp;
use models::{Id, Prefixed, TenantId, records::User};
use secrecy::SecretString;
use serde::Serialize;

/// One sign-in on one device. Its id stands in access tokens as `sid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    pub id: Id<Self>,
    pub created_at: Timestamp,
    /// When its tokens were last renewed.
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
    /// From where, at the last renewal.
    pub address: Option<String>,
    pub client: Option<String>,
}

impl Prefixed for Session {
    const PREFIX: &'static str = "ses";
}

/// Why a session ended, as it stands in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    SignedOut,
    /// From the list of sessions, by the person or an administrator.
    Revoked,
    PasswordChanged,
    Suspended,
    /// A refresh token was used twice.
    Reused,
}

impl End {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::PasswordChanged => "password_changed",
            Self::Suspended => "suspended",
            Self::Reused => "reused",
        }
    }
}

/// What a sign-in or a renewal gives.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: SecretString,
    pub access_expires_at: Timestamp,
    pub refresh: SecretString,
    pub refresh_expires_at: Timestamp,
    pub tenant: TenantId,
    pub user: Id<User>,
    pub session: Id<Session>,
}
