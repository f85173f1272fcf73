//! The keys of today and of the last quarter of an hour.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{JwkSet, SigningKey, VerifyingKey};
use crate::token::LIFETIME;

/// A key is replaced when it is this old.
pub const ROTATION: SignedDuration = SignedDuration::from_hours(24 * 90);

/// One key of the ring.
#[derive(Debug, Clone)]
pub struct RingKey {
    pub key: Arc<SigningKey>,
    pub created_at: Timestamp,
    /// When its last token has ended; none while it signs.
    pub retires_at: Option<Timestamp>,
}

/// One key signs. Those before it are still believed until the tokens that they signed have ended.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    /// Newest first.
    keys: Vec<RingKey>,
}

impl KeyRing {
    #[must_use]
    pub fn new(mut keys: Vec<RingKey>) -> Self {
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Self { keys }
    }

    /// The key that signs now.
    #[must_use]
    pub fn signing(&self) -> Option<&SigningKey> {
        self.keys.iter().find(|key| key.retires_at.is_none()).map(|key| &*key.key)
    }

    /// The key of that name, while its tokens live.
    #[must_use]
    pub fn verifying(&self, kid: &str, now: Timestamp) -> Option<&VerifyingKey> {
        self.believed(now).find(|key| key.kid == kid)
    }

    #[must_use]
    pub fn jwks(&self, now: Timestamp) -> JwkSet {
        JwkSet { keys: self.believed(now).map(VerifyingKey::jwk).collect() }
    }

    fn believed(&self, now: Timestamp) -> impl Iterator<Item = &VerifyingKey> {
        let alive = move |key: &&RingKey| key.retires_at.is_none_or(|end| now < end);
        self.keys.iter().filter(alive).map(|key| key.key.public())
    }

    /// Whether the signing key is missing or due to be replaced.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let signing = self.keys.iter().find(|key| key.retires_at.is_none());
        signing.is_none_or(|key| now.duration_since(key.created_at) >= ROTATION)
    }
}

/// When a key that stops signing now has no token left. A minute more than their life, for nodes that notice late.
pub(super) fn retirement(now: Timestamp) -> Timestamp {
    now.saturating_add(LIFETIME + SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_key_is_believed_until_its_tokens_end() {
        let at = |minute: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute);
        let key = || Arc::new(SigningKey::generate().expect("generates"));
        let (old, new) = (key(), key());
        let ring = KeyRing::new(vec![
            RingKey { key: Arc::clone(&old), created_at: at(0), retires_at: Some(retirement(at(100))) },
            RingKey { key: Arc::clone(&new), created_at: at(100), retires_at: None },
        ]);
        assert_eq!(ring.signing().map(SigningKey::public), Some(new.public()));
        let kid = &old.public().kid;
        assert!(ring.verifying(kid, at(115)).is_some());
        assert!(ring.verifying(kid, at(116)).is_none());
        assert_eq!((ring.jwks(at(101)).keys.len(), ring.jwks(at(200)).keys.len()), (2, 1));
        assert!(ring.verifying("", at(101)).is_none());
        assert!(!ring.is_due(at(101)) && ring.is_due(at(100) + ROTATION) && KeyRing::default().is_due(at(0)));
    }
}
