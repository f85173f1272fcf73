//! A store in a folder of its own, and the shortest ways to fill it.

mod lifecycle;
mod reading;

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
