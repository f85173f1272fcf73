//! Passwords: which ones are taken, and how they are kept (argon2id).

mod policy;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

pub use policy::{LONGEST, check};

use crate::{Entropy, Error, Result};

/// How much one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub kibibytes: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Default for Cost {
    /// The second of the equivalent settings of the OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { kibibytes: 19_456, passes: 2, lanes: 1 }
    }
}

/// How a password compares with what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed at another cost than today's: hash it again while it is at hand.
    Outdated,
}

/// Hashes on threads of their own, a few at a time: each takes memory and a core. Clones share the limit.
#[derive(Debug, Clone)]
pub struct Hasher {
    params: Params,
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// What an unknown account's password is compared with, so that the answer takes as long.
    decoy: Arc<str>,
}

/// How many may wait for each that is running; more are told to come back.
const QUEUE: usize = 16;

impl Hasher {
    /// # Errors
    /// [`Error::Hashing`] when argon2 does not take the cost.
    pub fn new(cost: Cost, at_once: usize, entropy: &Entropy) -> Result<Self> {
        let params = Params::new(cost.kibibytes, cost.passes, cost.lanes, None).map_err(failed)?;
        let at_once = at_once.max(1);
        let decoy = hash(&params, "", &entropy.bytes())?.into();
        let (running, waiting) = (Arc::new(Semaphore::new(at_once)), Arc::new(Semaphore::new(at_once * (QUEUE + 1))));
        Ok(Self { params, running, waiting, decoy })
    }

    /// The text to store.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<String> {
        let params = self.params.clone();
        self.run(move || hash(&params, password.expose_secret(), &salt)).await
    }

    /// Compares with what is stored; `None` stands for an account that is not there, or has no password.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many wait already.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<Verdict> {
        let (params, decoy) = (self.params.clone(), Arc::clone(&self.decoy));
        self.run(move || {
            let verdict = verify(&params, password.expose_secret(), stored.as_deref().unwrap_or(&decoy));
            if stored.is_some() { verdict } else { Ok(Verdict::Wrong) }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _place = self.waiting.try_acquire().map_err(|_| Error::Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Error::Busy)?;
        let work = move || {
            // Held by the thread: a caller who hangs up does not make room before the hash is done.
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(failed)?
    }
}

fn hash(params: &Params, password: &str, salt: &[u8; 16]) -> Result<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hash: PasswordHash =
        argon2.hash_password_with_salt(normal(password).expose_secret().as_bytes(), salt).map_err(failed)?;
    Ok(hash.to_string())
}

fn verify(params: &Params, password: &str, stored: &str) -> Result<Verdict> {
    let parsed = PasswordHash::new(stored).map_err(failed)?;
    match Argon2::default().verify_password(normal(password).expose_secret().as_bytes(), &parsed) {
        Ok(()) if Params::try_from(&parsed).is_ok_and(|used| same_cost(&used, params)) => Ok(Verdict::Right),
        Ok(()) => Ok(Verdict::Outdated),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(failed(error)),
    }
}

fn same_cost(used: &Params, wanted: &Params) -> bool {
    (used.m_cost(), used.t_cost(), used.p_cost()) == (wanted.m_cost(), wanted.t_cost(), wanted.p_cost())
}

/// One keyboard sends `é` as one character, another as two (RFC 8265, `OpaqueString`).
fn normal(password: &str) -> SecretString {
    password.nfc().collect::<String>().into()
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Hashing(error.into())
}

#[cfg(test)]
mod tests;
