//! How accounts behave; plain values.

use jiff::SignedDuration;

use crate::{password::Cost, token::Issuer};

#[derive(Debug, Clone)]
pub struct Settings {
    pub registration: Registration,
    pub issuer: Issuer,
    pub password_cost: Cost,
    /// Passwords hashed at once. Each takes the memory of its cost and one core.
    pub hashes_at_once: usize,
    /// A refresh token ends this long after it was given, unless it was used.
    pub refresh_lifetime: SignedDuration,
    /// A session ends this long after the sign-in, however often it was refreshed.
    pub session_lifetime: SignedDuration,
    /// How long a refresh token that was just used is answered with the same successor.
    pub refresh_grace: SignedDuration,
}

/// Who may make an account without being invited. A new account has no role: it sees what is for everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    Open,
    /// Whoever has an address at one of these domains, which are in small letters.
    Domains(Vec<String>),
    Closed,
}

impl Registration {
    /// `address` is in small letters.
    #[must_use]
    pub fn admits(&self, address: &str) -> bool {
        match self {
            Self::Open => true,
            Self::Domains(domains) => {
                address.rsplit_once('@').is_some_and(|(_, domain)| domains.iter().any(|allowed| allowed == domain))
            }
            Self::Closed => false,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration: Registration::Closed,
            issuer: Issuer { issuer: "guichet".to_owned(), audience: "guichet".to_owned() },
            password_cost: Cost::default(),
            hashes_at_once: 2,
            refresh_lifetime: SignedDuration::from_hours(24 * 7),
            session_lifetime: SignedDuration::from_hours(24 * 90),
            refresh_grace: SignedDuration::from_secs(10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_domains_are_admitted() {
        let school = Registration::Domains(vec!["lycee.fr".to_owned()]);
        for (address, admitted) in [
            ("a@lycee.fr", true),
            ("a@b@lycee.fr", true),
            ("a@evil-lycee.fr", false),
            ("a@sub.lycee.fr", false),
            ("a@lycee.fr.evil.org", false),
            ("lycee.fr", false),
            ("", false),
        ] {
            assert_eq!(school.admits(address), admitted, "{address}");
        }
        assert!(Registration::Open.admits("x@y.z") && !Registration::Closed.admits("x@y.z"));
    }
}
