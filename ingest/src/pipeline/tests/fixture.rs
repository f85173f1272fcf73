//! A pipeline on a folder of its own, with indexes in memory that can be made to fail.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use inference::scripted::ScriptedEmbedder;
use models::{ChunkId, Document, FixedClock, Language, TenantId};
use rag::{Error, Filter, Hit, IndexEntry, Indexes, VectorIndex, Weighed, WordIndex};
use store::{DocumentFilter, Store};

use crate::{
    IngestOptions, Limits, Outcome, Parse, Pipeline, Report, parse,
    source::{self, Sources},
};

#[derive(Default)]
pub struct MemoryIndex {
    pub entries: Mutex<BTreeMap<ChunkId, IndexEntry>>,
    pub fails: AtomicBool,
}

impl MemoryIndex {
    fn check(&self) -> Result<(), Error> {
        let broken = Error::Corrupt { index: "memory", reason: "it was told to fail".to_owned() };
        if self.fails.load(Ordering::SeqCst) { Err(broken) } else { Ok(()) }
    }

    fn insert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        self.check()?;
        let mut all = self.entries.lock().expect("no panic");
        all.extend(entries.iter().map(|entry| (entry.chunk.id, entry.clone())));
        Ok(())
    }

    fn remove(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        self.check()?;
        let mut all = self.entries.lock().expect("no panic");
        for chunk in chunks {
            all.remove(chunk);
        }
        Ok(())
    }

    pub fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> =
            self.entries.lock().expect("no panic").values().map(|entry| entry.chunk.text.clone()).collect();
        texts.sort();
        texts
    }

    pub fn len(&self) -> usize {
        self.entries.lock().expect("no panic").len()
    }
}

#[async_trait]
impl WordIndex for MemoryIndex {
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        self.insert(entries)
    }
    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        self.remove(chunks)
    }
    async fn search(&self, _: &str, _: Language, _: &Filter, _: usize) -> Result<Vec<Hit>, Error> {
        Ok(Vec::new())
    }
    async fn weigh(&self, _: &str, _: Language, _: Language) -> Result<Weighed, Error> {
        Ok(Weighed { documents: 0, terms: Vec::new() })
    }
    async fn flush(&self) -> Result<(), Error> {
        self.check()
    }
    async fn clear(&self) -> Result<(), Error> {
        self.entries.lock().expect("no panic").clear();
        Ok(())
    }
    async fn count(&self) -> Result<u64, Error> {
        Ok(self.len() as u64)
    }
}

#[async_trait]
impl VectorIndex for MemoryIndex {
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        let with: Vec<IndexEntry> = entries.iter().filter(|entry| entry.vector.is_some()).cloned().collect();
        self.insert(&with)
    }
    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        self.remove(chunks)
    }
    async fn search(&self, _: &[f32], _: &Filter, _: usize) -> Result<Vec<Hit>, Error> {
        Ok(Vec::new())
    }
    async fn flush(&self) -> Result<(), Error> {
        self.check()
    }
    async fn clear(&self) -> Result<(), Error> {
        self.entries.lock().expect("no panic").clear();
        Ok(())
    }
    async fn count(&self) -> Result<u64, Error> {
        Ok(self.len() as u64)
    }
}

/// Parses in this process; a file that says so never ends.
struct InPlace;

#[async_trait]
impl Parse for InPlace {
    async fn parse(&self, path: &Path, name: &str) -> Outcome {
        let text = std::fs::read(path).unwrap_or_default();
        if text.starts_with(b"wait") {
            std::future::pending::<()>().await;
        }
        assert!(!text.starts_with(b"panic"), "told to panic");
        parse::parse_file(path, name, &Limits::default())
    }
}

pub struct Fixture {
    pub pipeline: Pipeline,
    pub store: Store,
    pub words: Arc<MemoryIndex>,
    pub vectors: Arc<MemoryIndex>,
    pub files: tempfile::TempDir,
    data: tempfile::TempDir,
}

impl Fixture {
    pub async fn new() -> Self {
        let (files, data) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let store = Store::open(data.path()).await.expect("opens");
        let (words, vectors) = (Arc::default(), Arc::default());
        let pipeline = pipeline(&store, &words, Some(&vectors));
        Self { pipeline, store, words, vectors, files, data }
    }

    /// As after a crash: a new process on the same folder. `vectors` says whether there is an embedder now.
    pub async fn restart(&mut self, vectors: bool) {
        self.store.close().await;
        self.store = Store::open(self.data.path()).await.expect("opens");
        self.pipeline = pipeline(&self.store, &self.words, vectors.then_some(&self.vectors));
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.files.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("writes");
    }

    pub fn sources(&self) -> Sources {
        source::find(&[self.files.path().display().to_string()]).expect("finds")
    }

    pub async fn add(&self) {
        self.pipeline.add(self.sources(), &IngestOptions::default()).await.expect("adds");
    }

    pub async fn ingest(&self) -> Report {
        self.add().await;
        self.pipeline.run_until_idle(|_| ()).await.expect("runs")
    }

    /// By the end of their origin.
    pub async fn document(&self, name: &str) -> Document {
        let text = Some(name.to_owned());
        let filter = DocumentFilter { text, ..DocumentFilter::default() };
        let page = self.store.documents(&TenantId::default(), &filter, None, 9).await.expect("lists");
        page.items.into_iter().next().expect("is there")
    }
}

fn pipeline(store: &Store, words: &Arc<MemoryIndex>, vectors: Option<&Arc<MemoryIndex>>) -> Pipeline {
    let now = "2026-10-01T08:00:00Z".parse().expect("a time");
    let dense = vectors.map(|index| Arc::clone(index) as Arc<dyn VectorIndex>);
    let indexes = Indexes { words: Arc::clone(words) as Arc<dyn WordIndex>, vectors: dense };
    let embedder = vectors.map(|_| ScriptedEmbedder::service(16));
    Pipeline::new(store.clone(), indexes, embedder, InPlace, Arc::new(FixedClock(now)))
}
