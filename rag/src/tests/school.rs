//! A small school: entries for the indexes, and documents in a store with everything wired.

use std::sync::Arc;

use inference::{EmbedService, TextKind, scripted::ScriptedEmbedder};
use jiff::{
    Timestamp,
    civil::{Date, date},
};
use models::{
    Audience, Block, BlockKind, Chunk, ChunkId, ChunkKind, Content, FixedClock, Format, Grant, Id, Language, Scope,
    Span, TenantId, Validity,
};
use store::{NewDocument, NewVersion, Store};
use tempfile::TempDir;

use crate::{Assistant, Filter, IndexEntry, Indexes, Profile, Retriever, edge::EdgeIndex, words::TantivyIndex};

pub const DIMENSIONS: usize = 64;
pub const TODAY: Date = date(2026, 11, 2);

pub fn grant(text: &str) -> Grant {
    text.parse().expect("a grant")
}

pub fn scope(grants: &[&str]) -> Scope {
    Scope::new(TenantId::default(), "test", grants.iter().map(|text| grant(text)).collect(), TODAY)
}

pub fn filter(grants: &[&str]) -> Filter {
    Filter::of(&scope(grants), &[])
}

pub fn chunk_id(name: &str) -> ChunkId {
    Id::derive(&[name.as_bytes()])
}

/// An index entry, named so that tests can speak of it; everyone may read it, always.
pub fn entry(name: &str, text: &str, language: Language) -> IndexEntry {
    let chunk = Chunk {
        id: chunk_id(name),
        document: Id::derive(&[b"document", name.as_bytes()]),
        version: 1,
        ordinal: 0,
        kind: ChunkKind::Text,
        language,
        headings: Vec::new(),
        text: text.to_owned(),
        span: Span { start: 0, end: u32::try_from(text.chars().count()).expect("short") },
        page: None,
    };
    IndexEntry {
        chunk,
        title: String::new(),
        tenant: TenantId::default(),
        collection: models::Collection::default(),
        audience: Audience::default(),
        validity: Validity::default(),
        vector: Some(ScriptedEmbedder::new(DIMENSIONS).vector(text)),
    }
}

/// A document of the school's library.
#[derive(Clone)]
pub struct Paper {
    pub name: &'static str,
    pub title: &'static str,
    /// One chunk each.
    pub texts: Vec<&'static str>,
    pub language: Language,
    pub audience: Vec<&'static str>,
    pub validity: Validity,
    pub supersedes: Option<&'static str>,
}

pub fn paper(name: &'static str, title: &'static str, texts: &[&'static str]) -> Paper {
    Paper {
        name,
        title,
        texts: texts.to_vec(),
        language: Language::Fr,
        audience: Vec::new(),
        validity: Validity::default(),
        supersedes: None,
    }
}

pub struct School {
    pub store: Store,
    pub indexes: Indexes,
    pub embedder: Option<EmbedService>,
    clock: FixedClock,
    _folder: TempDir,
}

impl School {
    pub async fn open(papers: &[Paper]) -> Self {
        Self::with_embedder(papers, Some(ScriptedEmbedder::service(DIMENSIONS))).await
    }

    pub async fn with_embedder(papers: &[Paper], embedder: Option<EmbedService>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).await.expect("a store");
        let words = Arc::new(TantivyIndex::open(&folder.path().join("words")).expect("an index"));
        let vectors = match &embedder {
            Some(embedder) => {
                let index = EdgeIndex::open(&folder.path().join("vectors"), embedder.info().dimensions);
                Some(Arc::new(index.expect("an index")) as Arc<dyn crate::VectorIndex>)
            }
            None => None,
        };
        let clock = FixedClock(Timestamp::UNIX_EPOCH);
        let school = Self { store, indexes: Indexes { words, vectors }, embedder, clock, _folder: folder };
        for paper in papers {
            school.add(paper).await;
        }
        school
    }

    pub fn retriever(&self) -> Retriever {
        Retriever::new(self.store.clone(), self.indexes.clone(), self.embedder.clone(), Profile::default())
    }

    pub fn assistant(&self) -> Assistant {
        Assistant::new(self.retriever())
    }

    pub async fn add(&self, paper: &Paper) {
        let tenant = TenantId::default();
        let audience = Audience::new(paper.audience.iter().map(|text| grant(text)).collect());
        let blob = self.store.put_blob(paper.name.as_bytes()).await.expect("a blob");
        let new = NewDocument {
            tenant: tenant.clone(),
            collection: models::Collection::default(),
            origin: paper.name.to_owned(),
            title: paper.title.to_owned(),
            format: Format::Text,
            audience: audience.clone(),
            validity: paper.validity.clone(),
            date: None,
            bytes: 1,
            content_hash: format!("{}{:?}", paper.name, paper.texts),
            blob,
            supersedes: paper.supersedes.map(ToOwned::to_owned),
            metadata: "{}".to_owned(),
        };
        self.store.register(new, &self.clock).await.expect("registers");
        let claim = self.store.claim(1, &self.clock).await.expect("claims").pop().expect("one");
        let document = claim.document.id;
        let blocks = paper.texts.iter().flat_map(|text| text.split('\n'));
        let block = |text: &str| Block { kind: BlockKind::Paragraph, text: text.to_owned(), page: Some(1) };
        let content = Content { blocks: blocks.map(block).collect() };
        let mut chunks = Vec::new();
        let mut start = 0;
        for (ordinal, text) in (0..).zip(&paper.texts) {
            let end = start + u32::try_from(text.chars().count()).expect("short");
            chunks.push(Chunk {
                id: ChunkId::of(document, claim.version, ordinal),
                document,
                version: claim.version,
                ordinal,
                kind: ChunkKind::Text,
                language: paper.language,
                headings: Vec::new(),
                text: (*text).to_owned(),
                span: Span { start, end },
                page: Some(1),
            });
            start = end + 1;
        }
        let saved = NewVersion {
            document,
            version: claim.version,
            title: paper.title,
            language: paper.language,
            collection: &claim.document.collection,
            audience: &audience,
            validity: &paper.validity,
            date: None,
            pages: Some(1),
            supersedes: paper.supersedes,
            note: None,
            content: &content,
            chunks: &chunks,
            vectors: None,
        };
        assert!(self.store.save_version(saved).await.expect("saves"));
        self.index(&chunks, paper.title, &audience, &paper.validity).await;
        let published = self.store.publish(&[(document, claim.version)], &self.clock).await.expect("publishes");
        self.indexes.delete(&published.stale).await.expect("deletes");
        for id in published.revalidated {
            let stored = self.store.document_chunks(&tenant, id, None).await.expect("reads");
            let chunks: Vec<Chunk> = stored.iter().map(|stored| stored.chunk.clone()).collect();
            let Some(first) = stored.first() else { continue };
            self.index(&chunks, &first.document.title, &first.document.audience, &first.document.validity).await;
        }
    }

    async fn index(&self, chunks: &[Chunk], title: &str, audience: &Audience, validity: &Validity) {
        let mut entries = Vec::new();
        for chunk in chunks {
            let vector = match &self.embedder {
                Some(embedder) => {
                    let text = chunk.embedded_text(title);
                    embedder.embed(vec![text], TextKind::Passage).await.expect("embeds").pop()
                }
                None => None,
            };
            entries.push(IndexEntry {
                chunk: chunk.clone(),
                title: title.to_owned(),
                tenant: TenantId::default(),
                collection: models::Collection::default(),
                audience: audience.clone(),
                validity: validity.clone(),
                vector,
            });
        }
        self.indexes.upsert(&entries).await.expect("indexes");
        self.indexes.commit().await.expect("commits");
    }
}
