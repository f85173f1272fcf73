use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::{sync::oneshot, time::timeout};

use super::*;
use crate::{
    jobs::{Failure, Handler, JobCounts, Worker, WorkerSettings, dead},
    testing::{Fixture, on_each_database, on_postgres},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// Does what its closure says.
struct Does<F>(F);

#[async_trait]
impl<F, R> Handler for Does<F>
where
    F: Fn(Job) -> R + Send + Sync,
    R: Future<Output = Result<(), Failure>> + Send,
{
    async fn run(&self, job: &Job) -> Result<(), Failure> {
        (self.0)(job.clone()).await
    }
}

fn settings() -> WorkerSettings {
    WorkerSettings { poll: Duration::from_millis(50), ..WorkerSettings::default() }
}

fn worker<F, R>(bench: &Bench, settings: WorkerSettings, work: F) -> Worker
where
    F: Fn(Job) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let (clock, random) = (Arc::clone(&bench.clock), Arc::clone(&bench.random));
    Worker::new(bench.database.clone(), settings, clock, random).handle::<Numbered>(Does(work))
}

/// Runs in the background; the sender stops it.
fn start(worker: &Worker) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (stop, stopped) = oneshot::channel();
    let worker = worker.clone();
    (stop, tokio::spawn(async move { worker.run(async { stopped.await.unwrap_or_default() }).await }))
}

async fn until(condition: impl AsyncFn() -> bool) {
    let waiting = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it happens in time");
}

/// Lets the bench's clock go like the one on the wall, by which leases end; aborting it stops the clock.
fn tick(bench: &Bench) -> tokio::task::JoinHandle<()> {
    let (clock, begun) = (Arc::clone(&bench.clock), Instant::now());
    tokio::spawn(async move {
        let mut told = Duration::ZERO;
        loop {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let passed = begun.elapsed();
            clock.pass(passed.saturating_sub(told));
            told = passed;
        }
    })
}

#[tokio::test]
async fn two_workers_run_each_job_once() {
    on_each_database("two_workers_run_each_job_once", async |fixture| {
        let bench = Bench::on(fixture);
        let runs: Arc<Mutex<HashMap<u32, u32>>> = Arc::default();
        let (busy, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let work = {
            let (runs, busy, most) = (Arc::clone(&runs), Arc::clone(&busy), Arc::clone(&most));
            move |job: Job| {
                let (runs, busy, most) = (Arc::clone(&runs), Arc::clone(&busy), Arc::clone(&most));
                async move {
                    most.fetch_max(busy.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    *runs.lock().expect("no panic").entry(job.task::<Numbered>()?.0).or_default() += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    busy.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                }
            }
        };
        let mut tx = bench.database.write(&north()).await.expect("begins");
        for number in 0..120 {
            enqueue(&mut tx, &numbered(number), &*bench.clock, &*bench.random).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
        let (one, two) = (worker(&bench, settings(), work.clone()), worker(&bench, settings(), work));
        let ((stop_one, ended_one), (stop_two, ended_two)) = (start(&one), start(&two));
        let now = bench.clock.now();
        until(async || bench.queue.counts(now).await.expect("counts") == JobCounts::default()).await;
        for stop in [stop_one, stop_two] {
            stop.send(()).expect("it runs");
        }
        ended_one.await.expect("no panic");
        ended_two.await.expect("no panic");
        let runs = runs.lock().expect("no panic");
        assert_eq!(runs.len(), 120);
        assert!(runs.values().all(|count| *count == 1), "{runs:?}");
        let most = most.load(Ordering::SeqCst);
        assert!((2..=8).contains(&most), "two workers of four: {most} at once");
    })
    .await;
}

#[tokio::test]
async fn a_wake_up_is_not_awaited() {
    on_each_database("a_wake_up_is_not_awaited", async |fixture| {
        let bench = Bench::on(fixture);
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        let sleepy = WorkerSettings { poll: Duration::from_hours(1), ..settings() };
        let worker = worker(&bench, sleepy, move |_| {
            let flag = Arc::clone(&flag);
            async move {
                flag.store(true, Ordering::SeqCst);
                Ok(())
            }
        });
        let (stop, ended) = start(&worker);
        tokio::time::sleep(Duration::from_millis(50)).await;
        bench.number(1).await;
        worker.queue().wake();
        until(async || done.load(Ordering::SeqCst)).await;
        stop.send(()).expect("it runs");
        ended.await.expect("no panic");
    })
    .await;
}

#[tokio::test]
async fn failures_and_panics_are_tried_again_or_given_up() {
    on_each_database("failures_and_panics_are_tried_again_or_given_up", async |fixture| {
        let bench = Bench::on(fixture);
        for number in 0..4 {
            bench.enqueue(&NewJob { max_attempts: 2, ..numbered(number) }).await;
        }
        let limit = Duration::from_millis(200);
        let worker = worker(&bench, WorkerSettings { limit, ..settings() }, |job: Job| async move {
            match job.task::<Numbered>()?.0 {
                0 => Ok(()),
                1 => Err(Failure::give_up("refused")),
                2 => panic!("a bug"),
                _ => std::future::pending().await,
            }
        });
        assert_eq!(worker.run_due().await.expect("runs"), 4);
        assert_eq!(worker.run_due().await.expect("runs"), 0, "not yet");
        bench.clock.pass(Duration::from_secs(10));
        assert_eq!(worker.run_due().await.expect("runs"), 2);
        let mut tx = bench.database.read_everything().await.expect("begins");
        let mut letters = dead(&mut tx, None, 9).await.expect("lists");
        letters.sort_by_key(|letter| letter.payload.as_u64());
        let told: Vec<_> = letters.iter().map(|letter| (letter.attempts, letter.last_error.as_str())).collect();
        assert_eq!(told, [(1, "refused"), (2, "the work panicked"), (2, "the work took longer than 200ms")]);
    })
    .await;
}

#[tokio::test]
async fn a_long_job_keeps_its_claim() {
    on_each_database("a_long_job_keeps_its_claim", async |fixture| {
        let bench = Bench::on(fixture);
        let ticking = tick(&bench);
        let runs = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&runs);
        let lease = Duration::from_millis(600);
        let work = move |_| {
            let count = Arc::clone(&count);
            async move {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(3)).await;
                Ok(())
            }
        };
        let one = worker(&bench, WorkerSettings { lease, ..settings() }, work.clone());
        let two = worker(&bench, WorkerSettings { lease, ..settings() }, work);
        bench.number(1).await;
        let ((stop_one, ended_one), (stop_two, ended_two)) = (start(&one), start(&two));
        until(async || bench.queue.counts(bench.clock.now()).await.expect("counts") == JobCounts::default()).await;
        assert_eq!(runs.load(Ordering::SeqCst), 1, "nobody took it over");
        stop_one.send(()).expect("it runs");
        stop_two.send(()).expect("it runs");
        ended_one.await.expect("no panic");
        ended_two.await.expect("no panic");
        ticking.abort();
    })
    .await;
}

#[tokio::test]
async fn stopping_lets_jobs_finish_and_gives_back_the_rest() {
    on_each_database("stopping_lets_jobs_finish_and_gives_back_the_rest", async |fixture| {
        let bench = Bench::on(fixture);
        let begun = Arc::new(AtomicU32::new(0));
        let finished = Arc::new(AtomicU32::new(0));
        let (b, f) = (Arc::clone(&begun), Arc::clone(&finished));
        let grace = Duration::from_millis(700);
        let worker = worker(&bench, WorkerSettings { grace, ..settings() }, move |job: Job| {
            let (begun, finished) = (Arc::clone(&b), Arc::clone(&f));
            async move {
                begun.fetch_add(1, Ordering::SeqCst);
                match job.task::<Numbered>()?.0 {
                    1 => tokio::time::sleep(Duration::from_millis(200)).await,
                    _ => std::future::pending().await,
                }
                finished.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        bench.number(1).await;
        bench.number(2).await;
        let (stop, ended) = start(&worker);
        until(async || begun.load(Ordering::SeqCst) == 2).await;
        stop.send(()).expect("it runs");
        bench.number(3).await;
        ended.await.expect("no panic");
        assert_eq!(finished.load(Ordering::SeqCst), 1, "the short one");
        assert_eq!(begun.load(Ordering::SeqCst), 2, "nothing new was begun");
        let mut left = bench.claim(9).await;
        left.sort_by_key(|job| job.task::<Numbered>().expect("a number").0);
        assert_eq!(numbers(&left), [2, 3], "the long one is there for the next worker at once");
        assert!(left.iter().all(|job| job.attempt == 1), "and has lost no attempt");
    })
    .await;
}

#[tokio::test]
async fn work_and_its_end_in_one_transaction() {
    on_each_database("work_and_its_end_in_one_transaction", async |fixture| {
        let bench = Bench::on(fixture);
        bench.number(1).await;
        let (database, queue) = (bench.database.clone(), bench.queue.clone());
        let (clock, random) = (Arc::clone(&bench.clock), Arc::clone(&bench.random));
        let worker = worker(&bench, settings(), move |job: Job| {
            let (database, queue) = (database.clone(), queue.clone());
            let (clock, random) = (Arc::clone(&clock), Arc::clone(&random));
            async move {
                let tenant = job.tenant.clone().expect("a tenant");
                if job.attempt == 1 {
                    // As if this worker slept past its lease, and another one took over.
                    clock.pass(LEASE);
                    let other = queue.claim(&[Numbered::KIND], 1, LEASE, &*clock, &*random).await?;
                    assert_eq!(other.len(), 1);
                }
                let mut tx = database.write(&tenant).await?;
                enqueue(&mut tx, &NewJob { kind: "effect".to_owned(), ..numbered(9) }, &*clock, &*random).await?;
                job.complete_in(&mut tx, clock.now()).await?;
                tx.commit().await?;
                Ok(())
            }
        });
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        let effects = async || {
            let mut tx = bench.database.read_everything().await.expect("begins");
            let row = tx.fetch_one("SELECT count(*) FROM jobs WHERE kind = 'effect'", &[]).await.expect("counts");
            row.only::<i64>().expect("a number")
        };
        assert_eq!(effects().await, 0, "who lost the claim has no effect");
        bench.clock.pass(LEASE);
        assert_eq!(worker.run_due().await.expect("runs"), 1);
        assert_eq!(effects().await, 1);
        bench.clock.pass(Duration::from_hours(9));
        assert_eq!(worker.run_due().await.expect("runs"), 0, "the job is done");
    })
    .await;
}

/// Ends every connection of the database but its own, as a server that restarts does.
const HANG_UP: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
async fn connections_that_break_lose_no_job() {
    on_postgres("connections_that_break_lose_no_job", &async |fixture: &Fixture| {
        let bench = Bench::on(fixture);
        let ticking = tick(&bench);
        let runs: Arc<Mutex<HashMap<u32, u32>>> = Arc::default();
        let seen = Arc::clone(&runs);
        let lease = Duration::from_secs(2);
        let worker = worker(&bench, WorkerSettings { lease, ..settings() }, move |job: Job| {
            let seen = Arc::clone(&seen);
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                *seen.lock().expect("no panic").entry(job.task::<Numbered>()?.0).or_default() += 1;
                Ok(())
            }
        });
        let mut tx = bench.database.write(&north()).await.expect("begins");
        for number in 0..150 {
            enqueue(&mut tx, &numbered(number), &*bench.clock, &*bench.random).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
        let (stop, ended) = start(&worker);
        for _ in 0..8 {
            tokio::time::sleep(Duration::from_millis(120)).await;
            fixture.as_superuser(HANG_UP).await;
        }
        let empty = async || {
            let counts = bench.queue.counts(bench.clock.now()).await;
            counts.is_ok_and(|counts| JobCounts { oldest_due: None, ..counts } == JobCounts::default())
        };
        until(empty).await;
        stop.send(()).expect("it still runs");
        ended.await.expect("no panic");
        ticking.abort();
        assert_eq!(runs.lock().expect("no panic").len(), 150, "every job ran");
    })
    .await;
}
