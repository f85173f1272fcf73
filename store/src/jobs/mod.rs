//! Work for later, kept in the database: what must happen after a commit, or at a time, or again and again.
//!
//! A job is enqueued in the transaction that makes it necessary ([`enqueue`]), so neither exists without the other. A
//! [`Worker`] claims due jobs for the length of a lease, which it prolongs while it works; when it dies, the lease ends
//! and somebody else takes the job. So a job runs at least once, and its handler must bear a second run. A handler that
//! only changes rows can have its effect exactly once: it calls [`Job::complete_in`] in its own transaction.
//!
//! A failure says whether another attempt can help ([`Failure`]). Attempts grow further apart, with jitter; after the
//! last one the job is a dead letter, which an administrator reads and may retry.
//!
//! ```no_run
//! # use store::{Database, jobs::{self, Failure, Handler, Job, NewJob, Task, Worker, WorkerSettings}};
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct Greet { name: String }
//!
//! impl Task for Greet {
//!     const KIND: &'static str = "greet";
//! }
//!
//! struct Greeter;
//!
//! #[async_trait::async_trait]
//! impl Handler for Greeter {
//!     async fn run(&self, job: &Job) -> Result<(), Failure> {
//!         let task: Greet = job.task()?;
//!         println!("Bonjour {}", task.name);
//!         Ok(())
//!     }
//! }
//!
//! # async fn example(database: Database, tenant: models::TenantId, clock: std::sync::Arc<dyn models::Clock>,
//! #                  random: std::sync::Arc<dyn models::Random>) -> store::Result<()> {
//! let mut tx = database.write(&tenant).await?;
//! let job = NewJob::of(&Greet { name: "Léa".to_owned() })?;
//! jobs::enqueue(&mut tx, &job, &*clock, &*random).await?;
//! tx.commit().await?;
//!
//! let worker = Worker::new(database, WorkerSettings::default(), clock, random).handle::<Greet>(Greeter);
//! worker.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
//! # Ok(()) }
//! ```

mod backoff;
mod dead;
mod enqueue;
mod job;
mod queue;
mod schedule;
#[cfg(test)]
mod tests;
mod worker;

pub use backoff::Backoff;
pub use dead::{DeadJob, dead, discard, retry};
pub use enqueue::{Enqueued, enqueue};
pub use job::{Failure, Handler, Job, JobId, NewJob, Task};
pub use queue::{JobCounts, Queue};
pub use schedule::{Cron, Schedule, StoredSchedule, remove_schedule, schedules, set_schedule};
pub use worker::{Worker, WorkerSettings};
