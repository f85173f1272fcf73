//! Links that work once.

pub(crate) mod store;

use jiff::SignedDuration;

/// What a link is for. One purpose's link does nothing elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
    Invitation,
    /// Makes an organisation's first administrator.
    Setup,
    /// Nobody knows the secret of such a link.
    Decoy,
}

impl Purpose {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::Invitation => "invitation",
            Self::Setup => "setup",
            Self::Decoy => "decoy",
        }
    }

    #[must_use]
    pub const fn lifetime(self) -> SignedDuration {
        match self {
            Self::VerifyEmail | Self::Setup => SignedDuration::from_hours(24),
            Self::ResetPassword | Self::Decoy => SignedDuration::from_hours(1),
            Self::Invitation => SignedDuration::from_hours(24 * 7),
        }
    }
}
