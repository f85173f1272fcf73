//! The handle on accounts, and what its parts share.

use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use models::{Clock, Random, record::to_microsecond};
use store::Database;

use crate::{
    Entropy, Mail, Mailer, Result, Settings,
    password::Hasher,
    signing::{self, JwkSet, KeyRing, ServerKey, SigningKey},
};

/// What accounts stand on.
pub struct Parts {
    pub database: Database,
    pub server_key: ServerKey,
    pub mailer: Arc<dyn Mailer>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: Settings,
}

/// Organisations, people, roles, sessions and keys; clones share it.
#[derive(Clone)]
pub struct Accounts(Arc<Inner>);

/// What an [`Accounts`] shares; only this crate sees it.
pub struct Inner {
    pub(crate) database: Database,
    pub(crate) server_key: ServerKey,
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Entropy,
    pub(crate) settings: Settings,
    pub(crate) hasher: Hasher,
    ring: RwLock<RingCache>,
}

/// The keys as they were read last.
struct RingCache {
    ring: KeyRing,
    read_at: Timestamp,
}

impl Accounts {
    /// Reads the signing keys, and makes the first one where there is none.
    ///
    /// # Errors
    /// [`crate::Error::Keys`] when they were sealed with another server key.
    pub async fn open(parts: Parts) -> Result<Self> {
        let Parts { database, server_key, mailer, clock, random, settings } = parts;
        let entropy = Entropy::new(random);
        let hasher = Hasher::new(settings.password_cost, settings.hashes_at_once, &entropy)?;
        let ring = RwLock::new(RingCache { ring: KeyRing::default(), read_at: Timestamp::MIN });
        let accounts = Self(Arc::new(Inner { database, server_key, mailer, clock, entropy, settings, hasher, ring }));
        accounts.read_keys().await?;
        if accounts.ring().is_due(accounts.now()) {
            accounts.rotate_keys().await?;
        }
        Ok(accounts)
    }

    /// The public keys, for others who check our tokens.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        self.ring().jwks(self.now())
    }

    /// Signs with a new key from now on. Tokens of the old one are good until they end.
    ///
    /// # Errors
    /// When the new key cannot be stored.
    pub async fn rotate_keys(&self) -> Result<()> {
        let ring = self.ring();
        let before = ring.signing().map(|key| key.public().kid.clone());
        let key = tokio::task::spawn_blocking(SigningKey::generate)
            .await
            .map_err(|_| crate::Error::Keys("no pair can be made"))??;
        // Where another node was faster, its key is as good.
        signing::store::replace(&self.database, &self.server_key, &key, before.as_deref(), self.now()).await?;
        self.read_keys().await
    }

    /// Replaces an old signing key, and forgets what nobody needs any more. To be called about once an hour.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn maintain(&self) -> Result<()> {
        self.read_keys().await?;
        if self.ring().is_due(self.now()) {
            self.rotate_keys().await?;
        }
        let mut tx = self.database.write_everything().await?;
        crate::session::store::purge(&mut tx, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The instant, as precisely as both databases keep it.
    pub(crate) fn now(&self) -> Timestamp {
        to_microsecond(self.clock.now())
    }

    pub(crate) fn ring(&self) -> KeyRing {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).ring.clone()
    }

    /// When the keys were read last.
    pub(crate) fn ring_read_at(&self) -> Timestamp {
        self.ring.read().unwrap_or_else(PoisonError::into_inner).read_at
    }

    pub(crate) async fn read_keys(&self) -> Result<()> {
        let ring = signing::store::load(&self.database, &self.server_key).await?;
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = RingCache { ring, read_at: self.now() };
        Ok(())
    }

    /// Hands a mail over. A failure is ours: whoever asked is told the same as ever.
    pub(crate) async fn mail(&self, mail: Mail) {
        let kind = mail.message.kind();
        if let Err(error) = self.mailer.send(mail).await {
            tracing::error!(kind, %error, "a mail was lost");
        }
    }
}

impl std::ops::Deref for Accounts {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Accounts(…)")
    }
}
