use std::sync::Mutex;

use jiff::{Timestamp, ToSpan, civil::date};
use models::{
    Audience, Block, BlockKind, Chunk, ChunkId, ChunkKind, Clock, Code, Coded, Content, Document, DocumentId,
    DocumentState, Format, Grant, Language, Span, TenantId, Validity,
};

use crate::{Claim, DocumentFilter, Error, NewDocument, NewVersion, Published, Registered, Store, sha256_hex};

/// Moves by a second with every look at it.
struct Ticking(Mutex<Timestamp>);

impl Ticking {
    fn new() -> Self {
        Self(Mutex::new("2026-10-01T08:00:00Z".parse().expect("a time")))
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().expect("no panic");
        *now += 1.second();
        *now
    }
}

struct Fixture {
    store: Store,
    clock: Ticking,
    folder: tempfile::TempDir,
}

const MODEL: &str = "test-model";

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("opens");
        Self { store, clock: Ticking::new(), folder }
    }

    async fn new_document(&self, tenant: &TenantId, origin: &str, text: &str) -> NewDocument {
        let blob = self.store.put_blob(text.as_bytes()).await.expect("kept");
        NewDocument {
            tenant: tenant.clone(),
            collection: "policies".parse().expect("a name"),
            origin: origin.to_owned(),
            title: origin.to_owned(),
            format: Format::Text,
            audience: Audience::default(),
            validity: Validity::default(),
            date: None,
            bytes: text.len() as u64,
            content_hash: sha256_hex(text.as_bytes()),
            blob,
            supersedes: None,
            metadata: "{}".to_owned(),
        }
    }

    async fn register(&self, origin: &str, text: &str) -> Registered {
        let new = self.new_document(&tenant(), origin, text).await;
        self.store.register(new, &self.clock).await.expect("registers")
    }

    async fn claim(&self) -> Claim {
        self.store.claim(1, &self.clock).await.expect("claims").pop().expect("something is queued")
    }

    async fn save(&self, claim: &Claim, version: Version<'_>) -> bool {
        let (content, chunks) = read(claim, version.text);
        let vectors: Vec<Vec<f32>> = chunks.iter().map(|_| vec![0.6, -0.8]).collect();
        self.store
            .save_version(NewVersion {
                document: claim.document.id,
                version: claim.version,
                title: version.title,
                language: Language::Fr,
                collection: &claim.document.collection,
                audience: &claim.document.audience,
                validity: &version.validity,
                date: None,
                pages: Some(1),
                supersedes: version.supersedes,
                note: None,
                content: &content,
                chunks: &chunks,
                vectors: Some((MODEL, &vectors)),
            })
            .await
            .expect("saves")
    }

    async fn publish(&self, claim: &Claim) -> Published {
        self.store.publish(&[(claim.document.id, claim.version)], &self.clock).await.expect("publishes")
    }

    /// Registers and takes to the end; returns the document's id and what publishing said.
    async fn index(&self, origin: &str, version: Version<'_>) -> (DocumentId, Published) {
        let id = self.register(origin, version.text).await.id();
        let claim = self.claim().await;
        assert_eq!(claim.document.id, id);
        assert!(self.save(&claim, version).await);
        (id, self.publish(&claim).await)
    }

    async fn document(&self, id: DocumentId) -> Document {
        self.store.document(&tenant(), id).await.expect("exists")
    }

    async fn finds(&self, ids: &[ChunkId]) -> usize {
        self.store.chunks(&tenant(), ids).await.expect("reads").len()
    }
}

#[derive(Default, Clone)]
struct Version<'a> {
    text: &'a str,
    title: &'a str,
    validity: Validity,
    supersedes: Option<&'a str>,
}

fn version(text: &str) -> Version<'_> {
    Version { text, title: text, ..Version::default() }
}

fn tenant() -> TenantId {
    TenantId::default()
}

/// One chunk per line.
fn read(claim: &Claim, text: &str) -> (Content, Vec<Chunk>) {
    let block = |text: &str| Block { kind: BlockKind::Paragraph, text: text.to_owned(), page: Some(1) };
    let content = Content { blocks: text.lines().map(block).collect() };
    let chunk = |(ordinal, (block, span)): (u32, (&Block, Span))| Chunk {
        id: ChunkId::of(claim.document.id, claim.version, ordinal),
        document: claim.document.id,
        version: claim.version,
        ordinal,
        kind: ChunkKind::Text,
        language: Language::Fr,
        headings: vec!["Règles".to_owned()],
        text: block.text.clone(),
        span,
        page: block.page,
    };
    let chunks = (0..).zip(content.spans()).map(chunk).collect();
    (content, chunks)
}

fn chunk_ids(id: DocumentId, version: u32, count: u32) -> Vec<ChunkId> {
    (0..count).map(|ordinal| ChunkId::of(id, version, ordinal)).collect()
}

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
    let counts = f.store.counts(&tenant()).await.expect("counts");
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
    assert_eq!(f.store.counts(&other).await.expect("counts"), crate::Counts::default());
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
