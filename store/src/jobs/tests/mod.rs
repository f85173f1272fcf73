//! What a queue must do, on both databases.

mod dead_letters;
mod kills;
mod queue;
mod schedules;
mod worker;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use models::{Clock, SeededRandom, TenantId};
use serde::{Deserialize, Serialize};

use super::{Enqueued, Job, NewJob, Queue, Task, enqueue};
use crate::{Database, testing::Fixture};

const LEASE: Duration = Duration::from_mins(1);

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct Watch(Mutex<Timestamp>);

impl Watch {
    fn at(text: &str) -> Arc<Self> {
        Arc::new(Self(Mutex::new(text.parse().expect("a time"))))
    }

    fn pass(&self, wait: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += wait;
    }
}

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Numbered(u32);

impl Task for Numbered {
    const KIND: &'static str = "test.numbered";
}

/// A queue with its clock and its randomness.
struct Bench {
    database: Database,
    queue: Queue,
    clock: Arc<Watch>,
    random: Arc<SeededRandom>,
}

impl Bench {
    fn on(fixture: &Fixture) -> Self {
        let database = fixture.database.clone();
        Self {
            queue: Queue::new(database.clone()),
            database,
            clock: Watch::at("2026-11-21T08:00:00Z"),
            random: Arc::new(SeededRandom::new([3; 32])),
        }
    }

    async fn enqueue(&self, job: &NewJob) -> Enqueued {
        let mut tx = self.database.write(&north()).await.expect("begins");
        let enqueued = enqueue(&mut tx, job, &*self.clock, &*self.random).await.expect("enqueues");
        tx.commit().await.expect("commits");
        enqueued
    }

    async fn number(&self, number: u32) -> Enqueued {
        self.enqueue(&numbered(number)).await
    }

    async fn claim(&self, limit: u32) -> Vec<Job> {
        self.queue.claim(&[Numbered::KIND], limit, LEASE, &*self.clock, &*self.random).await.expect("claims")
    }

    /// Claims one job and expects it to be there.
    async fn one(&self) -> Job {
        self.claim(1).await.pop().expect("a job is due")
    }
}

fn north() -> TenantId {
    TenantId::new("north")
}

fn numbered(number: u32) -> NewJob {
    NewJob::of(&Numbered(number)).expect("a job")
}

fn numbers(jobs: &[Job]) -> Vec<u32> {
    jobs.iter().map(|job| job.task::<Numbered>().expect("a number").0).collect()
}
