//! Randomness as an argument: seeded by the machine in the server, by a number in tests.

use std::{fmt, sync::Arc};

use jiff::Timestamp;
use models::{Id, Random};

/// A generator that many tasks share; clones are the same one. Secrets come from it, so it is a cryptographic one.
#[derive(Clone)]
pub struct Entropy(Arc<dyn Random>);

impl Entropy {
    #[must_use]
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self(random)
    }

    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }

    #[must_use]
    pub fn id<T>(&self, now: Timestamp) -> Id<T> {
        Id::mint(now, self.bytes())
    }

    #[must_use]
    pub fn source(&self) -> &dyn Random {
        &*self.0
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(…)")
    }
}

#[cfg(test)]
impl Entropy {
    pub(crate) fn seeded(seed: u8) -> Self {
        Self::new(Arc::new(models::SeededRandom::new([seed; 32])))
    }
}
