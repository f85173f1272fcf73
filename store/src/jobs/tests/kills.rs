//! A worker's process is killed while it works.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use super::*;
use crate::testing::on_each_database;

const TARGET: &str = "GUICHET_TEST_KILLED_WORKER";

/// Not a test by itself: the process that gets killed. It claims a job, says so, and works for ever.
#[tokio::test]
async fn killed_worker() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let database = Database::open(&target).await.expect("opens");
    let random = SeededRandom::new([9; 32]);
    let clock = Watch::at("2026-11-21T08:00:00Z");
    let claimed = Queue::new(database).claim(&[Numbered::KIND], 1, LEASE, &*clock, &random).await.expect("claims");
    println!("\nclaimed {}", claimed[0].id);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_workers_job_comes_back() {
    on_each_database("a_killed_workers_job_comes_back", async |fixture| {
        let bench = Bench::on(fixture);
        let enqueued = bench.number(1).await;
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "jobs::tests::kills::killed_worker", "--nocapture"])
            .env(TARGET, &fixture.target)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let claimed = output.lines().map(|line| line.expect("its output")).find(|line| line.starts_with("claimed"));
        child.kill().expect("is killed");
        child.wait().expect("ends");
        assert_eq!(claimed, Some(format!("claimed {}", enqueued.id())));

        assert_eq!(bench.claim(9).await, [], "within the lease");
        bench.clock.pass(LEASE.saturating_sub(Duration::from_micros(1)));
        assert_eq!(bench.claim(9).await, [], "within the lease");
        bench.clock.pass(Duration::from_micros(1));
        let job = bench.one().await;
        assert_eq!((job.id, job.attempt), (enqueued.id(), 2));
    })
    .await;
}
