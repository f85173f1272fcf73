//! After a crash, a lost index or a new model: the store is the truth, and the indexes are made to agree with it.

use store::{Recovered, StoredChunk};

use super::{Pipeline, entry};
use crate::Result;

/// Chunks that are read, embedded and indexed at a time.
const PAGE: u32 = 512;

/// What [`Pipeline::recover`] found and did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    pub store: Recovered,
    /// Chunks that the indexes had to forget.
    pub forgotten: u64,
    /// Chunks written to the indexes again.
    pub rebuilt: u64,
    /// For a person; empty when all was in order.
    pub messages: Vec<String>,
}

impl Pipeline {
    /// To be called once, before any work: puts back what a crash interrupted, and builds an index again from the store
    /// when it does not hold what it should.
    ///
    /// # Errors
    /// When the store or an index fails.
    pub async fn recover(&self) -> Result<Recovery> {
        let mut recovery = Recovery { store: self.inner.store.recover(self.clock()).await?, ..Recovery::default() };
        if recovery.store.failed > 0 {
            let failed = recovery.store.failed;
            recovery
                .messages
                .push(format!("{failed} documents were given up: the program ended each time while reading them"));
        }
        recovery.forgotten = self.settle_all().await?;
        let expected = self.inner.store.chunk_count().await?;
        let counts = self.inner.indexes.counts().await?;
        let off = [("word", Some(counts.words)), ("vector", counts.vectors)]
            .into_iter()
            .filter_map(|(name, count)| count.filter(|count| *count != expected).map(|count| (name, count)));
        let off: Vec<_> = off.collect();
        for (name, count) in &off {
            let message = format!(
                "the {name} index holds {count} chunks instead of {expected}; it is built again from the store"
            );
            tracing::warn!("{message}");
            recovery.messages.push(message);
        }
        if !off.is_empty() {
            if off.iter().any(|(_, count)| *count > expected) {
                self.inner.indexes.clear().await?;
            }
            recovery.rebuilt = self.rebuild().await?;
            tracing::info!(chunks = recovery.rebuilt, "the indexes are built again");
        }
        Ok(recovery)
    }

    /// Removes and changes in the indexes what is still to be removed and changed. Returns the number of chunks removed.
    pub(super) async fn settle_all(&self) -> Result<u64> {
        let mut forgotten = 0;
        loop {
            let stale = self.inner.store.stale_chunks(PAGE * 8).await?;
            if stale.is_empty() && self.inner.store.outdated().await?.is_empty() {
                return Ok(forgotten);
            }
            self.settle(&stale).await?;
            forgotten += stale.len() as u64;
        }
    }

    /// Writes every searchable chunk to both indexes, embedding what has no vector of this model.
    async fn rebuild(&self) -> Result<u64> {
        let _writing = self.inner.writing.lock().await;
        let (mut after, mut total) = (None, 0);
        loop {
            let mut page = self.inner.store.all_chunks(after, PAGE, self.model()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.chunk.id);
            self.embed_missing(&mut page).await?;
            let entries: Vec<_> = page.into_iter().map(entry).collect();
            self.inner.indexes.upsert(&entries).await?;
            total += entries.len() as u64;
        }
        self.inner.indexes.commit().await?;
        Ok(total)
    }

    async fn embed_missing(&self, page: &mut [StoredChunk]) -> Result<()> {
        let Some(embedder) = &self.inner.embedder else { return Ok(()) };
        let mut missing: Vec<&mut StoredChunk> = page.iter_mut().filter(|stored| stored.vector.is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let texts: Vec<String> =
            missing.iter().map(|stored| stored.chunk.embedded_text(&stored.document.title)).collect();
        let vectors = self.embed(embedder, &texts).await?;
        let hashes = texts.iter().map(|text| store::sha256_hex(text.as_bytes()));
        let kept: Vec<(String, Vec<f32>)> = hashes.zip(vectors.iter().cloned()).collect();
        self.inner.store.put_vectors(&embedder.info().id, &kept).await?;
        for (stored, vector) in missing.iter_mut().zip(vectors) {
            stored.vector = Some(vector);
        }
        Ok(())
    }
}
