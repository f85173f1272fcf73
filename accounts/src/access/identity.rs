//! Somebody who has shown who they are.

use jiff::civil::Date;
use models::{Id, Scope, TenantId, records::User};

use super::HeldGrant;
use crate::{Permissions, Result, api_key::ApiKey, session::Session};

/// Who asks, as of this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub tenant: TenantId,
    pub user: Id<User>,
    pub email: String,
    pub credential: Credential,
    /// Through a key: what the key and its owner both may.
    pub permissions: Permissions,
    pub grants: Vec<HeldGrant>,
}

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credential {
    Session(Id<Session>),
    ApiKey(Id<ApiKey>),
}

impl Identity {
    /// What everything below the accounts takes.
    #[must_use]
    pub fn scope(&self, as_of: Date) -> Scope {
        let grants = self.grants.iter().map(|held| held.grant.clone()).collect();
        Scope::new(self.tenant.clone(), self.actor(), grants, as_of)
    }

    /// For logs and audit: the person, or the key that acts for the person.
    #[must_use]
    pub fn actor(&self) -> String {
        match self.credential {
            Credential::Session(_) => self.user.to_string(),
            Credential::ApiKey(key) => key.to_string(),
        }
    }

    /// # Errors
    /// [`crate::Error::Forbidden`] without the permission.
    pub fn require(&self, permission: &'static str) -> Result<()> {
        self.permissions.require(permission)
    }

    #[must_use]
    pub const fn session(&self) -> Option<Id<Session>> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::ApiKey(_) => None,
        }
    }
}

/// Who changes accounts: somebody through the API, or whoever holds the machine through its command line.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    Person(&'a Identity),
    /// May do everything in the tenant that is named.
    Operator(&'a TenantId),
}

impl Actor<'_> {
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        match self {
            Self::Person(identity) => &identity.tenant,
            Self::Operator(tenant) => tenant,
        }
    }

    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Person(identity) => identity.actor(),
            Self::Operator(_) => "operator".to_owned(),
        }
    }

    #[must_use]
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Person(identity) => identity.permissions.clone(),
            Self::Operator(_) => Permissions::all(),
        }
    }

    /// # Errors
    /// [`crate::Error::Forbidden`] without the permission.
    pub fn require(&self, permission: &'static str) -> Result<()> {
        match self {
            Self::Person(identity) => identity.require(permission),
            Self::Operator(_) => Ok(()),
        }
    }

    /// The scope in which records change.
    #[must_use]
    pub fn scope(&self, as_of: Date) -> Scope {
        match self {
            Self::Person(identity) => identity.scope(as_of),
            Self::Operator(tenant) => Scope::new((*tenant).clone(), self.name(), Vec::new(), as_of),
        }
    }
}
