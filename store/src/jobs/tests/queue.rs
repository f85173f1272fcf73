use std::{collections::BTreeSet, time::Duration};

use serde_json::json;

use super::*;
use crate::{
    Error,
    jobs::{Backoff, Failure, JobCounts},
    testing::on_each_database,
};

#[tokio::test]
async fn a_job_exists_when_its_transaction_commits() {
    on_each_database("a_job_exists_when_its_transaction_commits", async |fixture| {
        let bench = Bench::on(fixture);
        let mut tx = bench.database.write(&north()).await.expect("begins");
        enqueue(&mut tx, &numbered(1), &*bench.clock, &*bench.random).await.expect("enqueues");
        tx.rollback().await.expect("rolls back");
        assert_eq!(bench.claim(9).await, []);

        bench.number(2).await;
        let job = bench.one().await;
        assert_eq!((job.task(), job.tenant.clone(), job.attempt), (Ok(Numbered(2)), Some(north()), 1));
        assert!(bench.queue.complete(&job, bench.clock.now()).await.expect("completes"));
        assert_eq!(bench.queue.counts(bench.clock.now()).await.expect("counts"), JobCounts::default());
    })
    .await;
}

#[tokio::test]
async fn the_installations_own_jobs_have_no_tenant() {
    on_each_database("the_installations_own_jobs_have_no_tenant", async |fixture| {
        let bench = Bench::on(fixture);
        let mut tx = bench.database.write_everything().await.expect("begins");
        enqueue(&mut tx, &numbered(1).unique("key"), &*bench.clock, &*bench.random).await.expect("enqueues");
        let of_south = NewJob { tenant: Some(TenantId::new("south")), ..numbered(2).unique("key") };
        enqueue(&mut tx, &of_south, &*bench.clock, &*bench.random).await.expect("enqueues");
        tx.commit().await.expect("commits");
        let mut claimed = bench.claim(9).await;
        claimed.sort_by(|a, b| a.tenant.cmp(&b.tenant));
        let tenants: Vec<_> = claimed.iter().map(|job| job.tenant.as_ref().map(TenantId::as_str)).collect();
        assert_eq!(tenants, [None, Some("south")]);

        let mut tx = bench.database.write(&north()).await.expect("begins");
        let error = enqueue(&mut tx, &of_south, &*bench.clock, &*bench.random).await.expect_err("another tenant's");
        assert!(matches!(error, Error::Conflict(_)), "{error}");
    })
    .await;
}

#[tokio::test]
async fn priority_then_time_then_age() {
    on_each_database("priority_then_time_then_age", async |fixture| {
        let bench = Bench::on(fixture);
        let now = bench.clock.now();
        bench.enqueue(&numbered(1).at(now + Duration::from_secs(30))).await;
        bench.enqueue(&NewJob { priority: -1, ..numbered(2) }).await;
        bench.number(3).await;
        bench.clock.pass(Duration::from_millis(2));
        bench.number(4).await;
        bench.enqueue(&NewJob { priority: 5, ..numbered(5) }).await;
        let mut order = Vec::new();
        while let Some(job) = bench.claim(1).await.pop() {
            order.extend(numbers(&[job]));
        }
        assert_eq!(order, [5, 3, 4, 2], "and 1 is not due");
        bench.clock.pass(Duration::from_secs(30));
        assert_eq!(numbers(&bench.claim(9).await), [1]);
    })
    .await;
}

#[tokio::test]
async fn one_job_per_key() {
    on_each_database("one_job_per_key", async |fixture| {
        let bench = Bench::on(fixture);
        let later = bench.clock.now() + Duration::from_hours(1);
        let first = bench.enqueue(&numbered(1).unique("a").at(later)).await;
        assert!(matches!(first, Enqueued::New(_)));
        assert_eq!(bench.enqueue(&numbered(1).unique("a").at(later)).await, Enqueued::Already(first.id()));
        assert!(matches!(bench.enqueue(&numbered(2).unique("b").at(later)).await, Enqueued::New(_)));
        assert_eq!(bench.claim(9).await, []);
        // Asked for sooner, it comes sooner.
        bench.enqueue(&numbered(1).unique("a")).await;
        let job = bench.one().await;
        assert_eq!(job.id, first.id());
        // Asked for while it runs, it runs once more.
        assert_eq!(bench.enqueue(&numbered(1).unique("a")).await, Enqueued::Already(job.id));
        assert!(bench.queue.complete(&job, bench.clock.now()).await.expect("completes"));
        let again = bench.one().await;
        assert_eq!((again.id, again.attempt), (job.id, 1));
        assert!(bench.queue.complete(&again, bench.clock.now()).await.expect("completes"));
        assert!(matches!(bench.enqueue(&numbered(1).unique("a")).await, Enqueued::New(_)), "the key is free");
        // The same key of another tenant is another job.
        let mut tx = bench.database.write(&TenantId::new("south")).await.expect("begins");
        let other = enqueue(&mut tx, &numbered(1).unique("a"), &*bench.clock, &*bench.random).await;
        assert!(matches!(other, Ok(Enqueued::New(_))), "{other:?}");
    })
    .await;
}

#[tokio::test]
async fn a_vanished_workers_job_comes_back_after_its_lease() {
    on_each_database("a_vanished_workers_job_comes_back_after_its_lease", async |fixture| {
        let bench = Bench::on(fixture);
        bench.number(1).await;
        let vanished = bench.one().await;
        bench.clock.pass(LEASE.saturating_sub(Duration::from_secs(1)));
        assert_eq!(bench.claim(9).await, [], "within the lease");
        assert!(bench.queue.prolong(&vanished, LEASE, bench.clock.now()).await.expect("prolongs"));
        bench.clock.pass(LEASE.saturating_sub(Duration::from_secs(1)));
        assert_eq!(bench.claim(9).await, [], "within the longer lease");
        bench.clock.pass(Duration::from_secs(1));
        let second = bench.one().await;
        assert_eq!((second.id, second.attempt), (vanished.id, 2));

        // The first one comes back and finds that it may do nothing any more.
        let now = bench.clock.now();
        let backoff = Backoff::default();
        assert!(!bench.queue.prolong(&vanished, LEASE, now).await.expect("answers"));
        assert!(!bench.queue.complete(&vanished, now).await.expect("answers"));
        assert!(!bench.queue.release(&vanished, now).await.expect("answers"));
        let failure = Failure::give_up("too late");
        assert!(!bench.queue.fail(&vanished, &failure, &backoff, now, &*bench.random).await.expect("answers"));
        let mut tx = bench.database.write(&north()).await.expect("begins");
        assert!(matches!(vanished.complete_in(&mut tx, now).await, Err(Error::Conflict(_))));
        drop(tx);
        assert!(bench.queue.complete(&second, now).await.expect("completes"));
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_given_back_has_lost_no_attempt() {
    on_each_database("a_job_that_is_given_back_has_lost_no_attempt", async |fixture| {
        let bench = Bench::on(fixture);
        bench.number(1).await;
        let job = bench.one().await;
        assert!(bench.queue.release(&job, bench.clock.now()).await.expect("gives back"));
        assert_eq!(bench.one().await.attempt, 1);
    })
    .await;
}

#[tokio::test]
async fn many_claims_at_once_never_share_a_job() {
    on_each_database("many_claims_at_once_never_share_a_job", async |fixture| {
        let bench = Bench::on(fixture);
        let mut tx = bench.database.write(&north()).await.expect("begins");
        for number in 0..300 {
            enqueue(&mut tx, &numbered(number), &*bench.clock, &*bench.random).await.expect("enqueues");
        }
        tx.commit().await.expect("commits");
        let claimers = (0..6).map(|seed| {
            let (queue, clock) = (bench.queue.clone(), Arc::clone(&bench.clock));
            tokio::spawn(async move {
                let random = SeededRandom::new([seed; 32]);
                let mut mine = Vec::new();
                loop {
                    let claimed = queue.claim(&[Numbered::KIND], 7, LEASE, &*clock, &random).await.expect("claims");
                    if claimed.is_empty() {
                        return mine;
                    }
                    mine.extend(numbers(&claimed));
                }
            })
        });
        let mut all = Vec::new();
        for claimer in claimers.collect::<Vec<_>>() {
            all.extend(claimer.await.expect("no panic"));
        }
        assert_eq!(all.len(), 300, "nobody got a job twice, and none was left");
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 300);
    })
    .await;
}

#[tokio::test]
async fn counts() {
    on_each_database("counts", async |fixture| {
        let bench = Bench::on(fixture);
        let now = bench.clock.now();
        bench.number(1).await;
        bench.number(2).await;
        bench.enqueue(&numbered(3).at(now + Duration::from_hours(1))).await;
        let job = bench.one().await;
        bench.queue.fail(&job, &Failure::give_up("no"), &Backoff::default(), now, &*bench.random).await.expect("fails");
        bench.one().await;
        let expect = JobCounts { waiting: 1, running: 1, dead: 1, oldest_due: None };
        assert_eq!(bench.queue.counts(now).await.expect("counts"), expect);
        bench.clock.pass(Duration::from_hours(1));
        let expect = JobCounts { oldest_due: Some(now + Duration::from_hours(1)), ..expect };
        assert_eq!(bench.queue.counts(bench.clock.now()).await.expect("counts"), expect);
    })
    .await;
}

#[tokio::test]
async fn bad_payloads() {
    on_each_database("bad_payloads", async |fixture| {
        let bench = Bench::on(fixture);
        let mut tx = bench.database.write(&north()).await.expect("begins");
        for payload in [json!("a".repeat(1 << 20)), json!({"a": "nul\0"})] {
            let job = NewJob { payload, ..numbered(1) };
            let error = enqueue(&mut tx, &job, &*bench.clock, &*bench.random).await.expect_err("refused");
            assert!(matches!(error, Error::Unstorable(_)), "{error}");
        }
        drop(tx);
        // A payload that its handler cannot read is one that no attempt can help.
        bench.enqueue(&NewJob { payload: json!({"other": 1}), ..numbered(1) }).await;
        let failure = bench.one().await.task::<Numbered>().expect_err("unreadable");
        assert!(matches!(failure, Failure::GiveUp { .. }), "{failure}");
    })
    .await;
}
