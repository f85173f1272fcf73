//! Keys for programs: shown once, known by a prefix that may be seen.

pub(crate) mod store;

use jiff::{SignedDuration, Timestamp};
use models::{Id, Prefixed, record::Text, records::User};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use crate::{Entropy, Permissions, secret};

/// A key is made anew after at most a year.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Begins every key, so that scanners of leaked secrets can find one.
const MARK: &str = "gck";
const PREFIX_LENGTH: usize = 12;

/// What may be seen of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKey {
    pub id: Id<Self>,
    pub owner: Id<User>,
    pub name: String,
    /// How the key begins.
    pub prefix: String,
    /// As far as its owner has them.
    pub permissions: Permissions,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// To the minute.
    pub used_at: Option<Timestamp>,
}

impl Prefixed for ApiKey {
    const PREFIX: &'static str = "key";
}

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    pub name: Text<100>,
    pub permissions: Permissions,
    pub expires_at: Timestamp,
}

/// A key's text: `gck_3f9a1c07d2be_` and a secret.
pub(crate) fn generate(entropy: &Entropy) -> (String, SecretString) {
    let prefix = format!("{MARK}_{}", ::store::hex(&entropy.bytes::<{ PREFIX_LENGTH / 2 }>()));
    let text = format!("{prefix}_{}", secret::generate(entropy).expose_secret());
    (prefix, text.into())
}

/// Whether a bearer token is meant to be a key.
#[must_use]
pub fn is_key(text: &str) -> bool {
    prefix(text).is_some()
}

/// The part of a key that may be seen; none where the text is no key.
pub(crate) fn prefix(text: &str) -> Option<&str> {
    let (prefix, secret) = text.split_at_checked(MARK.len() + 1 + PREFIX_LENGTH)?;
    let digits = prefix.strip_prefix(MARK)?.strip_prefix('_')?;
    let whole = digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && secret.len() == 1 + secret::LENGTH;
    (whole && secret.starts_with('_')).then_some(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_shows_its_prefix_only() {
        let (prefix, key) = generate(&Entropy::seeded(1));
        let text = key.expose_secret();
        assert!(text.starts_with(&prefix) && super::prefix(text) == Some(prefix.as_str()), "{text}");
        for other in [
            "",
            "gck_",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}x"),
            &text.replace('_', "-"),
            "é".repeat(40).as_str(),
        ] {
            assert!(!is_key(other), "{other}");
        }
    }
}
