use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures::FutureExt as _;
use models::{Clock, Random};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Backoff, Failure, Handler, Job, Queue, Task, schedule};
use crate::{Database, Result};

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct WorkerSettings {
    /// Jobs at the same time.
    pub concurrency: u32,
    /// How long a dead worker's jobs stay with it. A living one prolongs it three times within.
    pub lease: Duration,
    /// The longest that one attempt may take.
    pub limit: Duration,
    /// How often to look when nobody wakes it; schedules are at most so late.
    pub poll: Duration,
    /// How long running jobs may go on when the server stops.
    pub grace: Duration,
    pub backoff: Backoff,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 4,
            lease: Duration::from_mins(1),
            limit: Duration::from_mins(15),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(20),
            backoff: Backoff::default(),
        }
    }
}

/// Runs the jobs for whose kinds it has handlers. Several workers may share a database.
#[derive(Clone)]
pub struct Worker {
    queue: Queue,
    handlers: BTreeMap<&'static str, Arc<dyn Handler>>,
    settings: WorkerSettings,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl Worker {
    #[must_use]
    pub fn new(database: Database, settings: WorkerSettings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { queue: Queue::new(database), handlers: BTreeMap::new(), settings, clock, random }
    }

    /// Adds the handler of a kind.
    #[must_use]
    pub fn handle<T: Task>(mut self, handler: impl Handler + 'static) -> Self {
        self.handlers.insert(T::KIND, Arc::new(handler));
        self
    }

    /// The queue that it works on, to wake it.
    #[must_use]
    pub const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Works until `shutdown`, then lets running jobs finish for a while and gives back the rest.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let mut running = Running::default();
        let mut next_look = Instant::now();
        tokio::pin!(shutdown);
        loop {
            if Instant::now() >= next_look {
                self.report(self.fire_due().await, "schedules cannot be looked at");
                next_look = Instant::now() + self.settings.poll;
            }
            let free = self.settings.concurrency.saturating_sub(running.len());
            for job in self.report(self.claim(free).await, "jobs cannot be claimed").unwrap_or_default() {
                running.start(self, job);
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = running.next(), if !running.is_empty() => {}
                () = self.queue.woken() => {}
                () = tokio::time::sleep_until(next_look) => {}
            }
        }
        let finishing = async {
            while !running.is_empty() {
                running.next().await;
            }
        };
        if timeout(self.settings.grace, finishing).await.is_err() {
            for job in running.abort().await {
                self.report(self.queue.release(&job, self.clock.now()).await, "a job cannot be given back");
            }
        }
    }

    /// Runs what is due now, one after the other, until nothing is. Returns how many attempts it made.
    pub async fn run_due(&self) -> Result<usize> {
        let mut attempts = 0;
        self.fire_due().await?;
        while let Some(job) = self.claim(1).await?.pop() {
            self.perform(&job).await;
            attempts += 1;
        }
        Ok(attempts)
    }

    async fn claim(&self, limit: u32) -> Result<Vec<Job>> {
        let kinds: Vec<&str> = self.handlers.keys().copied().collect();
        self.queue.claim(&kinds, limit, self.settings.lease, &*self.clock, &*self.random).await
    }

    async fn fire_due(&self) -> Result<usize> {
        let mut tx = self.queue.database().write_everything().await?;
        let fired = schedule::fire_due(&mut tx, &*self.clock, &*self.random).await?;
        tx.commit().await?;
        Ok(fired)
    }

    async fn perform(&self, job: &Job) {
        let Some(handler) = self.handlers.get(job.kind.as_str()) else { return };
        let work = AssertUnwindSafe(handler.run(job)).catch_unwind();
        let outcome = tokio::select! {
            outcome = timeout(self.settings.limit, work) => match outcome {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Err(Failure::retry("the work panicked")),
                Err(_) => Err(Failure::retry(format!("the work took longer than {:?}", self.settings.limit))),
            },
            () = self.keep(job) => {
                tracing::warn!(job = %job.id, kind = job.kind, "the claim was lost; somebody else does the work");
                return;
            }
        };
        self.note(job, &outcome).await;
    }

    /// Prolongs the claim for as long as it is polled; ends when the claim is lost.
    async fn keep(&self, job: &Job) {
        let lease = self.settings.lease;
        let mut sure_until = Instant::now() + lease;
        while Instant::now() < sure_until {
            sleep(lease / 3).await;
            let begun = Instant::now();
            match self.queue.prolong(job, lease, self.clock.now()).await {
                Ok(true) => sure_until = begun + lease,
                Ok(false) => return,
                Err(error) => tracing::warn!(job = %job.id, %error, "a claim cannot be prolonged"),
            }
        }
    }

    /// Tries for as long as the claim lasts: an outcome that is not noted means that the work is done again.
    async fn note(&self, job: &Job, outcome: &std::result::Result<(), Failure>) {
        if let Err(failure) = outcome {
            let attempts = format!("{} of {}", job.attempt, job.max_attempts);
            tracing::warn!(job = %job.id, kind = job.kind, attempt = attempts, %failure, "a job failed");
        }
        let sure_until = Instant::now() + self.settings.lease;
        loop {
            let now = self.clock.now();
            let noted = match outcome {
                Ok(()) => self.queue.complete(job, now).await,
                Err(failure) => self.queue.fail(job, failure, &self.settings.backoff, now, &*self.random).await,
            };
            match noted {
                Ok(_) => return,
                Err(error) if Instant::now() >= sure_until => {
                    tracing::error!(job = %job.id, %error, "a job's outcome cannot be noted; it will run again");
                    return;
                }
                Err(_) => sleep(self.settings.lease / 20).await,
            }
        }
    }

    #[expect(clippy::unused_self, reason = "reads as what the worker does with an error")]
    fn report<T>(&self, outcome: Result<T>, what: &str) -> Option<T> {
        outcome.inspect_err(|error| tracing::error!(%error, "{what}")).ok()
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.handlers.keys().collect();
        f.debug_struct("Worker").field("kinds", &kinds).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The jobs that run, and which they are.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    jobs: HashMap<tokio::task::Id, Job>,
}

impl Running {
    fn start(&mut self, worker: &Worker, job: Job) {
        let (worker, claimed) = (worker.clone(), job.clone());
        let handle = self.tasks.spawn(async move { worker.perform(&claimed).await });
        self.jobs.insert(handle.id(), job);
    }

    fn len(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap_or(u32::MAX)
    }

    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    async fn next(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => self.jobs.remove(&id),
            Some(Err(error)) => self.jobs.remove(&error.id()),
            None => None,
        };
    }

    /// Stops all and gives what they were.
    async fn abort(mut self) -> Vec<Job> {
        self.tasks.shutdown().await;
        self.jobs.into_values().collect()
    }
}
