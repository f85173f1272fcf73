//! From registration to search, crashes included.

use super::*;

#[tokio::test]
async fn a_document_is_seen_when_it_is_whole() {
    let f = Fixture::new().await;
    let id = f.register("rules/a.txt", "un\ndeux").await.id();
    let claim = f.claim().await;
    assert_eq!((claim.version, claim.document.state), (1, DocumentState::Parsing));
    assert!(f.save(&claim, version("un\ndeux")).await);
    let ids = chunk_ids(id, 1, 2);
    assert_eq!(f.finds(&ids).await, 0, "pending is not seen");
    let published = f.publish(&claim).await;
    assert_eq!(published, Published { documents: vec![id], ..Published::default() });

    let mut backwards = ids.clone();
    backwards.reverse();
    let found = f.store.chunks(&tenant(), &backwards).await.expect("reads");
    assert_eq!(found.iter().map(|(chunk, _)| chunk.id).collect::<Vec<_>>(), backwards, "in the order asked for");
    assert_eq!(found[1].0.text, "un");
    let document = f.document(id).await;
    assert_eq!((document.state, document.version, document.chunks), (DocumentState::Indexed, 1, 2));
    assert_eq!(f.store.content(&tenant(), id).await.expect("reads").text(), "un\ndeux");
    let all = f.store.all_chunks(None, 1, Some(MODEL)).await.expect("reads");
    assert_eq!(all[0].vector, Some(vec![0.6, -0.8]));
    let rest = f.store.all_chunks(Some(all[0].chunk.id), 10, None).await.expect("reads");
    assert_eq!(rest.len(), 1);
    let counts = f.store.counts(&tenant(), None).await.expect("counts");
    assert_eq!((counts.documents[&DocumentState::Indexed], counts.chunks), (1, 2));
    assert_eq!(f.store.chunk_count().await.expect("counts"), 2);
}

#[tokio::test]
async fn unchanged_files_stay_and_changed_ones_replace() {
    let f = Fixture::new().await;
    let (id, _) = f.index("a.txt", version("un\ndeux")).await;
    assert_eq!(f.register("a.txt", "un\ndeux").await, Registered::Unchanged(id));
    assert_eq!(f.register("a.txt", "trois").await, Registered::Changed(id));
    assert_eq!(f.finds(&chunk_ids(id, 1, 2)).await, 2, "the old version stays until the new one is there");
    let old_file = f.store.file(&tenant(), id).await.expect("a file");
    assert_eq!(std::fs::read_to_string(&old_file).expect("reads"), "un\ndeux");

    let claim = f.claim().await;
    assert_eq!(claim.version, 2);
    f.save(&claim, version("trois")).await;
    let published = f.publish(&claim).await;
    assert_eq!(published.stale, chunk_ids(id, 1, 2));
    assert_eq!(f.finds(&chunk_ids(id, 1, 2)).await, 0);
    assert_eq!(f.finds(&chunk_ids(id, 2, 1)).await, 1);
    assert!(!old_file.exists(), "nobody needs the old file");
    let mut stale = f.store.stale_chunks(10).await.expect("reads");
    stale.sort();
    let mut expected = chunk_ids(id, 1, 2);
    expected.sort();
    assert_eq!(stale, expected);
    f.store.forget_stale(&stale).await.expect("forgets");
    assert!(f.store.stale_chunks(10).await.expect("reads").is_empty());
}

#[tokio::test]
async fn failed_is_tried_again_on_retry_or_change_only() {
    let f = Fixture::new().await;
    let id = f.register("a.pdf", "broken").await.id();
    let claim = f.claim().await;
    let finish = |version, state| f.store.finish(id, version, state, Some("cannot be read"), &f.clock);
    assert!(!finish(claim.version + 1, DocumentState::Failed).await.expect("finishes"), "not this claim");
    assert!(finish(claim.version, DocumentState::Failed).await.expect("finishes"));
    assert_eq!(f.document(id).await.reason.as_deref(), Some("cannot be read"));
    assert_eq!(f.register("a.pdf", "broken").await, Registered::Unchanged(id));
    assert!(f.store.claim(5, &f.clock).await.expect("claims").is_empty());
    let again = f.store.retry(&tenant(), id, &f.clock).await.expect("retries");
    assert_eq!((again.state, again.reason), (DocumentState::Queued, None));
    assert_eq!(f.claim().await.version, 2);
}

#[tokio::test]
async fn stopping_makes_claims_void() {
    let f = Fixture::new().await;
    let id = f.register("a.txt", "un").await.id();
    let claim = f.claim().await;
    f.save(&claim, version("un")).await;
    assert_eq!(f.store.stop(&tenant(), Some(id), &f.clock).await.expect("stops"), 1);
    let published = f.publish(&claim).await;
    assert!(published.documents.is_empty());
    assert_eq!(published.stale, chunk_ids(id, 1, 1));
    assert_eq!(f.document(id).await.state, DocumentState::Stopped);
    assert_eq!(f.register("a.txt", "un").await, Registered::Changed(id), "ingesting again goes on");
    assert_eq!(f.store.stop(&tenant(), None, &f.clock).await.expect("stops"), 1);
}

#[tokio::test]
async fn deleting_leaves_nothing() {
    let f = Fixture::new().await;
    let (id, _) = f.index("a.txt", version("un\ndeux")).await;
    let file = f.store.file(&tenant(), id).await.expect("a file");
    let deleted = f.store.delete(&tenant(), id).await.expect("deletes");
    assert_eq!(deleted.stale, chunk_ids(id, 1, 2));
    assert_eq!(f.finds(&chunk_ids(id, 1, 2)).await, 0);
    assert!(!file.exists());
    let hash = sha256_hex("un\ndeux > Règles\nun".as_bytes());
    assert!(f.store.cached_vectors(MODEL, &[hash]).await.expect("reads").is_empty());
    let missing = f.store.delete(&tenant(), id).await.expect_err("is gone");
    assert_eq!(missing.code(), Code::NotFound);

    // Deleted while it was being read: the claim is void.
    let id = f.register("b.txt", "trois").await.id();
    let claim = f.claim().await;
    f.store.delete(&tenant(), id).await.expect("deletes");
    assert!(!f.save(&claim, version("trois")).await);
    assert!(f.publish(&claim).await.documents.is_empty());
    assert_ne!(f.register("b.txt", "trois").await.id(), id, "ids are never used twice");
}

#[tokio::test]
async fn a_crash_leaves_documents_whole_or_queued() {
    let f = Fixture::new().await;
    let (whole, _) = f.index("whole.txt", version("entier")).await;
    let half = f.register("half.txt", "moitié").await.id();
    let claim = f.claim().await;
    f.save(&claim, version("moitié")).await;
    let orphan = f.store.put_blob(b"never registered").await.expect("kept");
    f.store.close().await;

    let store = Store::open(f.folder.path()).await.expect("opens again");
    let recovered = store.recover(&f.clock).await.expect("recovers");
    assert_eq!((recovered.queued, recovered.failed, recovered.dropped), (1, 0, 1));
    assert!(!store.blob_path(&orphan).exists());
    assert_eq!(store.stale_chunks(10).await.expect("reads"), chunk_ids(half, 1, 1));
    assert_eq!(store.chunks(&tenant(), &chunk_ids(whole, 1, 1)).await.expect("reads").len(), 1);
    let claims = store.claim(9, &f.clock).await.expect("claims");
    assert_eq!((claims[0].document.id, claims[0].version), (half, 2), "numbers are never used twice");
}

#[tokio::test]
async fn released_claims_are_queued_again_without_blame() {
    let f = Fixture::new().await;
    let id = f.register("a.txt", "un").await.id();
    for version in 1..=6 {
        let claim = f.claim().await;
        assert_eq!((claim.version, claim.alone), (version, false));
        f.save(&claim, self::version("un")).await;
        f.store.release(&[(id, version)], &f.clock).await.expect("releases");
    }
    assert_eq!(f.store.stale_chunks(9).await.expect("reads").len(), 6);
    assert_eq!(f.document(id).await.state, DocumentState::Queued);
}

#[tokio::test]
async fn a_document_that_keeps_crashing_is_isolated_and_then_given_up() {
    let f = Fixture::new().await;
    let (innocent, guilty) = (f.register("a.txt", "a").await.id(), f.register("b.txt", "b").await.id());
    for _ in 0..2 {
        assert_eq!(f.store.claim(9, &f.clock).await.expect("claims").len(), 2);
        f.store.recover(&f.clock).await.expect("recovers");
    }
    let first = f.claim().await;
    assert!(first.alone && first.document.id == innocent);
    assert!(f.store.claim(9, &f.clock).await.expect("claims").is_empty(), "nothing beside a suspect");
    f.save(&first, version("a")).await;
    f.publish(&first).await;
    for _ in 0..3 {
        assert_eq!(f.claim().await.document.id, guilty);
        f.store.recover(&f.clock).await.expect("recovers");
    }
    let document = f.document(guilty).await;
    assert_eq!(document.state, DocumentState::Failed);
    assert!(document.reason.expect("a reason").starts_with("the parser crashed 3 times"));
}
