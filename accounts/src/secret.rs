//! Random texts that open something: refresh tokens, links in mails, API keys. Only their hash is stored.
//!
//! A plain SHA-256 is enough, because nobody can guess 256 random bits; a slow hash is for passwords.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::Entropy;

/// The length of 256 bits in base64url.
pub const LENGTH: usize = 43;

/// 256 random bits as 43 characters that are safe in a link.
#[must_use]
pub fn generate(entropy: &Entropy) -> SecretString {
    encode(entropy.bytes())
}

#[must_use]
pub fn encode(bytes: [u8; 32]) -> SecretString {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

/// What is stored instead of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    #[must_use]
    pub fn of(secret: &SecretString) -> Self {
        Self::of_text(secret.expose_secret())
    }

    /// For what identifies without being secret, such as the e-mail address behind a counter.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        Self(store::hex(&Sha256::digest(text.as_bytes())))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its duration how much was right.
    #[must_use]
    pub fn matches(&self, stored: &str) -> bool {
        self.0.as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(…)")
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn secrets_differ_do_not_print_and_are_known_by_their_hash() {
        let entropy = Entropy::seeded(1);
        let (one, other) = (generate(&entropy), generate(&entropy));
        assert_eq!(one.expose_secret().len(), LENGTH);
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(!format!("{one:?} {:?}", Fingerprint::of(&one)).contains(&one.expose_secret()[..8]));
        let stored = Fingerprint::of(&one).as_str().to_owned();
        assert!(Fingerprint::of(&one).matches(&stored));
        assert!(!Fingerprint::of(&other).matches(&stored));
        assert!(!Fingerprint::of(&one).matches(&stored[1..]));
    }
}
