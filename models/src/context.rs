//! On whose behalf something changes, when, from where, and with what randomness: plain values and two sources that
//! tests replace.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use serde::{Deserialize, Serialize};

use crate::{Clock, Id, Scope};

/// Everything that a change needs to know beside its own input.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub scope: &'a Scope,
    pub origin: &'a Origin,
    pub clock: &'a dyn Clock,
    pub random: &'a dyn Random,
}

impl Context<'_> {
    /// To the microsecond, as it is stored.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        crate::record::to_microsecond(self.clock.now())
    }

    #[must_use]
    pub fn mint<T>(&self) -> Id<T> {
        let mut bytes = [0; 10];
        self.random.fill(&mut bytes);
        Id::mint(self.clock.now(), bytes)
    }
}

/// Where a request came from, for the audit. Nothing for what the program does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The client's network address.
    pub address: Option<String>,
    /// What the client calls itself: its user agent, or the name of a key.
    pub client: Option<String>,
    /// The id under which the log has the request.
    pub request: Option<String>,
}

/// Where randomness comes from.
pub trait Random: Send + Sync {
    fn fill(&self, bytes: &mut [u8]);
}

/// A cryptographic generator (`ChaCha12`), seeded by the composition root from the machine, by tests from a number.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Mutex::new(StdRng::from_seed(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
