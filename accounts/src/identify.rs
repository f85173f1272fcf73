//! From a bearer token to who that is.

use jiff::SignedDuration;
use models::{Id, TenantId};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use crate::{
    Accounts, Error, Identity, Result,
    access::{Credential, HeldGrant, store as access},
    api_key,
    session::Session,
    signing::KeyRing,
    token,
};

/// How old the keys may be before they are read again to sign with, or to look for an unknown one.
const RING_AGE: SignedDuration = SignedDuration::from_secs(30);
const RING_PATIENCE: SignedDuration = SignedDuration::from_secs(1);

impl Accounts {
    /// Who shows this access token or API key. `tenant` is the one that the request was sent to, where that is known.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], whatever is wrong with it.
    pub async fn identify(&self, bearer: &SecretString, tenant: Option<&TenantId>) -> Result<Identity> {
        let identity = if api_key::is_key(bearer.expose_secret()) {
            self.identify_key(bearer).await?
        } else {
            self.identify_token(bearer).await?
        };
        if tenant.is_some_and(|tenant| *tenant != identity.tenant) { Err(Error::InvalidToken) } else { Ok(identity) }
    }

    /// What a page must send beside the cookie of this session.
    #[must_use]
    pub fn csrf_token(&self, session: Id<Session>) -> SecretString {
        self.server_key.csrf_token(&session.to_string())
    }

    /// Whether a page sent what it was told.
    #[must_use]
    pub fn csrf_matches(&self, session: Id<Session>, sent: &str) -> bool {
        self.csrf_token(session).expose_secret().as_bytes().ct_eq(sent.as_bytes()).into()
    }

    async fn identify_token(&self, bearer: &SecretString) -> Result<Identity> {
        let now = self.now();
        let ring = self.ring_with(bearer.expose_secret()).await?;
        let claims = self.settings.issuer.verify(&ring, bearer.expose_secret(), now)?;
        let mut tx = self.database.read(&claims.tenant).await?;
        let standing = access::of_session(&mut tx, &claims.tenant, claims.sub, claims.sid, now).await?;
        let standing = standing.ok_or(Error::InvalidToken)?;
        Ok(Identity {
            tenant: claims.tenant,
            user: standing.user,
            grants: HeldGrant::of(standing.user, &standing.memberships),
            email: standing.email,
            credential: Credential::Session(claims.sid),
            permissions: standing.permissions,
        })
    }

    async fn identify_key(&self, bearer: &SecretString) -> Result<Identity> {
        let now = self.now();
        let found = api_key::store::find(&self.database, bearer, now).await?;
        let (tenant, key) = found.ok_or(Error::InvalidToken)?;
        let standing = {
            let mut tx = self.database.read(&tenant).await?;
            access::of_person(&mut tx, &tenant, key.owner).await?.ok_or(Error::InvalidToken)?
        };
        api_key::store::note_use(&self.database, &tenant, &key, now).await?;
        Ok(Identity {
            tenant,
            user: standing.user,
            grants: HeldGrant::of(standing.user, &standing.memberships),
            email: standing.email,
            credential: Credential::ApiKey(key.id),
            permissions: key.permissions.intersection(&standing.permissions),
        })
    }

    /// The keys, read again when this token's is not among them: another node may have a new one.
    async fn ring_with(&self, bearer: &str) -> Result<KeyRing> {
        let kid = token::kid(bearer).ok_or(Error::InvalidToken)?;
        let ring = self.ring();
        if ring.verifying(&kid, self.now()).is_some() {
            return Ok(ring);
        }
        self.ring_not_older_than(RING_PATIENCE).await
    }

    /// The keys, read again when another node may have replaced the one that signs.
    pub(crate) async fn fresh_ring(&self) -> Result<KeyRing> {
        self.ring_not_older_than(RING_AGE).await
    }

    async fn ring_not_older_than(&self, age: SignedDuration) -> Result<KeyRing> {
        if self.now().duration_since(self.ring_read_at()).abs() >= age {
            self.read_keys().await?;
        }
        Ok(self.ring())
    }
}
