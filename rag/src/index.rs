//! The two ports of retrieval, for vectors and for words, and what they exchange.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::Date;
use models::{Audience, Chunk, ChunkId, Collection, Grant, Language, Scope, TenantId, Validity};

use crate::Error;

/// Which chunks a search may see. Both indexes apply it while they search, never afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub tenant: TenantId,
    /// At least one of them must be among the document's grants.
    pub grants: Vec<Grant>,
    /// Empty means all.
    pub collections: Vec<Collection>,
    /// The day on which the document must hold; `None` lets expired and future ones through.
    pub as_of: Option<Date>,
}

impl Filter {
    /// What this person may read, valid on the scope's day.
    #[must_use]
    pub fn of(scope: &Scope, collections: &[Collection]) -> Self {
        Self {
            tenant: scope.tenant.clone(),
            grants: scope.grants().to_vec(),
            collections: collections.to_vec(),
            as_of: Some(scope.as_of),
        }
    }
}

/// A chunk with what its document says about who may read it, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexEntry {
    pub chunk: Chunk,
    pub title: String,
    pub tenant: TenantId,
    pub collection: Collection,
    pub audience: Audience,
    pub validity: Validity,
    /// Of the model's dimensions and Euclidean norm 1; the vector index skips entries without one.
    pub vector: Option<Vec<f32>>,
}

/// A found chunk. The score is a cosine from the vector index, BM25 from the word index.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    pub chunk: ChunkId,
    pub score: f32,
}

/// The terms of a question, as analysed for documents of one language.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Weighed {
    /// Chunks of that language; where there are none, every term is as rare as the others.
    pub documents: u64,
    /// In the order of the question, repeated words once.
    pub terms: Vec<WeighedTerm>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WeighedTerm {
    pub term: String,
    /// Chunks that hold it.
    pub found: u64,
    /// Inverse document frequency as in BM25; largest for a term that no chunk holds.
    pub idf: f32,
}

impl Weighed {
    /// The sum of all rarities: what a text that holds every term would collect.
    #[must_use]
    pub fn total(&self) -> f32 {
        self.terms.iter().map(|term| term.idf).sum()
    }
}

/// Best first; equal scores in the order of their ids, so that the same search gives the same list.
pub(crate) fn sort_hits(hits: &mut [Hit]) {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.chunk.cmp(&b.chunk)));
}

/// Nearest vectors. Written chunks become durable with [`VectorIndex::flush`] and may be seen before it.
#[async_trait]
pub trait VectorIndex: Send + Sync {
    /// Inserts or replaces by chunk id. Entries without a vector are skipped.
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error>;
    /// Unknown ids are no error.
    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error>;
    /// At most `limit` hits, best first.
    async fn search(&self, vector: &[f32], filter: &Filter, limit: usize) -> Result<Vec<Hit>, Error>;
    /// Returns once everything written so far survives a crash.
    async fn flush(&self) -> Result<(), Error>;
    /// Forgets every chunk; durable with the next flush.
    async fn clear(&self) -> Result<(), Error>;
    async fn count(&self) -> Result<u64, Error>;
}

/// BM25 over analysed words. Written chunks become searchable and durable with [`WordIndex::flush`].
#[async_trait]
pub trait WordIndex: Send + Sync {
    /// Inserts or replaces by chunk id.
    async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error>;
    /// Unknown ids are no error.
    async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error>;
    /// At most `limit` hits, best first; `language` is the question's.
    async fn search(&self, query: &str, language: Language, filter: &Filter, limit: usize) -> Result<Vec<Hit>, Error>;
    /// The query's terms as they stand in documents of `language`, and how rare each is there; `asked` is the
    /// question's language.
    async fn weigh(&self, query: &str, asked: Language, language: Language) -> Result<Weighed, Error>;
    async fn flush(&self) -> Result<(), Error>;
    /// Forgets every chunk; durable with the next flush.
    async fn clear(&self) -> Result<(), Error>;
    async fn count(&self) -> Result<u64, Error>;
}

/// Both indexes; without an embedder there are only words.
#[derive(Clone)]
pub struct Indexes {
    pub words: Arc<dyn WordIndex>,
    pub vectors: Option<Arc<dyn VectorIndex>>,
}

/// Chunks in each index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub words: u64,
    pub vectors: Option<u64>,
}

impl Indexes {
    /// # Errors
    /// When either index fails; the other one may have taken the entries, which is harmless: they replace themselves.
    pub async fn upsert(&self, entries: &[IndexEntry]) -> Result<(), Error> {
        self.words.upsert(entries).await?;
        if let Some(vectors) = &self.vectors {
            vectors.upsert(entries).await?;
        }
        Ok(())
    }

    /// # Errors
    /// When either index fails.
    pub async fn delete(&self, chunks: &[ChunkId]) -> Result<(), Error> {
        self.words.delete(chunks).await?;
        if let Some(vectors) = &self.vectors {
            vectors.delete(chunks).await?;
        }
        Ok(())
    }

    /// Forgets everything, before the indexes are built again from the store.
    ///
    /// # Errors
    /// When either index fails.
    pub async fn clear(&self) -> Result<(), Error> {
        self.words.clear().await?;
        if let Some(vectors) = &self.vectors {
            vectors.clear().await?;
        }
        Ok(())
    }

    /// Makes everything written so far searchable and durable.
    ///
    /// # Errors
    /// When either index fails.
    pub async fn commit(&self) -> Result<(), Error> {
        self.words.flush().await?;
        if let Some(vectors) = &self.vectors {
            vectors.flush().await?;
        }
        Ok(())
    }

    /// # Errors
    /// When either index fails.
    pub async fn counts(&self) -> Result<Counts, Error> {
        let vectors = match &self.vectors {
            Some(vectors) => Some(vectors.count().await?),
            None => None,
        };
        Ok(Counts { words: self.words.count().await?, vectors })
    }
}
