//! Organisations, and the first administrator of each: by a link that works once, never by a default password.

use models::{
    Origin, TenantId,
    record::{Stored, Text},
    records::{Organisation, OrganisationCreate},
};
use secrecy::SecretString;
use store::{Table, Tx};

use crate::{
    Accounts, Actor, Error, Result,
    link::{self, Purpose, store::Made},
    password,
    people::{self, NewAccount},
    permission::SeededRole,
    role,
};

impl Accounts {
    /// Makes a new organisation. Only whoever holds the machine can.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the tenant's name; [`Error::Store`] when it is taken.
    pub async fn create_organisation(
        &self,
        tenant: &TenantId,
        new: OrganisationCreate,
        origin: &Origin,
    ) -> Result<Stored<Organisation>> {
        check_tenant(tenant)?;
        let scope = Actor::Operator(tenant).scope(self.clock.today());
        let table = Table::<Organisation>::new(&self.database).for_everybody();
        Ok(table.create(&self.context(&scope, origin), new).await?)
    }

    /// The organisations of this installation, by tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn organisations(&self) -> Result<Vec<(TenantId, String)>> {
        people::store::organisations(&self.database).await
    }

    /// The organisation that a fresh installation starts with, made where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_organisation(&self, tenant: &TenantId, name: Text<200>, origin: &Origin) -> Result<()> {
        let existing = self.organisations().await?;
        if existing.iter().any(|(known, _)| known == tenant) {
            return Ok(());
        }
        let new = OrganisationCreate { name, locale: models::records::Locale::default(), contact: None };
        match self.create_organisation(tenant, new, origin).await {
            // Another node was faster.
            Err(Error::Store(store::Error::Unique { .. })) => Ok(()),
            done => done.map(|_| ()),
        }
    }

    /// While an organisation has no administrator: a link that makes one. The link of the last start stops working.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_link(&self, tenant: &TenantId) -> Result<Option<Made>> {
        let mut tx = self.database.write(tenant).await?;
        if role::store::administrators(&mut tx, tenant).await? > 0 {
            return Ok(None);
        }
        let made = link::store::make(&mut tx, tenant, Purpose::Setup, None, &self.entropy, self.now()).await?;
        tx.commit().await?;
        Ok(Some(made))
    }

    /// Makes the first administrator, who can sign in at once: whoever holds the link started the server.
    ///
    /// # Errors
    /// [`Error::InvalidLink`], also when the organisation has an administrator by now; [`Error::Invalid`] for the
    /// password, and the link still works.
    pub async fn complete_setup(&self, token: &SecretString, new: NewAccount, origin: &Origin) -> Result<TenantId> {
        let link = link::store::find(&self.database, &[Purpose::Setup], token, self.now()).await?;
        let facts = [new.email.as_str(), new.given_name.as_str(), new.family_name.as_str(), "guichet"];
        password::check(&new.password, &facts)?;
        let hash = self.hasher.hash(new.password.clone(), self.entropy.bytes()).await?;
        let (tenant, now) = (link.tenant.clone(), self.now());
        let mut tx = self.database.write(&tenant).await?;
        link::store::take(&mut tx, &link, now).await?;
        role::store::hold_administrators(&mut tx, &tenant).await?;
        if role::store::administrators(&mut tx, &tenant).await? > 0 {
            return Err(Error::InvalidLink);
        }
        self.install_administrator(&mut tx, &tenant, &new, &hash, origin).await?;
        tx.commit().await?;
        Ok(tenant)
    }

    /// As [`Self::complete_setup`], from the machine's command line; it also makes further administrators.
    ///
    /// # Errors
    /// [`Error::Invalid`] for the password; [`Error::Store`] for an address that is taken.
    pub async fn create_administrator(&self, tenant: &TenantId, new: NewAccount, origin: &Origin) -> Result<()> {
        let facts = [new.email.as_str(), new.given_name.as_str(), new.family_name.as_str(), "guichet"];
        password::check(&new.password, &facts)?;
        let hash = self.hasher.hash(new.password.clone(), self.entropy.bytes()).await?;
        let mut tx = self.database.write(tenant).await?;
        role::store::hold_administrators(&mut tx, tenant).await?;
        self.install_administrator(&mut tx, tenant, &new, &hash, origin).await?;
        Ok(tx.commit().await?)
    }

    /// Somebody who was invited or registered under that address meanwhile becomes the administrator.
    async fn install_administrator(
        &self,
        tx: &mut Tx,
        tenant: &TenantId,
        new: &NewAccount,
        hash: &str,
        origin: &Origin,
    ) -> Result<()> {
        let account = match people::store::by_email(tx, tenant, new.email.as_str()).await? {
            Some(account) => account,
            None => self.create_account(tx, tenant, new, origin).await?,
        };
        people::store::set_password(tx, tenant, account.user, hash, self.now()).await?;
        self.confirm(tx, &account, origin).await?;
        link::store::cancel(tx, tenant, account.user).await?;
        let (actor, role) = (Actor::Operator(tenant), SeededRole::Administrator.name());
        role::store::give(tx, tenant, account.user, role, &actor.name(), self.now()).await?;
        self.note(tx, &actor, origin, "role.given", &account.user.to_string(), role).await
    }
}

/// The name stands in addresses, tokens and log lines.
fn check_tenant(tenant: &TenantId) -> Result<()> {
    let name = tenant.as_str();
    let letters = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    let ends = name.starts_with('-') || name.ends_with('-');
    if letters && !ends && (2..=63).contains(&name.len()) {
        Ok(())
    } else {
        Err(Error::invalid("tenant", "must be 2 to 63 small letters, digits and `-`, like a part of a host name"))
    }
}
