//! People of an organisation, as others make and change them. `Table<User>` alone would not know who may do what to
//! whom, nor that sessions end with a suspension.

use models::{
    Context, Id, Origin, TenantId,
    record::{Patch, Stored},
    records::{User, UserCreate, UserPatch, UserStatus},
};
use serde::Serialize;
use serde_json::json;
use store::{Table, Tx, audit};

use crate::{
    Accounts, Actor, Error, Mail, Message, Result, api_key,
    link::{self, Purpose},
    people::{self, Account, NewAccount},
    role,
    session::{End, store as sessions},
};

impl Accounts {
    /// Makes an account for somebody and mails a link that sets its password.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `user:write`; [`Error::Store`] for an address that is taken.
    pub async fn invite(&self, actor: &Actor<'_>, mut new: UserCreate, origin: &Origin) -> Result<Stored<User>> {
        actor.require("user:write")?;
        // Whoever was invited becomes active by following the link, not before.
        new.status = UserStatus::Invited;
        let mut tx = self.database.write(actor.tenant()).await?;
        if !people::store::has_organisation(&mut tx, actor.tenant()).await? {
            return Err(Error::Missing("organisation"));
        }
        let scope = actor.scope(self.clock.today());
        let stored = self.users().create_in(&mut tx, &self.context(&scope, origin), new).await?;
        let mail = self.invitation(&mut tx, actor.tenant(), stored.id).await?;
        tx.commit().await?;
        self.mail(mail).await;
        Ok(stored)
    }

    /// Sends the link again; the earlier one stops working.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `user:write`; [`Error::Missing`] for a person who is not there;
    /// [`Error::Conflict`] for one who has accepted.
    pub async fn invite_again(&self, actor: &Actor<'_>, user: Id<User>, origin: &Origin) -> Result<()> {
        actor.require("user:write")?;
        let mut tx = self.database.write(actor.tenant()).await?;
        self.require_power_over(&mut tx, actor, user).await?;
        let mail = self.invitation(&mut tx, actor.tenant(), user).await?;
        self.note(&mut tx, actor, origin, "user.invited", &user.to_string(), ()).await?;
        tx.commit().await?;
        self.mail(mail).await;
        Ok(())
    }

    async fn invitation(&self, tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<Mail> {
        let account = people::store::by_id(tx, tenant, user).await?.ok_or(Error::Missing("person"))?;
        if account.active || account.suspended {
            return Err(Error::Conflict("this person has an account already".to_owned()));
        }
        let of = Some((account.user, account.email.as_str()));
        let made = link::store::make(tx, tenant, Purpose::Invitation, of, &self.entropy, self.now()).await?;
        Ok(Mail::to(&account, Message::Invitation { token: made.token, expires_at: made.expires_at }))
    }

    /// Changes a person's record. People may change their own, but for address and state.
    ///
    /// A suspension ends the person's sessions; a new address has to be confirmed before the next sign-in, and links
    /// that went to the old one stop working.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `user:write`, or when that person may do more; [`Error::LastAdministrator`];
    /// [`Error::Missing`]; [`Error::Store`] as `Table::patch`.
    pub async fn change_person(
        &self,
        actor: &Actor<'_>,
        user: Id<User>,
        version: Option<i64>,
        patch: UserPatch,
        origin: &Origin,
    ) -> Result<Stored<User>> {
        let own = matches!(actor, Actor::Person(identity) if identity.user == user && identity.session().is_some());
        let delicate = patch.email != Patch::Keep || patch.status != Patch::Keep;
        if !own || delicate {
            actor.require("user:write")?;
        }
        let (tenant, now) = (actor.tenant(), self.now());
        let mut tx = self.database.write(tenant).await?;
        self.require_power_over(&mut tx, actor, user).await?;
        if matches!(patch.status, Patch::Set(UserStatus::Invited | UserStatus::Suspended)) {
            self.require_another_administrator(&mut tx, tenant, user).await?;
            people::store::wait_for_sign_ins(&mut tx, tenant, user).await?;
        }
        let before = people::store::by_id(&mut tx, tenant, user).await?.ok_or(Error::Missing("person"))?;
        let scope = actor.scope(self.clock.today());
        let after = self.users().patch_in(&mut tx, &self.context(&scope, origin), user, version, patch).await?;
        if after.email.as_str() != before.email {
            link::store::cancel(&mut tx, tenant, user).await?;
        }
        if before.active && after.status != UserStatus::Active {
            sessions::end_all(&mut tx, tenant, user, None, End::Suspended, now).await?;
        }
        if after.status == UserStatus::Suspended {
            link::store::cancel(&mut tx, tenant, user).await?;
        }
        tx.commit().await?;
        Ok(after)
    }

    /// Suspends somebody at once: the next request with any of the person's tokens and keys is refused.
    ///
    /// # Errors
    /// As [`Self::change_person`].
    pub async fn suspend(&self, actor: &Actor<'_>, user: Id<User>, origin: &Origin) -> Result<()> {
        self.set_status(actor, user, UserStatus::Suspended, origin).await
    }

    /// Lets a suspended person sign in again.
    ///
    /// # Errors
    /// As [`Self::change_person`].
    pub async fn reactivate(&self, actor: &Actor<'_>, user: Id<User>, origin: &Origin) -> Result<()> {
        self.set_status(actor, user, UserStatus::Active, origin).await
    }

    async fn set_status(&self, actor: &Actor<'_>, user: Id<User>, status: UserStatus, origin: &Origin) -> Result<()> {
        let patch = UserPatch { status: Patch::Set(status), ..UserPatch::default() };
        self.change_person(actor, user, None, patch, origin).await.map(|_| ())
    }

    /// Removes a person: out of lists at once, with sessions, keys, roles and password.
    ///
    /// # Errors
    /// As [`Self::change_person`], and [`Error::Store`] while records point to the person.
    pub async fn remove_person(
        &self,
        actor: &Actor<'_>,
        user: Id<User>,
        version: Option<i64>,
        origin: &Origin,
    ) -> Result<()> {
        actor.require("user:write")?;
        let (tenant, now) = (actor.tenant(), self.now());
        let mut tx = self.database.write(tenant).await?;
        self.require_power_over(&mut tx, actor, user).await?;
        self.require_another_administrator(&mut tx, tenant, user).await?;
        people::store::wait_for_sign_ins(&mut tx, tenant, user).await?;
        let scope = actor.scope(self.clock.today());
        self.users().delete_in(&mut tx, &self.context(&scope, origin), user, version).await?;
        sessions::end_all(&mut tx, tenant, user, None, End::Suspended, now).await?;
        api_key::store::revoke_all(&mut tx, tenant, user, now).await?;
        link::store::cancel(&mut tx, tenant, user).await?;
        role::store::take_all(&mut tx, tenant, user).await?;
        people::store::forget(&mut tx, tenant, user).await?;
        Ok(tx.commit().await?)
    }

    /// The record of somebody who registers.
    pub(crate) async fn create_account(
        &self,
        tx: &mut Tx,
        tenant: &TenantId,
        new: &NewAccount,
        origin: &Origin,
    ) -> Result<Account> {
        let create = UserCreate {
            email: new.email.clone(),
            given_name: new.given_name.clone(),
            family_name: new.family_name.clone(),
            locale: new.locale,
            phone: None,
            status: UserStatus::Invited,
        };
        if !people::store::has_organisation(tx, tenant).await? {
            return Err(Error::Missing("organisation"));
        }
        let scope = self.own_scope(tenant);
        let stored = self.users().create_in(tx, &self.context(&scope, origin), create).await?;
        people::store::by_id(tx, tenant, stored.id).await?.ok_or(Error::Missing("person"))
    }

    pub(crate) async fn activate(&self, tx: &mut Tx, account: &Account, origin: &Origin) -> Result<()> {
        let patch = UserPatch { status: Patch::Set(UserStatus::Active), ..UserPatch::default() };
        let scope = self.own_scope(&account.tenant);
        self.users().patch_in(tx, &self.context(&scope, origin), account.user, None, patch).await?;
        Ok(())
    }

    /// The person's own record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn me(&self, identity: &crate::Identity) -> Result<Stored<User>> {
        Ok(self.users().get(&identity.scope(self.clock.today()), identity.user).await?)
    }

    /// What people do to their accounts before they are signed in.
    pub(crate) fn own_scope(&self, tenant: &TenantId) -> models::Scope {
        models::Scope::new(tenant.clone(), "accounts", Vec::new(), self.clock.today())
    }

    pub(crate) fn context<'a>(&'a self, scope: &'a models::Scope, origin: &'a Origin) -> Context<'a> {
        Context { scope, origin, clock: &*self.clock, random: self.entropy.source() }
    }

    pub(crate) fn users(&self) -> Table<User> {
        Table::new(&self.database).for_everybody()
    }

    /// Leaves a line in the audit within the transaction.
    pub(crate) async fn note(
        &self,
        tx: &mut Tx,
        actor: &Actor<'_>,
        origin: &Origin,
        action: &str,
        subject: &str,
        detail: impl Serialize + Send,
    ) -> Result<()> {
        let scope = actor.scope(self.clock.today());
        self.note_in(tx, &scope, origin, action, subject, detail).await
    }

    /// As [`Self::note`], for what people do to themselves.
    pub(crate) async fn note_by(
        &self,
        tx: &mut Tx,
        tenant: &TenantId,
        user: Id<User>,
        origin: &Origin,
        action: &str,
        subject: &str,
    ) -> Result<()> {
        let scope = models::Scope::new(tenant.clone(), user.to_string(), Vec::new(), self.clock.today());
        self.note_in(tx, &scope, origin, action, subject, ()).await
    }

    async fn note_in(
        &self,
        tx: &mut Tx,
        scope: &models::Scope,
        origin: &Origin,
        action: &str,
        subject: &str,
        detail: impl Serialize + Send,
    ) -> Result<()> {
        let detail = serde_json::to_value(detail).unwrap_or_default();
        let entry = audit::NewEntry {
            action,
            record: action.split_once('.').map(|(record, _)| record),
            record_id: Some(subject.to_owned()),
            before: None,
            after: (!detail.is_null()).then(|| json!({ "detail": detail })),
        };
        Ok(audit::record(tx, &self.context(scope, origin), entry).await?)
    }
}
