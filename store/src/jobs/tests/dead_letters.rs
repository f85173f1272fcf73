use std::time::Duration;

use super::*;
use crate::{
    Error,
    jobs::{Backoff, Failure, dead, discard, retry},
    testing::on_each_database,
};

#[tokio::test]
async fn attempts_grow_apart_and_end() {
    on_each_database("attempts_grow_apart_and_end", async |fixture| {
        let bench = Bench::on(fixture);
        let backoff = Backoff { first: Duration::from_secs(10), longest: Duration::from_mins(1) };
        let id = bench.enqueue(&NewJob { max_attempts: 4, ..numbered(1) }).await.id();
        for (attempt, full) in [(1, 10), (2, 20), (3, 40)] {
            let job = bench.one().await;
            assert_eq!(job.attempt, attempt);
            let failure = Failure::retry(format!("attempt {attempt}"));
            let now = bench.clock.now();
            assert!(bench.queue.fail(&job, &failure, &backoff, now, &*bench.random).await.expect("notes"));
            bench.clock.pass((Duration::from_secs(full) / 2).saturating_sub(Duration::from_millis(1)));
            assert_eq!(bench.claim(9).await, [], "too early after attempt {attempt}");
            bench.clock.pass(Duration::from_secs(full) / 2 + Duration::from_millis(1));
        }
        let job = bench.one().await;
        let now = bench.clock.now();
        bench.queue.fail(&job, &Failure::retry("once more\0"), &backoff, now, &*bench.random).await.expect("notes");
        bench.clock.pass(Duration::from_hours(9999));
        assert_eq!(bench.claim(9).await, []);
        let mut tx = bench.database.read(&north()).await.expect("begins");
        let letters = dead(&mut tx, None, 10).await.expect("lists");
        assert_eq!(letters.len(), 1);
        assert_eq!((letters[0].id, letters[0].attempts, letters[0].last_error.as_str()), (id, 4, "once more "));
        assert_eq!(letters[0].dead_at, now);
    })
    .await;
}

#[tokio::test]
async fn the_other_side_may_ask_for_a_longer_wait() {
    on_each_database("the_other_side_may_ask_for_a_longer_wait", async |fixture| {
        let bench = Bench::on(fixture);
        bench.number(1).await;
        let job = bench.one().await;
        let failure = Failure::Retry { reason: "429".to_owned(), after: Some(Duration::from_hours(2)) };
        let now = bench.clock.now();
        bench.queue.fail(&job, &failure, &Backoff::default(), now, &*bench.random).await.expect("notes");
        bench.clock.pass(Duration::from_hours(2) - Duration::from_secs(1));
        assert_eq!(bench.claim(9).await, []);
        bench.clock.pass(Duration::from_secs(1));
        bench.one().await;
    })
    .await;
}

/// Gives up on `job` at once.
async fn kill(bench: &Bench, job: &Job) {
    let failure = Failure::give_up("refused");
    let now = bench.clock.now();
    assert!(bench.queue.fail(job, &failure, &Backoff::default(), now, &*bench.random).await.expect("notes"));
}

#[tokio::test]
async fn dead_letters_can_be_retried_and_discarded() {
    on_each_database("dead_letters_can_be_retried_and_discarded", async |fixture| {
        let bench = Bench::on(fixture);
        let first = bench.enqueue(&numbered(1).unique("key")).await.id();
        kill(&bench, &bench.one().await).await;
        bench.clock.pass(Duration::from_millis(2));
        let second = bench.number(2).await.id();
        kill(&bench, &bench.one().await).await;

        let mut tx = bench.database.read(&north()).await.expect("begins");
        let ids = async |tx: &mut crate::Tx, before, limit| -> Vec<_> {
            dead(tx, before, limit).await.expect("lists").into_iter().map(|letter| letter.id).collect()
        };
        assert_eq!(ids(&mut tx, None, 9).await, [second, first], "newest first");
        assert_eq!(ids(&mut tx, None, 1).await, [second]);
        assert_eq!(ids(&mut tx, Some(second), 1).await, [first]);
        drop(tx);

        // Those of a tenant are nobody else's.
        let mut tx = bench.database.write(&TenantId::new("south")).await.expect("begins");
        assert_eq!(ids(&mut tx, None, 9).await, []);
        assert!(matches!(retry(&mut tx, first, &*bench.clock).await, Err(Error::NotFound { .. })));
        assert!(matches!(discard(&mut tx, first).await, Err(Error::NotFound { .. })));
        drop(tx);

        // Meanwhile the same work was enqueued anew.
        let newer = bench.enqueue(&numbered(1).unique("key")).await;
        assert!(matches!(newer, Enqueued::New(_)), "a dead letter does not hold its key");
        let mut tx = bench.database.write(&north()).await.expect("begins");
        assert!(matches!(retry(&mut tx, first, &*bench.clock).await, Err(Error::Conflict(_))));
        discard(&mut tx, first).await.expect("discards");
        retry(&mut tx, second, &*bench.clock).await.expect("retries");
        assert!(matches!(retry(&mut tx, second, &*bench.clock).await, Err(Error::NotFound { .. })), "it is alive");
        assert_eq!(ids(&mut tx, None, 9).await, []);
        tx.commit().await.expect("commits");
        let mut claimed = bench.claim(9).await;
        claimed.sort_by_key(|job| job.id);
        assert_eq!(numbers(&claimed), [2, 1]);
        assert!(claimed.iter().all(|job| job.attempt == 1));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_takes_its_workers_down_ends_as_a_dead_letter() {
    on_each_database("a_job_that_takes_its_workers_down_ends_as_a_dead_letter", async |fixture| {
        let bench = Bench::on(fixture);
        bench.enqueue(&NewJob { max_attempts: 2, ..numbered(1) }).await;
        for _ in 0..2 {
            bench.one().await;
            bench.clock.pass(LEASE);
        }
        assert_eq!(bench.claim(9).await, []);
        let mut tx = bench.database.read_everything().await.expect("begins");
        let letters = dead(&mut tx, None, 10).await.expect("lists");
        assert_eq!(letters.len(), 1);
        assert!(letters[0].last_error.contains("vanished"), "{letters:?}");
    })
    .await;
}

#[tokio::test]
async fn asked_for_again_while_it_fails_it_lives() {
    on_each_database("asked_for_again_while_it_fails_it_lives", async |fixture| {
        let bench = Bench::on(fixture);
        bench.enqueue(&numbered(1).unique("key")).await;
        let job = bench.one().await;
        bench.enqueue(&numbered(1).unique("key")).await;
        kill(&bench, &job).await;
        assert_eq!(bench.one().await.attempt, 1);
    })
    .await;
}
