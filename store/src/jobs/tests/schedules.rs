use std::time::Duration;

use super::*;
use crate::{
    Error,
    jobs::{Cron, Schedule, remove_schedule, schedule::fire_due, schedules, set_schedule},
    testing::on_each_database,
};

fn cron(pattern: &str, zone: &str) -> Cron {
    Cron::new(pattern, zone).expect("a schedule")
}

/// The times after `from`, in the schedule's own zone.
fn check(pattern: &str, zone: &str, from: &str, expect: &[&str]) {
    let cron = cron(pattern, zone);
    let tz = jiff::tz::TimeZone::get(zone).expect("a zone");
    let mut at: Timestamp = from.parse().expect("a time");
    for expect in expect {
        at = cron.after(at).expect("a next time");
        let local = at.to_zoned(tz.clone()).strftime("%F %H:%M %:z").to_string();
        assert_eq!(local, *expect, "{pattern} in {zone} after {from}");
    }
}

#[test]
fn clocks_go_forward() {
    // 29 March 2026: 02:00 +01:00 is 03:00 +02:00.
    let eve = "2026-03-28T12:00:00Z";
    let at_half_past_two = ["2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00"];
    check("30 2 * * *", "Europe/Paris", eve, &at_half_past_two);
    check("0 7 * * *", "Europe/Paris", eve, &["2026-03-29 07:00 +02:00", "2026-03-30 07:00 +02:00"]);
    let quarters = "2026-03-29T00:45:00Z";
    check("*/15 * * * *", "Europe/Paris", quarters, &["2026-03-29 03:00 +02:00", "2026-03-29 03:15 +02:00"]);
}

#[test]
fn clocks_go_back() {
    // 25 October 2026: 03:00 +02:00 is 02:00 +01:00, so 02:30 comes twice; a fixed time comes once.
    let eve = "2026-10-24T12:00:00Z";
    let at_half_past_two = ["2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"];
    check("30 2 * * *", "Europe/Paris", eve, &at_half_past_two);
    let half_hours = ["2026-10-25 02:30 +02:00", "2026-10-25 02:00 +01:00", "2026-10-25 02:30 +01:00"];
    check("*/30 * * * *", "Europe/Paris", "2026-10-25T00:00:00Z", &half_hours);
    check("0 7 * * 1", "Europe/Paris", eve, &["2026-10-26 07:00 +01:00", "2026-11-02 07:00 +01:00"]);
}

#[test]
fn what_is_no_schedule() {
    let refuse = |pattern: &str, zone: &str| {
        let error = Cron::new(pattern, zone).expect_err(pattern);
        assert!(matches!(error, Error::Schedule { .. }), "{error}");
        error.to_string()
    };
    for pattern in ["", "* * *", "61 * * * *", "0 0 * * MOON", "0 25 * * *", "rm -rf /"] {
        refuse(pattern, "UTC");
    }
    assert!(refuse("0 0 30 2 *", "UTC").contains("never"));
    assert!(refuse("0 0 * * *", "Europe/Atlantis").contains("time zone"));
    check("@daily", "UTC", "2026-11-21T08:00:00Z", &["2026-11-22 00:00 +00:00"]);
}

fn every(pattern: &str) -> Schedule {
    Schedule { name: "report".to_owned(), cron: cron(pattern, "Europe/Paris"), job: numbered(7) }
}

async fn set(bench: &Bench, schedule: &Schedule) {
    let mut tx = bench.database.write(&north()).await.expect("begins");
    set_schedule(&mut tx, schedule, &*bench.clock).await.expect("sets");
    tx.commit().await.expect("commits");
}

async fn fire(bench: &Bench) -> usize {
    let mut tx = bench.database.write_everything().await.expect("begins");
    let fired = fire_due(&mut tx, &*bench.clock, &*bench.random).await.expect("fires");
    tx.commit().await.expect("commits");
    fired
}

#[tokio::test]
async fn a_schedule_comes_once_however_many_workers_look() {
    on_each_database("a_schedule_comes_once_however_many_workers_look", async |fixture| {
        let bench = Arc::new(Bench::on(fixture));
        set(&bench, &every("0 9 * * *")).await;
        assert_eq!(fire(&bench).await, 0, "09:00 in Paris is 08:00 UTC, which is past");
        for day in 1..=3 {
            bench.clock.pass(Duration::from_hours(24));
            let workers = (0..5).map(|_| {
                let bench = Arc::clone(&bench);
                tokio::spawn(async move { fire(&bench).await })
            });
            let mut fired = 0;
            for worker in workers.collect::<Vec<_>>() {
                fired += worker.await.expect("no panic");
            }
            assert_eq!(fired, 1, "day {day}");
            let job = bench.one().await;
            assert_eq!((job.task(), job.tenant.clone()), (Ok(Numbered(7)), Some(north())));
            bench.queue.complete(&job, bench.clock.now()).await.expect("completes");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_missed_comes_once() {
    on_each_database("what_was_missed_comes_once", async |fixture| {
        let bench = Bench::on(fixture);
        set(&bench, &every("*/10 * * * *")).await;
        bench.clock.pass(Duration::from_hours(50));
        assert_eq!(fire(&bench).await, 1);
        assert_eq!(fire(&bench).await, 0);
        bench.clock.pass(Duration::from_mins(10));
        assert_eq!(fire(&bench).await, 1, "it goes on");
        assert_eq!(bench.claim(9).await.len(), 1, "one waits at most");
    })
    .await;
}

#[tokio::test]
async fn declared_again_a_schedule_keeps_its_time() {
    on_each_database("declared_again_a_schedule_keeps_its_time", async |fixture| {
        let bench = Bench::on(fixture);
        set(&bench, &every("30 * * * *")).await;
        bench.clock.pass(Duration::from_mins(40));
        // A server that starts now declares its schedules; 08:30 has not been done yet.
        set(&bench, &every("30 * * * *")).await;
        assert_eq!(fire(&bench).await, 1);
        let next = async || {
            let mut tx = bench.database.read(&north()).await.expect("begins");
            let all = schedules(&mut tx).await.expect("lists");
            assert_eq!(all.len(), 1);
            all[0].next_at.expect("a next time").to_string()
        };
        assert_eq!(next().await, "2026-11-21T09:30:00Z");
        set(&bench, &every("45 * * * *")).await;
        assert_eq!(next().await, "2026-11-21T08:45:00Z");

        let mut tx = bench.database.write(&TenantId::new("south")).await.expect("begins");
        assert_eq!(schedules(&mut tx).await.expect("lists"), []);
        assert!(matches!(remove_schedule(&mut tx, "report").await, Err(Error::NotFound { .. })));
        drop(tx);
        let mut tx = bench.database.write(&north()).await.expect("begins");
        remove_schedule(&mut tx, "report").await.expect("removes");
        tx.commit().await.expect("commits");
        bench.clock.pass(Duration::from_hours(5));
        assert_eq!(fire(&bench).await, 0);
    })
    .await;
}
