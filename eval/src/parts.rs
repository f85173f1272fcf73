//! What the composition root hands in: the product's parts, already chosen.

use std::{path::Path, sync::Arc};

use inference::EmbedService;
use models::{Clock, Language, Scope, TenantId};
use rag::{Indexes, Retriever};
use store::Store;

use crate::Error;

/// Makes a pair of empty indexes in a folder, for vectors of that length.
pub type MakeIndexes = dyn Fn(&Path, Option<usize>) -> Result<Indexes, rag::Error> + Send + Sync;

/// Called with what is being done, how much of it is done, and how much there is.
pub type Progress = dyn Fn(&str, usize, usize) + Send + Sync;

/// The parts of the product that are measured.
#[derive(Clone)]
pub struct Parts {
    /// `None` measures words alone.
    pub embedder: Option<EmbedService>,
    pub indexes: Arc<MakeIndexes>,
    pub clock: Arc<dyn Clock>,
    /// Remembers vectors from one run to the next; nothing else is kept in it.
    pub vectors: Store,
    pub progress: Arc<Progress>,
}

impl Parts {
    /// One vector per text, from the cache where it is known.
    ///
    /// # Errors
    /// When the embedder or the cache fails.
    pub async fn embed(&self, doing: &str, texts: &[String]) -> Result<Option<Vec<Vec<f32>>>, Error> {
        let Some(embedder) = &self.embedder else { return Ok(None) };
        let model = &embedder.info().id;
        let mut vectors = Vec::with_capacity(texts.len());
        for texts in texts.chunks(256) {
            let hashes: Vec<String> = texts.iter().map(|text| store::sha256_hex(text.as_bytes())).collect();
            let mut known = self.vectors.cached_vectors(model, &hashes).await?;
            let mut missing: Vec<(&String, &String)> =
                hashes.iter().zip(texts).filter(|(hash, _)| !known.contains_key(*hash)).collect();
            missing.sort_unstable();
            missing.dedup();
            let wanted = missing.iter().map(|(_, text)| (*text).clone()).collect();
            let computed = embedder.embed(wanted, inference::TextKind::Passage).await?;
            let fresh: Vec<_> = missing.into_iter().map(|(hash, _)| hash.clone()).zip(computed).collect();
            self.vectors.put_vectors(model, &fresh).await?;
            known.extend(fresh);
            vectors.extend(hashes.iter().filter_map(|hash| known.get(hash).cloned()));
            (self.progress)(doing, vectors.len(), texts.len().max(vectors.len()));
        }
        Ok(Some(vectors))
    }

    pub(crate) fn retriever(&self, store: &Store, indexes: &Indexes) -> Retriever {
        Retriever::new(store.clone(), indexes.clone(), self.embedder.clone(), rag::Profile::default())
    }

    /// The harness as a reader who may see what everyone sees.
    pub(crate) fn scope(&self) -> Scope {
        Scope::new(TenantId::default(), "eval", Vec::new(), self.clock.today())
    }
}

/// The language of a text, as ingestion would record it.
pub(crate) fn language(title: &str, text: &str) -> Language {
    let head: String = text.chars().take(2000).collect();
    rag::language::detect(&format!("{title}\n{head}"))
}
