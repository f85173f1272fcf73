//! Making, listing and revoking keys for programs.

use models::{Id, Origin};
use secrecy::SecretString;

use crate::{
    Accounts, Actor, Error, Identity, Result,
    api_key::{self, ApiKey, LONGEST, NewApiKey},
};

impl Accounts {
    /// Makes a key for the person. Its text is shown this once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `api_key:write`, for a permission that the person does not hold, and for a key that
    /// would make keys; [`Error::Invalid`] for its end.
    pub async fn create_api_key(
        &self,
        identity: &Identity,
        new: NewApiKey,
        origin: &Origin,
    ) -> Result<(ApiKey, SecretString)> {
        identity.require("api_key:write")?;
        if identity.session().is_none() {
            return Err(Error::Forbidden("session".to_owned()));
        }
        identity.permissions.require_all(&new.permissions)?;
        let now = self.now();
        if new.permissions.is_empty() {
            return Err(Error::invalid("permissions", "must name at least one"));
        }
        if new.expires_at <= now || new.expires_at.duration_since(now) > LONGEST {
            return Err(Error::invalid("expires_at", "must be within the next 366 days"));
        }
        let (prefix, text) = api_key::generate(&self.entropy);
        let key = new.named(self.entropy.id(now), identity.user, prefix, now);
        let mut tx = self.database.write(&identity.tenant).await?;
        api_key::store::insert(&mut tx, &identity.tenant, &key, &text).await?;
        let (actor, detail) = (Actor::Person(identity), key.permissions.names());
        self.note(&mut tx, &actor, origin, "api_key.created", &key.id.to_string(), detail).await?;
        tx.commit().await?;
        Ok((key, text))
    }

    /// The person's own keys, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `api_key:write`.
    pub async fn api_keys(&self, identity: &Identity) -> Result<Vec<ApiKey>> {
        identity.require("api_key:write")?;
        api_key::store::list(&self.database, &identity.tenant, Some(identity.user), self.now()).await
    }

    /// Everybody's keys, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `api_key:manage`.
    pub async fn all_api_keys(&self, actor: &Actor<'_>) -> Result<Vec<ApiKey>> {
        actor.require("api_key:manage")?;
        api_key::store::list(&self.database, actor.tenant(), None, self.now()).await
    }

    /// Ends a key: one's own, or with `api_key:manage` anybody's.
    ///
    /// # Errors
    /// [`Error::Missing`] when there is none that the actor may end.
    pub async fn revoke_api_key(&self, actor: &Actor<'_>, key: Id<ApiKey>, origin: &Origin) -> Result<()> {
        let owner = match actor {
            Actor::Person(identity) if !identity.permissions.allow("api_key:manage") => Some(identity.user),
            _ => None,
        };
        let mut tx = self.database.write(actor.tenant()).await?;
        if !api_key::store::revoke(&mut tx, actor.tenant(), owner, key, self.now()).await? {
            return Err(Error::Missing("API key"));
        }
        self.note(&mut tx, actor, origin, "api_key.revoked", &key.to_string(), ()).await?;
        Ok(tx.commit().await?)
    }
}
