//! People's accounts beside their records: password, confirmed address, state.

pub(crate) mod store;

use models::{
    Id, TenantId,
    record::{Email, Text},
    records::{Locale, User},
};
use secrecy::SecretString;

/// What a person gives to have an account.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub email: Email,
    pub given_name: Text<100>,
    pub family_name: Text<100>,
    pub locale: Locale,
    pub password: SecretString,
}

/// An account as a sign-in needs it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub tenant: TenantId,
    pub user: Id<User>,
    pub email: String,
    pub given_name: String,
    pub family_name: String,
    pub locale: Locale,
    pub active: bool,
    pub suspended: bool,
    /// A PHC string.
    pub password: Option<String>,
    /// The person has shown to read mail at the present address.
    pub verified: bool,
}

impl Account {
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// What a password should not be made of.
    pub fn facts(&self) -> Vec<String> {
        vec![self.email.clone(), self.given_name.clone(), self.family_name.clone(), "guichet".to_owned()]
    }
}
