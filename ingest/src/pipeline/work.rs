//! One document: read, cut, embedded.

use std::{collections::HashMap, time::Duration};

use inference::{EmbedService, TextKind};
use models::{Audience, Chunk, Code, Coded, Collection, Content, DocumentState, Language, Validity};
use rag::IndexEntry;
use store::{Claim, NewVersion, sha256_hex};

use super::{Pipeline, intake::name};
use crate::{
    Error, Result,
    chunk::Heading,
    parse::{Outcome, Parsed},
    side_metadata::{Beside, audience},
};

/// Texts that are embedded between two writes to the cache: what a crash may cost.
const SLICE: usize = 128;
/// How often a busy or unreachable embedder is asked again before the run is given up.
const PATIENCE: u32 = 60;

/// What came out of one document.
pub(super) enum Done {
    Ready(Box<Ready>),
    Ended { state: DocumentState, reason: String },
}

/// A version that lacks nothing but being written.
pub(super) struct Ready {
    pub claim: Claim,
    pub title: String,
    pub language: Language,
    pub collection: Collection,
    pub audience: Audience,
    pub validity: Validity,
    pub date: Option<jiff::civil::Date>,
    pub supersedes: Option<String>,
    pub note: Option<String>,
    pub pages: Option<u32>,
    pub content: Content,
    pub chunks: Vec<Chunk>,
    pub model: Option<String>,
    /// One per chunk, or none without an embedder.
    pub vectors: Vec<Vec<f32>>,
}

impl Pipeline {
    /// # Errors
    /// When the work as a whole cannot go on. What is wrong with this document is [`Done::Ended`].
    pub(super) async fn read(&self, claim: Claim) -> Result<Done> {
        let path = self.inner.store.blob_path(&claim.blob);
        let parsed = match self.inner.parser.parse(&path, name(&claim.document.origin)).await {
            Outcome::Parsed(parsed) => *parsed,
            Outcome::NeedsOcr { pages } => {
                let reason = match pages {
                    0 | 1 => "The document is a picture without text: it needs OCR.".to_owned(),
                    _ => format!("All {pages} pages are pictures without text: they need OCR."),
                };
                return Ok(Done::Ended { state: DocumentState::NeedsOcr, reason });
            }
            Outcome::Unsupported { what } => {
                return Ok(Done::Ended { state: DocumentState::Unsupported, reason: what });
            }
            Outcome::Failed { reason } => return Ok(Done::Ended { state: DocumentState::Failed, reason }),
        };
        let pipeline = self.clone();
        let cut = tokio::task::spawn_blocking(move || pipeline.cut(claim, parsed)).await;
        let mut ready = cut.map_err(|_| Error::Panicked)?;
        if let Some(embedder) = &self.inner.embedder {
            let texts: Vec<String> = ready.chunks.iter().map(|chunk| chunk.embedded_text(&ready.title)).collect();
            match self.embed(embedder, &texts).await {
                Ok(vectors) => ready.vectors = vectors,
                Err(Error::Embedding(error)) if !is_passing(&error) => {
                    let reason = format!("The embedder could not read the text: {error}.");
                    return Ok(Done::Ended { state: DocumentState::Failed, reason });
                }
                Err(error) => return Err(error),
            }
            ready.model = Some(embedder.info().id.clone());
        }
        Ok(Done::Ready(Box::new(ready)))
    }

    fn cut(&self, claim: Claim, parsed: Parsed) -> Ready {
        // What cannot be read back says nothing; it was written by `describe`.
        let beside: Beside = serde_json::from_str(&claim.metadata).unwrap_or_default();
        let said = beside.resolve(&parsed);
        let file = name(&claim.document.origin);
        let title = said.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or_else(|| file.to_owned());
        let title = self.inner.chunker.title(&title);
        let language = said.language.unwrap_or_else(|| detect(&parsed.content));
        let heading = Heading { document: claim.document.id, version: claim.version, title: &title, language };
        let chunks = self.inner.chunker.chunk(&heading, &parsed.content);
        Ready {
            title,
            language,
            audience: audience(&said),
            validity: said.validity(),
            date: said.date,
            supersedes: said.supersedes,
            note: note(&parsed.scanned_pages),
            pages: parsed.pages,
            collection: said.collection.unwrap_or_default(),
            content: parsed.content,
            chunks,
            claim,
            model: None,
            vectors: Vec::new(),
        }
    }

    /// One vector per text; what was embedded before is not embedded again.
    pub(super) async fn embed(&self, embedder: &EmbedService, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let (store, model) = (&self.inner.store, &embedder.info().id);
        let mut vectors = Vec::with_capacity(texts.len());
        for slice in texts.chunks(SLICE) {
            let hashes: Vec<String> = slice.iter().map(|text| sha256_hex(text.as_bytes())).collect();
            let mut known = store.cached_vectors(model, &hashes).await?;
            let missing: HashMap<&String, &String> =
                hashes.iter().zip(slice).filter(|(hash, _)| !known.contains_key(*hash)).collect();
            if !missing.is_empty() {
                let (names, texts): (Vec<String>, Vec<String>) =
                    missing.into_iter().map(|(hash, text)| (hash.clone(), text.clone())).unzip();
                let new = patiently(embedder, &texts).await?;
                let new: Vec<(String, Vec<f32>)> = names.into_iter().zip(new).collect();
                // The version brings its own vectors along; only long documents keep theirs before.
                if slice.len() == SLICE {
                    store.put_vectors(model, &new).await?;
                }
                known.extend(new);
            }
            vectors.extend(hashes.iter().filter_map(|hash| known.get(hash).cloned()));
        }
        Ok(vectors)
    }
}

/// Waits while the embedder is busy or away.
async fn patiently(embedder: &EmbedService, texts: &[String]) -> Result<Vec<Vec<f32>>> {
    let mut tries = 0;
    loop {
        match embedder.embed(texts.to_vec(), TextKind::Passage).await {
            Err(error) if is_passing(&error) && tries < PATIENCE => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(50 * u64::from(tries))).await;
            }
            result => return Ok(result?),
        }
    }
}

fn is_passing(error: &inference::Error) -> bool {
    matches!(error.code(), Code::TooManyRequests | Code::Unavailable)
}

impl Ready {
    pub fn version(&self) -> NewVersion<'_> {
        NewVersion {
            document: self.claim.document.id,
            version: self.claim.version,
            title: &self.title,
            language: self.language,
            collection: &self.collection,
            audience: &self.audience,
            validity: &self.validity,
            date: self.date,
            pages: self.pages,
            supersedes: self.supersedes.as_deref(),
            note: self.note.as_deref(),
            content: &self.content,
            chunks: &self.chunks,
            vectors: self.model.as_deref().map(|model| (model, self.vectors.as_slice())),
        }
    }

    /// For the indexes; takes the vectors along, which the store has by then.
    pub fn entries(&mut self) -> impl Iterator<Item = IndexEntry> {
        let mut vectors = std::mem::take(&mut self.vectors).into_iter();
        let this = &*self;
        this.chunks.iter().map(move |chunk| IndexEntry {
            chunk: chunk.clone(),
            title: this.title.clone(),
            tenant: this.claim.document.tenant.clone(),
            collection: this.collection.clone(),
            audience: this.audience.clone(),
            validity: this.validity.clone(),
            vector: vectors.next(),
        })
    }
}

fn note(scanned: &[u32]) -> Option<String> {
    let pages: Vec<String> = scanned.iter().map(u32::to_string).collect();
    match pages.as_slice() {
        [] => None,
        [page] => Some(format!("Page {page} is a picture without text: it needs OCR and was left out.")),
        pages => {
            Some(format!("Pages {} are pictures without text: they need OCR and were left out.", pages.join(", ")))
        }
    }
}

/// The language of the words, where the parser did not tell.
fn detect(content: &Content) -> Language {
    let sample: String = content.text().chars().take(20_000).collect();
    match whatlang::detect(&sample).filter(whatlang::Info::is_reliable).map(|info| info.lang()) {
        Some(whatlang::Lang::Fra) => Language::Fr,
        Some(whatlang::Lang::Eng) => Language::En,
        _ => Language::Other,
    }
}
