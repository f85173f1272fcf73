//! The embedder behind a bounded queue, on a thread of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use tokenizers::Tokenizer;
use tokio::sync::oneshot;

use crate::{
    Embedder, Error, ModelInfo, TextKind,
    queue::{Batch, Queue},
};

/// How much may wait, and how much runs at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most questions waiting; the next is refused.
    pub queries: usize,
    /// Most passages waiting. One larger request is taken when nothing else waits.
    pub passages: usize,
    /// Most tokens in one run of the model, padding included. Small batches stay in the processor's cache, and a
    /// question waits for one of them at most.
    pub batch_tokens: usize,
    /// Passages that are sorted by length together.
    pub window: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self { queries: 256, passages: 4096, batch_tokens: 1024, window: 128 }
    }
}

/// A handle to the embedder; clones share it. The thread ends when the last one is dropped.
#[derive(Clone)]
pub struct EmbedService {
    shared: Arc<Shared>,
}

struct Shared {
    info: ModelInfo,
    tokenizer: Arc<Tokenizer>,
    queue: Arc<Queue>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl EmbedService {
    /// Gives the embedder its thread. `tokenizer` must be the model's own: batches are planned with it.
    ///
    /// # Panics
    /// When the system has no thread left.
    #[must_use]
    pub fn start(embedder: Box<dyn Embedder>, tokenizer: Arc<Tokenizer>, limits: QueueLimits) -> Self {
        let info = embedder.info().clone();
        let queue = Arc::new(Queue::new(limits));
        let (worker_queue, worker_tokenizer) = (Arc::clone(&queue), Arc::clone(&tokenizer));
        thread::Builder::new()
            .name("embedder".to_owned())
            .spawn(move || work(embedder, &worker_queue, &worker_tokenizer))
            .expect("the system can start a thread");
        Self { shared: Arc::new(Shared { info, tokenizer, queue }) }
    }

    /// The vectors of `texts`, in their order. Dropping the future takes the texts out of the queue.
    ///
    /// # Errors
    /// [`Error::Busy`] when too much waits already; otherwise what the embedder says.
    pub async fn embed(&self, texts: Vec<String>, kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let (sender, receiver) = oneshot::channel();
        self.shared.queue.push(texts, kind, sender)?;
        receiver.await.unwrap_or(Err(Error::Stopped))
    }

    #[must_use]
    pub fn info(&self) -> &ModelInfo {
        &self.shared.info
    }

    #[must_use]
    pub fn tokenizer(&self) -> &Arc<Tokenizer> {
        &self.shared.tokenizer
    }

    /// Texts that wait, for the metrics.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.queue.waiting()
    }
}

impl std::fmt::Debug for EmbedService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbedService").field("info", &self.shared.info).finish_non_exhaustive()
    }
}

/// The embedder's thread: one batch after the other until the service is gone.
fn work(mut embedder: Box<dyn Embedder>, queue: &Queue, tokenizer: &Tokenizer) {
    let limit = embedder.info().max_tokens;
    let count = |text: &str| tokenizer.encode_fast(text, true).map_or(limit, |encoding| encoding.len().min(limit));
    while let Some(batch) = queue.next(&count) {
        let result = catch_unwind(AssertUnwindSafe(|| run(embedder.as_mut(), &batch))).unwrap_or_else(|_| {
            tracing::error!(texts = batch.items.len(), "the embedder panicked");
            Err(Error::Panicked)
        });
        batch.finish(result);
    }
}

fn run(embedder: &mut dyn Embedder, batch: &Batch) -> Result<Vec<Vec<f32>>, Error> {
    let texts: Vec<&str> = batch.items.iter().map(|item| item.text.as_str()).collect();
    let vectors = embedder.embed(&texts, batch.kind)?;
    if vectors.len() == texts.len() {
        Ok(vectors)
    } else {
        Err(Error::Model { what: format!("{} texts gave {} vectors", texts.len(), vectors.len()) })
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
