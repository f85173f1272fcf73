//! Where somebody is signed in, and ending that.

use models::{Id, Origin, records::User};

use crate::{
    Accounts, Actor, Error, Identity, Result,
    session::{End, Session, store},
};

impl Accounts {
    /// The person's own open sessions, the one used last first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, identity: &Identity) -> Result<Vec<Session>> {
        store::list(&self.database, &identity.tenant, identity.user, self.now()).await
    }

    /// # Errors
    /// [`Error::Missing`] when the person has no such open session.
    pub async fn end_session(&self, identity: &Identity, session: Id<Session>, origin: &Origin) -> Result<()> {
        let mut tx = self.database.write(&identity.tenant).await?;
        if !store::end(&mut tx, &identity.tenant, identity.user, session, End::Revoked, self.now()).await? {
            return Err(Error::Missing("session"));
        }
        let actor = Actor::Person(identity);
        self.note(&mut tx, &actor, origin, "session.revoked", &session.to_string(), ()).await?;
        Ok(tx.commit().await?)
    }

    /// Ends all sessions of the person but the present one; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(&self, identity: &Identity, origin: &Origin) -> Result<u64> {
        let mut tx = self.database.write(&identity.tenant).await?;
        let (tenant, kept) = (&identity.tenant, identity.session());
        let ended = store::end_all(&mut tx, tenant, identity.user, kept, End::Revoked, self.now()).await?;
        let (actor, subject) = (Actor::Person(identity), identity.user.to_string());
        self.note(&mut tx, &actor, origin, "session.others_revoked", &subject, ended).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Somebody else's open sessions.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `session:manage`; [`Error::Missing`] for a person who is not there.
    pub async fn sessions_of(&self, actor: &Actor<'_>, user: Id<User>) -> Result<Vec<Session>> {
        actor.require("session:manage")?;
        self.require_person(actor.tenant(), user).await?;
        store::list(&self.database, actor.tenant(), user, self.now()).await
    }

    /// Ends all sessions of somebody else; returns how many.
    ///
    /// # Errors
    /// As [`Self::sessions_of`], and [`Error::Forbidden`] when that person may do more.
    pub async fn end_sessions_of(&self, actor: &Actor<'_>, user: Id<User>, origin: &Origin) -> Result<u64> {
        actor.require("session:manage")?;
        let mut tx = self.database.write(actor.tenant()).await?;
        self.require_power_over(&mut tx, actor, user).await?;
        let ended = store::end_all(&mut tx, actor.tenant(), user, None, End::Revoked, self.now()).await?;
        self.note(&mut tx, actor, origin, "session.all_revoked", &user.to_string(), ended).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
