//! The process dies in the middle of writing, again and again: what it acknowledged is there, and nothing is half.
//!
//! `GUICHET_TEST_KILLS` sets how often (12), `GUICHET_TEST_SEED` when (1).

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    str::FromStr as _,
};

use futures::future::join_all;
use models::{SystemClock, values};

use super::*;
use crate::testing::Fixture;

const TARGET: &str = "GUICHET_TEST_KILLED_WRITER";
const ROUND: &str = "GUICHET_TEST_KILLED_ROUND";

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Not a test by itself: the process that gets killed. It acknowledges each change once it is committed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_writer() {
    let Ok(target) = std::env::var(TARGET) else { return };
    let round = setting(ROUND, 0);
    let database = Database::open(&target).await.expect("opens");
    join_all((0..4).map(|lane| write_for_ever(&database, round, lane))).await;
}

async fn write_for_ever(database: &Database, round: u64, lane: u64) {
    let table = Table::<Course>::new(database);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(round * 4 + lane).to_be_bytes());
    seed[31] = 77;
    let (random, actor) = (SeededRandom::new(seed), Actor::new("north", &[]));
    let context = Context { random: &random, clock: &SystemClock, ..actor.context() };
    for number in 0.. {
        let json = json!({ "code": format!("{round}-{lane}-{number}"), "title": "New" });
        let input = <Course as Record>::Create::from_json(&json).expect("a good input");
        let created = table.create(&context, input).await.expect("creates");
        println!("\nack {} 1", created.id);
        let patch = <Course as Record>::Patch::from_json(&json!({ "title": "Changed" })).expect("a good patch");
        table.patch(&context, created.id, Some(1), patch).await.expect("changes");
        println!("\nack {} 2", created.id);
        if number % 2 == 0 {
            table.delete(&context, created.id, Some(2)).await.expect("deletes");
            println!("\nack {} 3", created.id);
        }
    }
}

fn spawn(fixture: &Fixture, round: u64) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "table::tests::kills::killed_writer", "--nocapture"])
        .env(TARGET, &fixture.target)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts")
}

/// Reads acknowledgements until there are enough, kills the writer, and reads what it still said.
fn kill_after(mut child: Child, enough: u64, acknowledged: &mut HashMap<String, i64>) {
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let mut count = 0;
    for line in output.lines().map_while(std::result::Result::ok) {
        let Some(rest) = line.strip_prefix("ack ") else { continue };
        // The last line may be cut.
        let Some((id, version)) = rest.split_once(' ').and_then(|(id, version)| Some((id, version.parse().ok()?)))
        else {
            continue;
        };
        acknowledged.insert(id.to_owned(), version);
        count += 1;
        if count == enough {
            child.kill().expect("is killed");
        }
    }
    child.wait().expect("ends");
    assert!(count >= enough, "the writer ended by itself after {count} acknowledgements");
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_nothing_is_half() {
    on_each_database("nothing_acknowledged_is_lost_and_nothing_is_half", async |fixture| {
        let (kills, seed) = (setting("GUICHET_TEST_KILLS", 12), setting("GUICHET_TEST_SEED", 1));
        let mut acknowledged = HashMap::new();
        for round in 0..kills {
            let enough = 1 + (seed + round).wrapping_mul(0x9e37_79b9_7f4a_7c15) % 23;
            kill_after(spawn(fixture, round), enough, &mut acknowledged);
        }
        let tenant = TenantId::new("north");
        let mut tx = fixture.database.read(&tenant).await.expect("begins");
        let rows = tx.fetch_all("SELECT id, version, title, deleted_at FROM courses", &[]).await.expect("reads");
        let mut versions = HashMap::new();
        for row in rows {
            let (id, version): (String, i64) = (row.get("id").expect("an id"), row.get("version").expect("a version"));
            let deleted = row.get::<Option<Timestamp>>("deleted_at").expect("a time").is_some();
            assert_eq!(
                (row.get("title"), deleted),
                (Ok(if version == 1 { "New" } else { "Changed" }.to_owned()), version == 3)
            );
            for sql in
                ["SELECT count(*) FROM audit WHERE record_id = ?", "SELECT count(*) FROM events WHERE subject = ?"]
            {
                let told: i64 = tx.fetch_one(sql, &values![&id]).await.expect("counts").only().expect("a number");
                assert_eq!(told, version, "{id}: {sql}");
            }
            versions.insert(id, version);
        }
        for (id, version) in &acknowledged {
            let kept = versions.get(id).copied().unwrap_or_default();
            assert!(kept >= *version, "{id}: version {version} was acknowledged, {kept} is stored");
            Id::<Course>::from_str(id).expect("an id");
        }
        println!(
            "{kills} kills on {:?}: {} records acknowledged, {} stored",
            fixture.dialect(),
            acknowledged.len(),
            versions.len()
        );
        assert!(acknowledged.len() as u64 >= kills.min(3));
    })
    .await;
}
