//! Group commit: many documents become searchable with one commit of each index.

use std::collections::HashSet;

use models::{ChunkId, DocumentId};
use tokio::time::{Duration, Instant};

use super::{Pipeline, entry, work::Ready};
use crate::Result;

/// A batch is written when it holds this much, or is this old.
const DOCUMENTS: usize = 64;
const CHUNKS: usize = 512;
const AGE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Batch {
    ready: Vec<Ready>,
    since: Option<Instant>,
}

impl Batch {
    pub fn push(&mut self, ready: Ready) {
        self.since.get_or_insert_with(Instant::now);
        self.ready.push(ready);
    }

    pub fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.ready.len() >= DOCUMENTS || self.ready.iter().map(|ready| ready.chunks.len()).sum::<usize>() >= CHUNKS
    }

    /// When it is to be written at the latest; far away while it is empty.
    pub fn deadline(&self) -> Instant {
        self.since.map_or_else(|| Instant::now() + Duration::from_hours(1), |since| since + AGE)
    }
}

/// What a written batch has added.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub documents: u64,
    pub chunks: u64,
}

impl Pipeline {
    /// Store, then indexes, then publish, then forget what was replaced. After a crash anywhere in between, `recover`
    /// finds the same order: nothing is seen before both indexes hold it.
    pub(super) async fn write(&self, batch: &mut Batch) -> Result<Written> {
        batch.since = None;
        let mut ready = std::mem::take(&mut batch.ready);
        let inner = &self.inner;
        let versions: Vec<_> = ready.iter().map(Ready::version).collect();
        let saved = inner.store.save_versions(&versions).await?;
        drop(versions);
        let mut is_saved = saved.into_iter();
        ready.retain(|_| is_saved.next().unwrap_or_default());
        let entries: Vec<_> = ready.iter_mut().flat_map(|ready| ready.entries().collect::<Vec<_>>()).collect();

        let writing = inner.writing.lock().await;
        inner.indexes.upsert(&entries).await?;
        inner.indexes.commit().await?;
        let pairs: Vec<_> = ready.iter().map(|ready| (ready.claim.document.id, ready.claim.version)).collect();
        let published = inner.store.publish(&pairs, self.clock()).await?;
        drop(writing);

        let seen: HashSet<DocumentId> = published.documents.iter().copied().collect();
        let (kept, dropped): (Vec<Ready>, Vec<Ready>) =
            ready.into_iter().partition(|ready| seen.contains(&ready.claim.document.id));
        // One that was deleted meanwhile is unknown to the store, but the indexes have it now.
        let orphans = dropped.iter().flat_map(|ready| ready.chunks.iter().map(|chunk| chunk.id));
        let mut stale = published.stale;
        stale.extend(orphans);
        if !stale.is_empty() || !published.revalidated.is_empty() {
            self.settle(&stale).await?;
        }
        Ok(Written { documents: kept.len() as u64, chunks: kept.iter().map(|ready| ready.chunks.len() as u64).sum() })
    }

    /// Removes chunks from the indexes and brings validities there up to date, then tells the store that it is done.
    pub(super) async fn settle(&self, stale: &[ChunkId]) -> Result<()> {
        let inner = &self.inner;
        let _writing = inner.writing.lock().await;
        let outdated = inner.store.outdated().await?;
        inner.indexes.delete(stale).await?;
        for (tenant, id) in &outdated {
            let chunks = inner.store.document_chunks(tenant, *id, self.model()).await?;
            let entries: Vec<_> = chunks.into_iter().map(entry).collect();
            inner.indexes.upsert(&entries).await?;
        }
        inner.indexes.commit().await?;
        inner.store.forget_stale(stale).await?;
        let ids: Vec<DocumentId> = outdated.into_iter().map(|(_, id)| id).collect();
        if !ids.is_empty() {
            inner.store.forget_outdated(&ids).await?;
        }
        Ok(())
    }
}
