//! Supersession, tenants, lists, vectors and full disks.

use super::*;

fn year(from: i16, own_until: bool) -> Validity {
    let until = own_until.then(|| date(from + 1, 8, 31));
    Validity { from: Some(date(from, 9, 1)), until, superseded_by: None }
}

#[tokio::test]
async fn superseding_works_in_both_orders_and_ends_with_the_successor() {
    for newer_first in [false, true] {
        let f = Fixture::new().await;
        let older = Version { validity: year(2025, false), ..version("ancien") };
        let newer = Version { validity: year(2026, false), supersedes: Some("2025.pdf"), ..version("nouveau") };
        let (old, new, published) = if newer_first {
            let (new, _) = f.index("rules/2026.pdf", newer).await;
            let (old, published) = f.index("rules/2025.pdf", older).await;
            (old, new, published)
        } else {
            let (old, _) = f.index("rules/2025.pdf", older).await;
            let (new, published) = f.index("rules/2026.pdf", newer).await;
            (old, new, published)
        };
        assert_eq!(published.revalidated, [old]);
        let validity = f.document(old).await.validity;
        assert_eq!(validity.until, Some(date(2026, 8, 31)));
        assert_eq!(validity.superseded_by, Some(new));
        assert_eq!(f.store.outdated().await.expect("reads"), [(tenant(), old)]);
        assert_eq!(f.store.document_chunks(&tenant(), old, None).await.expect("reads")[0].document.validity, validity);
        f.store.forget_outdated(&[old]).await.expect("forgets");

        let deleted = f.store.delete(&tenant(), new).await.expect("deletes");
        assert_eq!(deleted.revalidated, [old]);
        assert_eq!(f.document(old).await.validity, year(2025, false));
    }
}

#[tokio::test]
async fn an_earlier_end_of_its_own_stays_and_two_namesakes_are_none() {
    let f = Fixture::new().await;
    let own_end = Validity { until: Some(date(2026, 1, 31)), ..year(2025, false) };
    let (old, _) = f.index("rules/old.txt", Version { validity: own_end, ..version("ancien") }).await;
    let newer = Version { validity: year(2026, true), supersedes: Some("ancien"), ..version("nouveau") };
    let (new, _) = f.index("rules/new.txt", newer).await;
    let validity = f.document(old).await.validity;
    assert_eq!((validity.until, validity.superseded_by), (Some(date(2026, 1, 31)), Some(new)));

    f.index("rules/a/same.txt", version("même 1")).await;
    f.index("rules/b/same.txt", version("même 2")).await;
    let (_, published) = f.index("other.txt", Version { supersedes: Some("same.txt"), ..version("autre") }).await;
    assert!(published.revalidated.is_empty());
    let sibling = Version { supersedes: Some("same.txt"), ..version("voisin") };
    let (_, published) = f.index("rules/a/new.txt", sibling).await;
    assert_eq!(published.revalidated.len(), 1, "the one beside it is meant");
}

#[tokio::test]
async fn tenants_do_not_see_each_other() {
    let f = Fixture::new().await;
    let (id, _) = f.index("a.txt", version("un")).await;
    let other = TenantId::new("other");
    let not_found = |result: Result<(), Error>| {
        assert_eq!(result.expect_err("belongs to another tenant").code(), Code::NotFound);
    };
    not_found(f.store.document(&other, id).await.map(drop));
    not_found(f.store.content(&other, id).await.map(drop));
    not_found(f.store.file(&other, id).await.map(drop));
    not_found(f.store.retry(&other, id, &f.clock).await.map(drop));
    not_found(f.store.stop(&other, Some(id), &f.clock).await.map(drop));
    not_found(f.store.delete(&other, id).await.map(drop));
    assert!(f.store.chunks(&other, &chunk_ids(id, 1, 1)).await.expect("reads").is_empty());
    assert!(f.store.document_chunks(&other, id, None).await.expect("reads").is_empty());
    assert!(f.store.lookup(&other, "a.txt").await.expect("reads").is_none());
    let filter = DocumentFilter::default();
    assert!(f.store.documents(&other, &filter, None, 9).await.expect("lists").items.is_empty());
    assert_eq!(f.store.counts(&other, None).await.expect("counts"), crate::Counts::default());
    let theirs = f.new_document(&other, "a.txt", "un").await;
    let theirs = f.store.register(theirs, &f.clock).await.expect("registers");
    assert!(matches!(theirs, Registered::New(new) if new != id), "the same origin is another document");
    assert_eq!(f.store.stop(&tenant(), None, &f.clock).await.expect("stops"), 0);
    assert_eq!(f.document(id).await.state, DocumentState::Indexed);
}

#[tokio::test]
async fn lists_by_pages_and_filters() {
    let f = Fixture::new().await;
    for number in 0..5 {
        f.register(&format!("École/{number}.txt"), &format!("texte {number}")).await;
    }
    let mut staff = f.new_document(&tenant(), "secret.txt", "secret").await;
    staff.audience = Audience::new(vec!["role:staff".parse().expect("a grant")]);
    f.store.register(staff, &f.clock).await.expect("registers");

    let list = async |filter: DocumentFilter, cursor: Option<String>| {
        f.store.documents(&tenant(), &filter, cursor.as_deref(), 4).await.expect("lists")
    };
    let first = list(DocumentFilter::default(), None).await;
    assert_eq!(first.items[0].origin, "secret.txt", "newest first");
    let second = list(DocumentFilter::default(), first.next_cursor.clone()).await;
    assert_eq!((first.items.len(), second.items.len(), second.next_cursor), (4, 2, None));
    let text = DocumentFilter { text: Some("éCOLE/3".to_owned()), ..DocumentFilter::default() };
    assert_eq!(list(text, None).await.items.len(), 1);
    let indexed = DocumentFilter { state: Some(DocumentState::Indexed), ..DocumentFilter::default() };
    assert!(list(indexed, None).await.items.is_empty());
    let collection = DocumentFilter { collection: Some("other".parse().expect("a name")), ..DocumentFilter::default() };
    assert!(list(collection, None).await.items.is_empty());
    for (grants, expect) in
        [(vec![], 0), (vec![Grant::everyone()], 5), (vec!["role:staff".parse().expect("a grant")], 1)]
    {
        let filter = DocumentFilter { grants: Some(grants), ..DocumentFilter::default() };
        assert_eq!(f.store.documents(&tenant(), &filter, None, 99).await.expect("lists").items.len(), expect);
    }
    let bad = f.store.documents(&tenant(), &DocumentFilter::default(), Some("zzz"), 4).await;
    assert_eq!(bad.expect_err("no cursor").code(), Code::InvalidRequest);
}

#[tokio::test]
async fn vectors_are_kept_by_model_and_text() {
    let f = Fixture::new().await;
    let hash = sha256_hex(b"texte");
    f.store.put_vectors("a", &[(hash.clone(), vec![1.5, -0.25])]).await.expect("keeps");
    let hashes = [hash.clone(), sha256_hex(b"autre")];
    let found = f.store.cached_vectors("a", &hashes).await.expect("reads");
    assert_eq!(found.len(), 1);
    assert_eq!(found[&hash], [1.5, -0.25]);
    assert!(f.store.cached_vectors("b", &hashes).await.expect("reads").is_empty());
    f.index("a.txt", version("un")).await;
    assert_eq!(f.store.prune_vectors().await.expect("prunes"), 1, "only what no chunk holds");
}

#[tokio::test]
async fn a_full_disk_says_so_and_loses_nothing() {
    let f = Fixture::new().await;
    let (id, _) = f.index("a.txt", version("un")).await;
    f.store.limit_pages(64).await;
    let blob = f.store.put_blob(b"large").await.expect("kept");
    let mut new = f.new_document(&tenant(), "b.txt", "large").await;
    new.blob = blob;
    new.metadata = "x".repeat(4 << 20);
    let error = f.store.register(new, &f.clock).await.expect_err("no room");
    assert_eq!(error.code(), Code::StorageFull, "{error:?}");
    assert_eq!(f.finds(&chunk_ids(id, 1, 1)).await, 1);
    assert!(f.store.lookup(&tenant(), "b.txt").await.expect("reads").is_none());
    let full = Error::file(f.folder.path())(std::io::ErrorKind::StorageFull.into());
    assert_eq!(full.code(), Code::StorageFull);
}
