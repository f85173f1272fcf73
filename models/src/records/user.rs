//! People with an account.

use super::Locale;
use crate::record::{Choice, Email, Record, Text};

/// A person with an account. How the person signs in is not part of the record.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "users", prefix = "usr", audit, events, soft_delete)]
pub struct User {
    #[field(create, patch, search, sort, unique, filter)]
    pub email: Email,
    #[field(create, patch, search, sort)]
    pub given_name: Text<100>,
    #[field(create, patch, search, sort)]
    pub family_name: Text<100>,
    #[field(create, patch, default)]
    pub locale: Locale,
    #[field(create, patch)]
    pub phone: Option<Text<40>>,
    #[field(create, patch, default, filter)]
    pub status: UserStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Choice)]
pub enum UserStatus {
    /// Has not signed in yet.
    #[default]
    Invited,
    Active,
    /// May not sign in.
    Suspended,
}
