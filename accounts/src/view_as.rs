//! What somebody else could read and do, and why.

use jiff::civil::Date;
use models::{Id, Scope, TenantId, records::User};
use serde::Serialize;

use crate::{Accounts, Actor, Error, HeldGrant, Permissions, Result, access::store as access, people};

/// Somebody's standing, as of now. It is made by the same code that serves the person's own requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    pub user: Id<User>,
    pub email: String,
    /// Without it, none of the rest counts.
    pub may_sign_in: bool,
    pub permissions: Permissions,
    pub grants: Vec<HeldGrant>,
}

impl Trace {
    /// The scope in which the person would search; the actor in logs is whoever looks.
    #[must_use]
    pub fn scope(&self, actor: &Actor<'_>, as_of: Date) -> Scope {
        let grants = self.grants.iter().map(|held| held.grant.clone()).collect();
        Scope::new(actor.tenant().clone(), format!("{} as {}", actor.name(), self.user), grants, as_of)
    }

    /// Why a document with this audience is shown: the person's grants among the audience's.
    #[must_use]
    pub fn reasons(&self, audience: &models::Audience) -> Vec<&HeldGrant> {
        self.grants.iter().filter(|held| audience.grants().contains(&held.grant)).collect()
    }
}

impl Accounts {
    /// # Errors
    /// [`Error::Forbidden`] without `view_as:read`; [`Error::Missing`] for a person who is not there.
    pub async fn trace(&self, actor: &Actor<'_>, user: Id<User>) -> Result<Trace> {
        actor.require("view_as:read")?;
        self.trace_of(actor.tenant(), user).await
    }

    async fn trace_of(&self, tenant: &TenantId, user: Id<User>) -> Result<Trace> {
        let mut tx = self.database.read(tenant).await?;
        let account = people::store::by_id(&mut tx, tenant, user).await?.ok_or(Error::Missing("person"))?;
        let (permissions, memberships) = access::memberships(&mut tx, tenant, user).await?;
        Ok(Trace {
            user,
            may_sign_in: account.active && account.verified,
            email: account.email,
            permissions,
            grants: HeldGrant::of(user, &memberships),
        })
    }
}
