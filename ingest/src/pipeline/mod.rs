//! From files to searchable documents: register, read, embed, index; and back out again.

mod batch;
mod intake;
mod recovery;
mod run;
#[cfg(test)]
mod tests;
mod work;

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use inference::EmbedService;
use models::{Clock, Document, DocumentId, TenantId};
use rag::{IndexEntry, Indexes};
use store::{Store, StoredChunk};
use tokio::{
    sync::{Mutex as AsyncMutex, Notify},
    task::JoinHandle,
};

use crate::{
    Result,
    chunk::{CHUNKER_VERSION, Chunker, Size},
    parse::{Outcome, PARSER_VERSION},
    pool::ParserPool,
};

pub use intake::{IngestOptions, Upload};
pub use recovery::Recovery;

/// Reads one file. [`ParserPool`] does it in limited processes; tests do it in place.
#[async_trait]
pub trait Parse: Send + Sync {
    /// `name` decides where the bytes leave a doubt.
    async fn parse(&self, path: &Path, name: &str) -> Outcome;
}

#[async_trait]
impl Parse for ParserPool {
    async fn parse(&self, path: &Path, name: &str) -> Outcome {
        Self::parse(self, path, name).await
    }
}

/// Everything between files and indexes. Clones share it; one run at a time.
#[derive(Clone)]
pub struct Pipeline {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    indexes: Indexes,
    embedder: Option<EmbedService>,
    parser: Box<dyn Parse>,
    clock: Arc<dyn Clock>,
    chunker: Chunker,
    /// Held by the one that works on the queue.
    running: AsyncMutex<()>,
    /// Held while the indexes are written, so that what one removes another does not put back.
    writing: AsyncMutex<()>,
    halted: AtomicBool,
    /// Something was queued, or the work was halted.
    news: Notify,
    /// What was added since the last report.
    added: Mutex<intake::Added>,
}

impl Pipeline {
    #[must_use]
    pub fn new(
        store: Store,
        indexes: Indexes,
        embedder: Option<EmbedService>,
        parser: impl Parse + 'static,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let size = embedder
            .as_ref()
            .map_or_else(Size::characters, |embedder| Size::tokens(embedder.tokenizer(), embedder.info().max_tokens));
        let inner = Inner {
            store,
            indexes,
            embedder,
            parser: Box::new(parser),
            clock,
            chunker: Chunker::new(size),
            running: AsyncMutex::default(),
            writing: AsyncMutex::default(),
            halted: AtomicBool::default(),
            news: Notify::new(),
            added: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Queues a document that failed, was stopped or could not be read.
    ///
    /// # Errors
    /// When there is no such document, or it is indexed already.
    pub async fn retry(&self, tenant: &TenantId, id: DocumentId) -> Result<Document> {
        let document = self.inner.store.retry(tenant, id, self.clock()).await?;
        self.inner.news.notify_one();
        Ok(document)
    }

    /// Stops one document that waits or is being read, or all of the tenant's. Returns how many.
    ///
    /// # Errors
    /// When there is no such document, or the store fails.
    pub async fn stop(&self, tenant: &TenantId, id: Option<DocumentId>) -> Result<u64> {
        Ok(self.inner.store.stop(tenant, id, self.clock()).await?)
    }

    /// Ends the run in progress soon: what is being read goes back to the queue, what is read is made searchable.
    /// Nothing is worked on after that.
    pub fn halt(&self) {
        self.inner.halted.store(true, Ordering::SeqCst);
        self.inner.news.notify_waiters();
        self.inner.news.notify_one();
    }

    /// Removes a document from the store and both indexes. No search that begins afterwards finds it.
    ///
    /// # Errors
    /// When there is no such document. When an index fails, the store has forgotten the document, so nothing shows it,
    /// and the next start removes it from the index.
    pub async fn delete(&self, tenant: &TenantId, id: DocumentId) -> Result<()> {
        let deleted = self.inner.store.delete(tenant, id).await?;
        self.settle(&deleted.stale).await
    }

    /// Works on whatever is queued, for as long as the program runs.
    #[must_use]
    pub fn spawn_worker(&self) -> Worker {
        let pipeline = self.clone();
        let task = tokio::spawn(async move {
            while !pipeline.is_halted() {
                let pause = match pipeline.work(&mut |_| ()).await {
                    Ok(()) => Duration::from_secs(5),
                    Err(error) => {
                        tracing::error!(error = &error as &dyn std::error::Error, "ingestion is interrupted");
                        Duration::from_secs(10)
                    }
                };
                pipeline.forget_added();
                // The pause finds what another way of queueing did not announce.
                let _ = tokio::time::timeout(pause, pipeline.inner.news.notified()).await;
            }
        });
        Worker { pipeline: self.clone(), task }
    }

    fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    fn is_halted(&self) -> bool {
        self.inner.halted.load(Ordering::SeqCst)
    }

    /// The embedder's id, which tells its vectors from another's.
    fn model(&self) -> Option<&str> {
        self.inner.embedder.as_ref().map(|embedder| embedder.info().id.as_str())
    }

    /// What the pipeline would do with a file: another fingerprint means reading it again.
    fn fingerprint(&self) -> String {
        format!("parser {PARSER_VERSION}, chunker {CHUNKER_VERSION}, {}", self.model().unwrap_or("no embedder"))
    }
}

/// The handle of [`Pipeline::spawn_worker`].
pub struct Worker {
    pipeline: Pipeline,
    task: JoinHandle<()>,
}

impl Worker {
    /// Halts the pipeline and waits until its work is put away.
    pub async fn stop(self) {
        self.pipeline.halt();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the worker did not end in order");
        }
    }
}

fn entry(stored: StoredChunk) -> IndexEntry {
    let StoredChunk { chunk, document, vector } = stored;
    IndexEntry {
        chunk,
        title: document.title,
        tenant: document.tenant,
        collection: document.collection,
        audience: document.audience,
        validity: document.validity,
        vector,
    }
}
