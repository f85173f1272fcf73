//! One suite for every adapter of [`VectorIndex`].

use std::{fs, io::Write, path::Path};

use inference::scripted::ScriptedEmbedder;
use jiff::civil::date;
use models::{Audience, ChunkId, Language, TenantId, Validity};

use super::school::{DIMENSIONS, TODAY, chunk_id, entry, filter, grant};
use crate::{Error, Filter, Hit, IndexEntry, VectorIndex, edge::EdgeIndex, qdrant::QdrantIndex};

const SERVER: &str = "GUICHET_TEST_QDRANT_URL";
/// Where the test runner collects what was not run, and why.
const SKIPS: &str = "GUICHET_TEST_SKIPS";

async fn suite(index: &dyn VectorIndex) {
    holds_what_was_written(index).await;
    filters_inside_the_search(index).await;
    refuses_vectors_of_another_length(index).await;
}

async fn clear(index: &dyn VectorIndex, entries: &[IndexEntry]) {
    let ids: Vec<ChunkId> = entries.iter().map(|entry| entry.chunk.id).collect();
    index.delete(&ids).await.expect("deletes");
    index.flush().await.expect("flushes");
    assert_eq!(index.count().await.expect("counts"), 0);
}

async fn search(index: &dyn VectorIndex, text: &str, filter: &Filter, limit: usize) -> Vec<Hit> {
    index.search(&ScriptedEmbedder::new(DIMENSIONS).vector(text), filter, limit).await.expect("searches")
}

async fn holds_what_was_written(index: &dyn VectorIndex) {
    let everyone = filter(&[]);
    let texts = [("stage", "le rapport de stage"), ("examen", "la session d'examen"), ("cantine", "le menu du jour")];
    let mut entries: Vec<IndexEntry> = texts.map(|(name, text)| entry(name, text, Language::Fr)).into();
    index.upsert(&entries).await.expect("writes");
    index.flush().await.expect("flushes");
    assert_eq!(index.count().await.expect("counts"), 3);

    let hits = search(index, "le rapport de stage", &everyone, 2).await;
    assert_eq!(hits.len(), 2, "no more than asked for");
    assert_eq!(hits[0].chunk, chunk_id("stage"));
    assert!((hits[0].score - 1.0).abs() < 1e-3, "the same text has cosine 1, not {}", hits[0].score);
    assert!(hits[0].score >= hits[1].score);
    assert!(search(index, "stage", &everyone, 0).await.is_empty());

    // Written again under the same id, with another vector: replaced, not doubled.
    let vector = entry("examen", "le rapport de stage", Language::Fr).vector;
    entries[0].vector = entries[2].vector.clone();
    entries[1].vector = vector;
    entries[2].vector = None;
    index.upsert(&entries).await.expect("writes");
    assert_eq!(index.count().await.expect("counts"), 3);
    assert_eq!(search(index, "le rapport de stage", &everyone, 1).await[0].chunk, chunk_id("examen"));

    index.delete(&[chunk_id("examen"), chunk_id("unknown")]).await.expect("deletes");
    index.flush().await.expect("flushes");
    assert!(search(index, "le rapport de stage", &everyone, 9).await.iter().all(|hit| hit.chunk != chunk_id("examen")));
    assert_eq!(index.count().await.expect("counts"), 2);
    clear(index, &entries).await;
}

async fn filters_inside_the_search(index: &dyn VectorIndex) {
    let text = "le rapport de stage";
    let plain = |name| entry(name, text, Language::Fr);
    let year = |from, until| Validity { from: Some(from), until: Some(until), superseded_by: None };
    let entries = [
        plain("open"),
        IndexEntry { audience: Audience::new(vec![grant("role:staff")]), ..plain("staff") },
        IndexEntry { audience: Audience::new(vec![grant("role:staff"), grant("role:student")]), ..plain("school") },
        IndexEntry { tenant: TenantId::new("other"), ..plain("other tenant") },
        IndexEntry { collection: "courses".parse().expect("a name"), ..plain("course") },
        IndexEntry { validity: year(date(2024, 9, 1), TODAY.yesterday().expect("a day")), ..plain("expired") },
        IndexEntry { validity: year(TODAY.tomorrow().expect("a day"), date(2027, 8, 31)), ..plain("future") },
        IndexEntry { validity: year(TODAY, TODAY), ..plain("today") },
    ];
    index.upsert(&entries).await.expect("writes");
    index.flush().await.expect("flushes");
    let any_day = |filter: Filter| Filter { as_of: None, ..filter };
    let only = |filter: Filter| Filter { collections: vec!["courses".parse().expect("a name")], ..filter };
    let other = |filter: Filter| Filter { tenant: TenantId::new("other"), ..filter };
    for (what, filter, expected) in [
        ("everyone", filter(&[]), &["open", "course", "today"][..]),
        ("a student", filter(&["role:student"]), &["open", "school", "course", "today"]),
        ("staff", filter(&["role:staff"]), &["open", "staff", "school", "course", "today"]),
        ("any day", any_day(filter(&[])), &["open", "course", "expired", "future", "today"]),
        ("one collection", only(filter(&["role:staff"])), &["course"]),
        ("another tenant", other(filter(&["role:staff"])), &["other tenant"]),
        ("no grant at all", Filter { grants: Vec::new(), ..filter(&[]) }, &[]),
    ] {
        let mut found: Vec<ChunkId> = search(index, text, &filter, 20).await.iter().map(|hit| hit.chunk).collect();
        let mut expected: Vec<ChunkId> = expected.iter().map(|name| chunk_id(name)).collect();
        // All have the same score, so they come in the order of their ids.
        expected.sort();
        assert_eq!(found, expected, "{what}");
        found.sort();
        let narrow = search(index, text, &filter, 1).await;
        assert_eq!(narrow.len(), expected.len().min(1), "{what}: a filter applied afterwards would lose hits");
    }
    clear(index, &entries).await;
}

async fn refuses_vectors_of_another_length(index: &dyn VectorIndex) {
    let wrong = IndexEntry { vector: Some(vec![1.0; DIMENSIONS + 1]), ..entry("wrong", "x", Language::Fr) };
    assert!(matches!(index.upsert(&[wrong]).await, Err(Error::Dimensions { expected: DIMENSIONS, .. })));
    assert!(matches!(index.search(&[1.0], &filter(&[]), 1).await, Err(Error::Dimensions { found: 1, .. })));
}

#[tokio::test]
async fn the_embedded_engine_keeps_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    suite(&EdgeIndex::open(folder.path(), DIMENSIONS).expect("opens")).await;
}

#[tokio::test]
async fn a_qdrant_server_keeps_the_contract() {
    let Ok(url) = std::env::var(SERVER) else {
        skipped("the Qdrant server's contract suite", &format!("{SERVER} is not set"));
        return;
    };
    let name = format!("guichet-test-{}", std::process::id());
    let connect = || QdrantIndex::connect(&url, &name, DIMENSIONS, None);
    suite(&connect().await.expect("connects")).await;
    assert!(matches!(QdrantIndex::connect(&url, &name, 8, None).await, Err(Error::Corrupt { .. })));
    connect().await.expect("connects again").drop_collection().await.expect("removes");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let found = QdrantIndex::connect("http://127.0.0.1:1", "none", DIMENSIONS, None).await;
    assert!(matches!(found, Err(Error::Unreachable { .. })));
}

/// Says so on stderr, and in the list that the test runner shows at its end.
fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
    if let Some(list) = std::env::var_os(SKIPS) {
        let mut list = fs::OpenOptions::new().create(true).append(true).open(list).expect("a list of skips");
        writeln!(list, "{what}: {why}").expect("is written");
    }
}

#[tokio::test]
async fn vectors_survive_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = EdgeIndex::open(folder.path(), DIMENSIONS).expect("opens");
    index.upsert(&[entry("stage", "le rapport de stage", Language::Fr)]).await.expect("writes");
    index.flush().await.expect("flushes");
    drop(index);
    let index = EdgeIndex::open(folder.path(), DIMENSIONS).expect("opens again");
    assert_eq!(index.count().await.expect("counts"), 1);
    assert_eq!(search(&index, "stage", &filter(&[]), 1).await[0].chunk, chunk_id("stage"));
}

#[tokio::test]
async fn what_is_not_ours_or_is_damaged_is_corrupt() {
    let make = |damage: &dyn Fn(&Path)| {
        let folder = tempfile::tempdir().expect("a folder");
        drop(EdgeIndex::open(folder.path(), DIMENSIONS).expect("opens"));
        damage(folder.path());
        folder
    };
    let foreign = make(&|folder| {
        fs::remove_file(folder.join("guichet.json")).expect("is there");
    });
    let damaged = make(&|folder| {
        for segment in fs::read_dir(folder.join("segments")).expect("segments").flatten() {
            fs::write(segment.path().join("segment.json"), "{").expect("writes");
        }
    });
    let other = make(&|_| {});
    for (folder, dimensions) in [(&foreign, DIMENSIONS), (&damaged, DIMENSIONS), (&other, DIMENSIONS + 1)] {
        assert!(matches!(EdgeIndex::open(folder.path(), dimensions), Err(Error::Corrupt { .. })));
    }
}
