use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use models::{Id, Prefixed, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;

use crate::{Error, Result, Tx};

pub type JobId = Id<Job>;

/// A kind of job with its payload.
pub trait Task: Serialize + DeserializeOwned {
    /// Names the kind for ever: `mail.send`.
    const KIND: &'static str;
}

/// Does the work of one kind of job. May be run twice for one job, also by two machines at once when one of them was
/// thought dead; so it asks the world whether its work is done already, or ends in [`Job::complete_in`].
#[async_trait]
pub trait Handler: Send + Sync {
    async fn run(&self, job: &Job) -> std::result::Result<(), Failure>;
}

/// Why a job's work was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Another attempt can help. `after` is a wait that the other side asked for.
    #[error("{reason}")]
    Retry { reason: String, after: Option<Duration> },
    /// No attempt will help.
    #[error("{reason}")]
    GiveUp { reason: String },
}

impl Failure {
    pub fn retry(reason: impl Into<String>) -> Self {
        Self::Retry { reason: reason.into(), after: None }
    }

    pub fn give_up(reason: impl Into<String>) -> Self {
        Self::GiveUp { reason: reason.into() }
    }
}

/// What the database refuses now it may take later.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::retry(error.to_string())
    }
}

/// A job before it is enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: String,
    /// At most a megabyte. It is kept until the work is done, and with a dead letter.
    pub payload: Json,
    /// Whose work it is, where the transaction is everybody's; nobody's is the installation's own.
    pub tenant: Option<TenantId>,
    /// At most one job of a kind waits under one key, so the key should say all that the payload says. Enqueued again
    /// while it waits, it keeps its payload and takes the earlier time; while it runs, it runs once more afterwards.
    pub unique_key: Option<String>,
    /// Higher goes first; 0 is usual.
    pub priority: i32,
    /// Not before; `None` is at once.
    pub run_at: Option<Timestamp>,
    /// From 1.
    pub max_attempts: u32,
}

impl NewJob {
    /// Ten attempts, at once, any number of the same.
    pub fn of<T: Task>(task: &T) -> Result<Self> {
        let payload = serde_json::to_value(task).map_err(Error::decode("job"))?;
        Ok(Self {
            kind: T::KIND.to_owned(),
            payload,
            tenant: None,
            unique_key: None,
            priority: 0,
            run_at: None,
            max_attempts: 10,
        })
    }

    #[must_use]
    pub fn unique(self, key: impl Into<String>) -> Self {
        Self { unique_key: Some(key.into()), ..self }
    }

    #[must_use]
    pub fn at(self, run_at: Timestamp) -> Self {
        Self { run_at: Some(run_at), ..self }
    }
}

/// A job that somebody claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub tenant: Option<TenantId>,
    pub kind: String,
    pub payload: Json,
    pub created_at: Timestamp,
    /// From 1.
    pub attempt: u32,
    pub max_attempts: u32,
    /// Proves the claim.
    pub(super) lease: String,
}

impl Prefixed for Job {
    const PREFIX: &'static str = "job";
}

impl Job {
    /// The payload; one that cannot be read is never readable, so it fails for good.
    pub fn task<T: Task>(&self) -> std::result::Result<T, Failure> {
        T::deserialize(&self.payload)
            .map_err(|error| Failure::give_up(format!("the payload of {}: {error}", self.kind)))
    }

    /// Ends the job in the transaction that does its work, which makes the work happen exactly once: when somebody else
    /// has taken the job meanwhile, this fails, and the transaction must not be committed.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the claim is lost.
    pub async fn complete_in(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        if super::queue::complete(tx, self, now).await? {
            return Ok(());
        }
        Err(Error::Conflict(format!("{} is no longer claimed by this worker", self.id)))
    }
}
