mod fixture;

use std::{sync::atomic::Ordering, time::Duration};

use fixture::Fixture;
use models::{DocumentState, TenantId};

use super::*;
use crate::{IngestOptions, Report};

fn counts(report: &Report) -> Vec<(&str, u64)> {
    report.documents.iter().filter(|(_, count)| **count > 0).map(|(state, count)| (state.as_str(), *count)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_file_is_counted_once_and_a_second_run_changes_nothing() {
    let f = Fixture::new().await;
    for number in 0..40 {
        f.write(&format!("a/{number}.txt"), &format!("Le document numéro {number} parle du mot-clé{number}."));
    }
    f.write("empty.txt", "");
    f.write("picture.png", "\u{89}PNG\r\n\u{1a}\n\0\0\0");
    f.write("crash.txt", "panic");
    let report = f.ingest().await;
    assert_eq!(report.total(), 43);
    assert_eq!(counts(&report), [("failed", 2), ("indexed", 40), ("unsupported", 1)]);
    assert_eq!(report.chunks, 40);
    assert_eq!(report.problems.len(), 3);
    assert_eq!((f.words.len(), f.vectors.len()), (40, 40));
    assert!(f.store.stale_chunks(9).await.expect("reads").is_empty());

    let again = f.ingest().await;
    assert_eq!(counts(&again), [("unchanged", 43)]);
    assert_eq!(f.document("crash.txt").await.state, DocumentState::Failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_file_replaces_and_a_deleted_document_is_gone() {
    let f = Fixture::new().await;
    f.write("a.txt", "première version");
    f.write("b.txt", "autre document");
    f.ingest().await;
    f.write("a.txt", "seconde version");
    let report = f.ingest().await;
    assert_eq!(counts(&report), [("indexed", 1), ("unchanged", 1)]);
    assert_eq!(f.words.texts(), ["autre document", "seconde version"]);
    assert_eq!(f.vectors.texts(), f.words.texts());

    let id = f.document("a.txt").await.id;
    f.pipeline.delete(&TenantId::default(), id).await.expect("deletes");
    assert_eq!(f.words.texts(), ["autre document"]);
    assert_eq!(f.vectors.texts(), ["autre document"]);
    assert!(f.store.stale_chunks(9).await.expect("reads").is_empty());
    let report = f.ingest().await;
    assert_eq!(counts(&report), [("indexed", 1), ("unchanged", 1)], "it comes back when it is ingested again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_beside_counts_and_supersession_reaches_the_indexes() {
    let f = Fixture::new().await;
    f.write("rules/2025.txt", "ancien règlement");
    f.write("rules/2026.txt", "nouveau règlement");
    f.ingest().await;
    assert_eq!(f.document("2025.txt").await.validity.until, None);
    let meta = "audience = \"role:staff\"\ncollection = \"policies\"\n[files.\"2026.txt\"]\nvalid_from = 2026-09-01\nsupersedes = \"2025.txt\"";
    f.write("rules/_meta.toml", meta);
    let report = f.ingest().await;
    assert_eq!(counts(&report), [("indexed", 2)], "other metadata is a change");
    let old = f.document("2025.txt").await;
    assert_eq!(old.validity.until, Some(jiff::civil::date(2026, 8, 31)));
    assert_eq!(old.validity.superseded_by, Some(f.document("2026.txt").await.id));
    assert_eq!(old.collection.as_str(), "policies");
    for index in [&f.words, &f.vectors] {
        let entries = index.entries.lock().expect("no panic");
        let entry = entries.values().find(|entry| entry.chunk.document == old.id).expect("is there");
        assert_eq!(entry.validity, old.validity);
        assert_eq!(entry.audience.grants()[0].as_str(), "role:staff");
        assert!(entry.vector.is_some());
    }
    assert!(f.store.outdated().await.expect("reads").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_and_foreign_indexes_are_built_again() {
    let mut f = Fixture::new().await;
    f.write("a.txt", "un document");
    f.write("b.txt", "un autre");
    f.ingest().await;
    f.words.entries.lock().expect("no panic").clear();
    f.restart(true).await;
    let recovery = f.pipeline.recover().await.expect("recovers");
    assert_eq!((recovery.rebuilt, recovery.messages.len()), (2, 1));
    assert_eq!(f.words.texts(), f.vectors.texts());

    // Too many: something in there is not ours.
    let mut foreign = f.words.entries.lock().expect("no panic").values().next().expect("is there").clone();
    foreign.chunk.id = models::ChunkId::derive(&[b"foreign"]);
    f.vectors.entries.lock().expect("no panic").insert(foreign.chunk.id, foreign);
    let recovery = f.pipeline.recover().await.expect("recovers");
    assert_eq!(recovery.rebuilt, 2);
    assert_eq!((f.words.len(), f.vectors.len()), (2, 2));
    assert_eq!(f.pipeline.recover().await.expect("recovers"), Recovery::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedder_that_comes_later_embeds_what_is_there() {
    let mut f = Fixture::new().await;
    f.restart(false).await;
    f.write("a.txt", "un document");
    f.ingest().await;
    assert_eq!((f.words.len(), f.vectors.len()), (1, 0));
    f.restart(true).await;
    f.pipeline.recover().await.expect("recovers");
    assert_eq!(f.vectors.len(), 1);
    assert!(f.vectors.entries.lock().expect("no panic").values().all(|entry| entry.vector.is_some()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_index_loses_nothing() {
    let mut f = Fixture::new().await;
    f.write("a.txt", "un document");
    f.vectors.fails.store(true, Ordering::SeqCst);
    f.add().await;
    f.pipeline.run_until_idle(|_| ()).await.expect_err("cannot work");
    assert_eq!(f.document("a.txt").await.state, DocumentState::Queued);
    f.vectors.fails.store(false, Ordering::SeqCst);
    f.restart(true).await;
    f.pipeline.recover().await.expect("recovers");
    assert_eq!(f.words.len(), 0, "the unpublished half is gone");
    let report = f.ingest().await;
    assert_eq!(counts(&report), [("indexed", 1)]);
    assert_eq!((f.words.len(), f.vectors.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_one_and_halting_all() {
    let mut f = Fixture::new().await;
    f.write("a.txt", "un document");
    f.write("b.txt", "wait");
    f.write("c.txt", "wait for ever");
    f.add().await;
    let running = tokio::spawn({
        let pipeline = f.pipeline.clone();
        async move { pipeline.run_until_idle(|_| ()).await }
    });
    while f.document("a.txt").await.state != DocumentState::Indexed {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let waiting = f.document("b.txt").await;
    assert_eq!(waiting.state, DocumentState::Parsing);
    assert_eq!(f.pipeline.stop(&TenantId::default(), Some(waiting.id)).await.expect("stops"), 1);
    f.pipeline.halt();
    let report = running.await.expect("no panic").expect("ends in order");
    assert_eq!(counts(&report), [("indexed", 1), ("queued", 1), ("stopped", 1)]);

    f.write("b.txt", "plus d’attente");
    f.write("c.txt", "plus d’attente du tout");
    f.restart(true).await;
    assert_eq!(f.pipeline.recover().await.expect("recovers"), Recovery::default(), "nothing to mend");
    assert_eq!(counts(&f.ingest().await), [("indexed", 2), ("unchanged", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_are_read_by_the_worker_and_retried_on_demand() {
    let f = Fixture::new().await;
    let tenant = TenantId::default();
    let worker = f.pipeline.spawn_worker();
    let upload =
        |bytes: &[u8]| Upload { origin: "up.txt".to_owned(), bytes: bytes.to_vec(), beside: crate::Beside::default() };
    let id = f.pipeline.add_upload(&tenant, upload(b"")).await.expect("takes").id();
    let until = async |state| {
        while f.store.document(&tenant, id).await.expect("is there").state != state {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    until(DocumentState::Failed).await;
    f.pipeline.retry(&tenant, id).await.expect("retries");
    until(DocumentState::Failed).await;
    f.pipeline.add_upload(&tenant, upload("du texte".as_bytes())).await.expect("takes");
    until(DocumentState::Indexed).await;
    worker.stop().await;
    assert_eq!(f.words.texts(), ["du texte"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_files_are_refused_with_a_reason() {
    let f = Fixture::new().await;
    f.write("a.txt", &"x".repeat(3 << 20));
    let options = IngestOptions { max_bytes: 2 << 20, ..IngestOptions::default() };
    f.pipeline.add(f.sources(), &options).await.expect("adds");
    let report = f.pipeline.run_until_idle(|_| ()).await.expect("runs");
    assert_eq!(counts(&report), [("failed", 1)]);
    assert!(report.problems[0].reason.contains("larger than 2 MB"), "{:?}", report.problems);
}
