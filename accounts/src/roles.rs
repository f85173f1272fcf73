//! Giving and taking roles, and making the organisation's own. Nobody gives what they do not hold, nobody touches
//! somebody who may do more, and the last administrator stays.

use models::{Id, Origin, TenantId, record::Text, records::User};
use store::Tx;

use crate::{
    Accounts, Actor, Error, Permissions, Result,
    access::store as access,
    people,
    permission::SeededRole,
    role::{self, NewRole, Role},
};

const ADMINISTRATOR: &str = SeededRole::Administrator.name();

impl Accounts {
    /// All roles: those that every organisation has, then its own.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `role:read`.
    pub async fn roles(&self, actor: &Actor<'_>) -> Result<Vec<Role>> {
        actor.require("role:read")?;
        let mut tx = self.database.read(actor.tenant()).await?;
        let own = role::store::own(&mut tx, actor.tenant()).await?;
        Ok(Role::seeded().chain(own).collect())
    }

    /// # Errors
    /// [`Error::Forbidden`] without `role:write`, or for a permission that the actor does not hold; [`Error::Conflict`]
    /// for a name that is taken.
    pub async fn create_role(&self, actor: &Actor<'_>, new: &NewRole, origin: &Origin) -> Result<()> {
        actor.require("role:write")?;
        new.check()?;
        actor.permissions().require_all(&new.permissions)?;
        let mut tx = self.database.write(actor.tenant()).await?;
        role::store::insert(&mut tx, actor.tenant(), new, self.now()).await?;
        self.note(&mut tx, actor, origin, "role.created", &new.name, new.permissions.names()).await?;
        Ok(tx.commit().await?)
    }

    /// Changes what one of the organisation's own roles allows; it counts for whoever has it from the next request on.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `role:write`, or for a permission, before or after, that the actor does not hold;
    /// [`Error::Missing`] for a role that is not the organisation's own.
    pub async fn update_role(
        &self,
        actor: &Actor<'_>,
        name: &str,
        title: &Text<100>,
        permissions: &Permissions,
        origin: &Origin,
    ) -> Result<()> {
        actor.require("role:write")?;
        actor.permissions().require_all(permissions)?;
        let tenant = actor.tenant();
        let mut tx = self.database.write(tenant).await?;
        actor.permissions().require_all(&role::store::permissions(&mut tx, tenant, name).await?)?;
        role::store::update(&mut tx, tenant, name, title.as_str(), permissions, self.now()).await?;
        self.note(&mut tx, actor, origin, "role.updated", name, permissions.names()).await?;
        Ok(tx.commit().await?)
    }

    /// Removes one of the organisation's own roles, also from those who have it.
    ///
    /// # Errors
    /// As [`Self::update_role`].
    pub async fn delete_role(&self, actor: &Actor<'_>, name: &str, origin: &Origin) -> Result<()> {
        actor.require("role:write")?;
        let mut tx = self.database.write(actor.tenant()).await?;
        actor.permissions().require_all(&role::store::permissions(&mut tx, actor.tenant(), name).await?)?;
        role::store::delete(&mut tx, actor.tenant(), name).await?;
        self.note(&mut tx, actor, origin, "role.deleted", name, ()).await?;
        Ok(tx.commit().await?)
    }

    /// # Errors
    /// [`Error::Forbidden`] without `role:assign`, for a role that allows more than the actor may, and for a person who
    /// may do more; [`Error::Missing`] for a role or a person that is not there.
    pub async fn give_role(&self, actor: &Actor<'_>, user: Id<User>, name: &str, origin: &Origin) -> Result<()> {
        actor.require("role:assign")?;
        let mut tx = self.database.write(actor.tenant()).await?;
        actor.permissions().require_all(&role::store::permissions(&mut tx, actor.tenant(), name).await?)?;
        self.require_power_over(&mut tx, actor, user).await?;
        if role::store::give(&mut tx, actor.tenant(), user, name, &actor.name(), self.now()).await? {
            self.note(&mut tx, actor, origin, "role.given", &user.to_string(), name).await?;
        }
        Ok(tx.commit().await?)
    }

    /// # Errors
    /// As [`Self::give_role`], and [`Error::LastAdministrator`].
    pub async fn take_role(&self, actor: &Actor<'_>, user: Id<User>, name: &str, origin: &Origin) -> Result<()> {
        actor.require("role:assign")?;
        let mut tx = self.database.write(actor.tenant()).await?;
        self.require_power_over(&mut tx, actor, user).await?;
        if name == ADMINISTRATOR {
            self.require_another_administrator(&mut tx, actor.tenant(), user).await?;
        }
        if !role::store::take(&mut tx, actor.tenant(), user, name).await? {
            return Err(Error::Missing("role of this person"));
        }
        self.note(&mut tx, actor, origin, "role.taken", &user.to_string(), name).await?;
        Ok(tx.commit().await?)
    }

    /// To be called before a change after which the person can no longer administer. Until the transaction ends, nobody
    /// else changes who can.
    pub(crate) async fn require_another_administrator(
        &self,
        tx: &mut Tx,
        tenant: &TenantId,
        user: Id<User>,
    ) -> Result<()> {
        role::store::hold_administrators(tx, tenant).await?;
        let last = role::store::is_last_administrator(tx, tenant, user).await?;
        if last { Err(Error::LastAdministrator) } else { Ok(()) }
    }

    /// Somebody who may suspend people must not suspend, or become, somebody who may do more.
    pub(crate) async fn require_power_over(&self, tx: &mut Tx, actor: &Actor<'_>, user: Id<User>) -> Result<()> {
        people::store::by_id(tx, actor.tenant(), user).await?.ok_or(Error::Missing("person"))?;
        let (permissions, _) = access::memberships(tx, actor.tenant(), user).await?;
        actor.permissions().require_all(&permissions)
    }

    pub(crate) async fn require_person(&self, tenant: &TenantId, user: Id<User>) -> Result<()> {
        let mut tx = self.database.read(tenant).await?;
        people::store::by_id(&mut tx, tenant, user).await?.map(|_| ()).ok_or(Error::Missing("person"))
    }
}
