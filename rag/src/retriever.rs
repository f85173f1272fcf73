//! From a question to passages: both indexes side by side, fused, then read from the store.

use std::time::Instant;

use inference::{EmbedService, TextKind};
use models::{Chunk, ChunkId, Collection, Document, Language, Passage, Scope, Span, Timings};
use serde::{Deserialize, Serialize};
use store::Store;

use crate::{
    Error, Filter, Fused, Hit, Indexes, Profile, Signals, Weighed, analysis, fusion::fuse, language, words::SATURATION,
};

/// Characters of a question that are read.
pub const LONGEST_QUESTION: usize = 2_000;
/// Hits asked of each index; more than are shown, so that fusion sees what the other list has further down.
const DEPTH: usize = 100;
/// Fused chunks read from the store beyond the limit: some may be of a version that is just being replaced.
const SPARE: usize = 10;

/// Which indexes answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Hybrid,
    Dense,
    Lexical,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Hybrid, Self::Dense, Self::Lexical];

    /// As serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hybrid => "hybrid",
            Self::Dense => "dense",
            Self::Lexical => "lexical",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    pub query: String,
    pub mode: Mode,
    /// Passages wanted.
    pub limit: usize,
    /// Empty means all.
    pub collections: Vec<Collection>,
    /// Also find what does not hold on the scope's day.
    pub any_validity: bool,
}

impl SearchRequest {
    /// Ten valid passages of any collection, both indexes.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        let query = query.into();
        Self { query, mode: Mode::Hybrid, limit: 10, collections: Vec::new(), any_validity: false }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SearchResult {
    /// As it was searched.
    pub query: String,
    /// Whether the query was longer than is read, and cut.
    pub truncated: bool,
    pub language: Language,
    /// The one really used: without an embedder there are only words.
    pub mode: Mode,
    /// Best first.
    pub passages: Vec<Passage>,
    pub timings_ms: Timings,
}

/// What both indexes say, before fusion.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidates {
    pub query: String,
    pub truncated: bool,
    pub language: Language,
    pub mode: Mode,
    pub dense: Vec<Hit>,
    pub lexical: Vec<Hit>,
    pub signals: Signals,
    /// The question's terms in its own language, or in the documents' where none is in that language.
    pub weighed: Weighed,
    /// The question's vector, where the embedder was asked.
    pub vector: Option<Vec<f32>>,
    pub timings_ms: Timings,
}

/// Hybrid retrieval over one store and its indexes. Clones share them.
#[derive(Clone)]
pub struct Retriever {
    store: Store,
    indexes: Indexes,
    embedder: Option<EmbedService>,
    profile: Profile,
}

impl Retriever {
    #[must_use]
    pub fn new(store: Store, indexes: Indexes, embedder: Option<EmbedService>, profile: Profile) -> Self {
        Self { store, indexes, embedder, profile }
    }

    /// The same with other tuned numbers.
    #[must_use]
    pub fn with_profile(self, profile: Profile) -> Self {
        Self { profile, ..self }
    }

    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(crate) fn indexes(&self) -> &Indexes {
        &self.indexes
    }

    pub(crate) fn embedder(&self) -> Option<&EmbedService> {
        self.embedder.as_ref()
    }

    /// The passages that this person may read, best first.
    ///
    /// # Errors
    /// When an index or the store fails. An embedder that fails leaves the words alone, and a warning in the log.
    pub async fn search(&self, scope: &Scope, request: &SearchRequest) -> Result<SearchResult, Error> {
        let started = Instant::now();
        let (candidates, passages) = self.retrieve(scope, request).await?;
        let total = milliseconds(started);
        let embed = candidates.timings_ms.embed;
        Ok(SearchResult {
            query: candidates.query,
            truncated: candidates.truncated,
            language: candidates.language,
            mode: candidates.mode,
            passages,
            timings_ms: Timings { embed, retrieve: total - embed, answer: 0.0, total },
        })
    }

    pub(crate) async fn retrieve(
        &self,
        scope: &Scope,
        request: &SearchRequest,
    ) -> Result<(Candidates, Vec<Passage>), Error> {
        let candidates = self.candidates(scope, request).await?;
        let fused = self.fuse(&candidates);
        let passages = self.hydrate(scope, request, &fused).await?;
        Ok((candidates, passages))
    }

    /// The two lists of hits, for evaluation and for [`Self::search`].
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn candidates(&self, scope: &Scope, request: &SearchRequest) -> Result<Candidates, Error> {
        let (query, truncated) = cut(&request.query);
        let asked = language::detect(&query);
        let mut filter = Filter::of(scope, &request.collections);
        if request.any_validity {
            filter.as_of = None;
        }
        let depth = DEPTH.max(request.limit * 2);
        let mut candidates = Candidates {
            truncated,
            language: asked,
            mode: self.possible(request.mode),
            dense: Vec::new(),
            lexical: Vec::new(),
            signals: Signals { trained: self.is_trained(asked), ideal: 0.0, depth },
            weighed: Weighed::default(),
            vector: None,
            timings_ms: Timings::default(),
            query,
        };
        // Nothing to search for: an embedder would still find something.
        if analysis::words(&candidates.query, asked).next().is_none() {
            return Ok(candidates);
        }
        let query = candidates.query.clone();
        let (dense, lexical) = tokio::join!(
            self.dense(&query, &filter, candidates.mode, depth),
            self.lexical(&query, asked, &filter, candidates.mode, depth),
        );
        (candidates.lexical, candidates.weighed) = lexical?;
        candidates.signals.ideal = candidates.weighed.total() * SATURATION;
        match dense {
            Ok(Some((vector, hits, milliseconds))) => {
                candidates.dense = hits;
                candidates.vector = Some(vector);
                candidates.timings_ms.embed = milliseconds;
            }
            Ok(None) => {}
            Err(Error::Embedding(error)) if candidates.mode == Mode::Hybrid => {
                tracing::warn!(%error, "the embedder failed; searching by words alone");
                candidates.mode = Mode::Lexical;
            }
            Err(error) => return Err(error),
        }
        Ok(candidates)
    }

    /// The common ranking of both lists, by this retriever's profile.
    #[must_use]
    pub fn fuse(&self, candidates: &Candidates) -> Vec<Fused> {
        fuse(&candidates.dense, &candidates.lexical, candidates.signals, &self.profile.fusion)
    }

    fn possible(&self, mode: Mode) -> Mode {
        if self.embedder.is_some() && self.indexes.vectors.is_some() { mode } else { Mode::Lexical }
    }

    fn is_trained(&self, language: Language) -> bool {
        self.embedder.as_ref().is_some_and(|embedder| {
            let languages = &embedder.info().languages;
            languages.is_empty() || languages.contains(&language)
        })
    }

    async fn dense(
        &self,
        query: &str,
        filter: &Filter,
        mode: Mode,
        depth: usize,
    ) -> Result<Option<(Vec<f32>, Vec<Hit>, f64)>, Error> {
        let (Some(embedder), Some(vectors)) = (&self.embedder, &self.indexes.vectors) else { return Ok(None) };
        if mode == Mode::Lexical {
            return Ok(None);
        }
        let started = Instant::now();
        let Some(vector) = embedder.embed(vec![query.to_owned()], TextKind::Query).await?.pop() else {
            return Ok(None);
        };
        let milliseconds = milliseconds(started);
        let hits = vectors.search(&vector, filter, depth).await?;
        Ok(Some((vector, hits, milliseconds)))
    }

    async fn lexical(
        &self,
        query: &str,
        asked: Language,
        filter: &Filter,
        mode: Mode,
        depth: usize,
    ) -> Result<(Vec<Hit>, Weighed), Error> {
        let words = &self.indexes.words;
        let hits = if mode == Mode::Dense { Vec::new() } else { words.search(query, asked, filter, depth).await? };
        let mut weighed = words.weigh(query, asked, asked).await?;
        for language in Language::ALL {
            if weighed.documents == 0 && language != asked {
                weighed = words.weigh(query, asked, language).await?;
            }
        }
        Ok((hits, weighed))
    }

    async fn hydrate(&self, scope: &Scope, request: &SearchRequest, fused: &[Fused]) -> Result<Vec<Passage>, Error> {
        let wanted = &fused[..fused.len().min(request.limit + SPARE)];
        let ids: Vec<ChunkId> = wanted.iter().map(|fused| fused.chunk).collect();
        let read = self.store.chunks(&scope.tenant, &ids).await?;
        let mut read = read.into_iter().peekable();
        let mut passages = Vec::new();
        for fused in wanted {
            // The store leaves out what is not published (any more), and keeps the order.
            let Some((chunk, document)) = read.next_if(|(chunk, _)| chunk.id == fused.chunk) else { continue };
            if is_permitted(scope, request, &chunk, &document) {
                passages.push(passage(fused, chunk, document));
            }
        }
        passages.truncate(request.limit);
        Ok(passages)
    }
}

/// The tripwire: the indexes have filtered already, so whatever stops here is a bug or an index that was tampered with.
fn is_permitted(scope: &Scope, request: &SearchRequest, chunk: &Chunk, document: &Document) -> bool {
    if document.tenant != scope.tenant || !document.audience.admits(scope) {
        tracing::error!(chunk = %chunk.id, document = %document.id, actor = scope.actor,
            "an index returned a passage that this reader may not see; it was dropped");
        return false;
    }
    if !request.collections.is_empty() && !request.collections.contains(&document.collection) {
        tracing::error!(chunk = %chunk.id, document = %document.id, "an index returned another collection's passage");
        return false;
    }
    if !request.any_validity && !document.validity.holds_on(scope.as_of) {
        // Happens in the moment between a document's being superseded and the indexes' hearing of it.
        tracing::warn!(chunk = %chunk.id, document = %document.id, "an index returned a passage that is not valid");
        return false;
    }
    true
}

fn passage(fused: &Fused, chunk: Chunk, document: Document) -> Passage {
    Passage {
        uri: uri(&document, chunk.page, chunk.span),
        chunk: chunk.id,
        document: document.id,
        title: document.title,
        collection: document.collection,
        origin: document.origin,
        language: chunk.language,
        headings: chunk.headings,
        page: chunk.page,
        span: chunk.span,
        text: chunk.text,
        date: document.date,
        validity: document.validity,
        score: fused.score,
        dense: fused.dense,
        lexical: fused.lexical,
    }
}

fn uri(document: &Document, page: Option<u32>, span: Span) -> String {
    document_uri(document.id, page, span)
}

/// Where a browser opens these characters, highlighted.
pub(crate) fn document_uri(document: models::DocumentId, page: Option<u32>, span: Span) -> String {
    let page = page.map(|page| format!("page={page}&")).unwrap_or_default();
    format!("/documents/{document}?{page}start={}&end={}", span.start, span.end)
}

/// Trimmed and no longer than is read; whether something was cut.
pub(crate) fn cut(query: &str) -> (String, bool) {
    let query = query.trim();
    match query.char_indices().nth(LONGEST_QUESTION) {
        Some((at, _)) => (query[..at].to_owned(), true),
        None => (query.to_owned(), false),
    }
}

pub(crate) fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
