//! Retrieval on BEIR sets: each set is ingested by the product's own parts, asked its questions, and judged.

mod dump;
mod report;
pub mod tuning;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use rag::{Candidates, FusionProfile, Mode, Profile, SearchRequest};

pub use dump::{Dump, Found};
pub use report::{Macro, ModeReport, QuestionTime, Report, SetReport};

use crate::{
    Error, Parts,
    beir::{Query, Set},
    corpus::{Corpus, shelf},
    metrics::Metrics,
};

/// A set with what both indexes found for each of its judged questions: everything that the reports need.
pub struct Measured {
    pub set: Set,
    /// One per judged query, in the set's order.
    pub questions: Vec<Question>,
    pub documents: usize,
    pub chunks: usize,
    /// Chunking, embedding and indexing.
    pub index_seconds: f64,
    pub seconds: f64,
}

/// One judged question.
pub struct Question {
    pub query: Query,
    /// By document.
    pub relevant: BTreeMap<String, u32>,
    /// Both lists, before fusion.
    pub candidates: Candidates,
    /// The document of each chunk in the lists.
    origins: BTreeMap<models::ChunkId, String>,
    milliseconds: f64,
}

impl Question {
    /// Documents by their best chunk, best first.
    #[must_use]
    pub fn ranking(&self, mode: Mode, fusion: &FusionProfile) -> Vec<&str> {
        let Candidates { dense, lexical, signals, .. } = &self.candidates;
        let (dense, lexical) = match mode {
            Mode::Hybrid => (dense.as_slice(), lexical.as_slice()),
            Mode::Dense => (dense.as_slice(), &[][..]),
            Mode::Lexical => (&[][..], lexical.as_slice()),
        };
        let mut ranking: Vec<&str> = Vec::new();
        for fused in rag::fusion::fuse(dense, lexical, *signals, fusion) {
            if let Some(origin) = self.origins.get(&fused.chunk).filter(|it| !ranking.contains(&it.as_str())) {
                ranking.push(origin);
            }
            // No metric looks further.
            if ranking.len() == 10 {
                break;
            }
        }
        ranking
    }

    /// Judges the ranking of a mode.
    #[must_use]
    pub fn metrics(&self, mode: Mode, fusion: &FusionProfile) -> Metrics {
        Metrics::of(&self.ranking(mode, fusion), &self.relevant)
    }
}

impl Measured {
    /// Metrics of each question in a mode.
    #[must_use]
    pub fn metrics(&self, mode: Mode, fusion: &FusionProfile) -> Vec<Metrics> {
        self.questions.iter().map(|question| question.metrics(mode, fusion)).collect()
    }
}

/// Ingests every set and asks its questions.
///
/// # Errors
/// When a set cannot be read, or a part of the product fails.
pub async fn measure(folders: &[PathBuf], parts: &Parts) -> Result<Vec<Measured>, Error> {
    // A mistake in the last set must not show after an hour.
    let sets = folders.iter().map(|folder| Set::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut measured = Vec::with_capacity(sets.len());
    for set in sets {
        measured.push(measure_set(set, parts).await?);
    }
    Ok(measured)
}

/// Judges what was measured, by the product's own profile. With the hybrid mode, both single modes are reported too:
/// only then can be said how far it is from the better one.
#[must_use]
pub fn report(measured: &[Measured], modes: &[Mode], parts: &Parts) -> Report {
    let modes = reported(modes, parts);
    let fusion = Profile::default().fusion;
    let sets = measured.iter().map(|measured| SetReport::new(measured, &modes, &fusion)).collect();
    Report::new(sets, parts.embedder.as_ref().map(|embedder| embedder.info().id.clone()))
}

fn reported(modes: &[Mode], parts: &Parts) -> Vec<Mode> {
    if parts.embedder.is_none() {
        return vec![Mode::Lexical];
    }
    Mode::ALL.into_iter().filter(|mode| modes.contains(mode) || modes.contains(&Mode::Hybrid)).collect()
}

async fn measure_set(set: Set, parts: &Parts) -> Result<Measured, Error> {
    let started = Instant::now();
    let folder = crate::scratch()?;
    let documents: Vec<_> = set.documents.iter().collect();
    let corpus = Corpus::build(&set.name, &documents, folder.path(), parts).await?;
    let index_seconds = started.elapsed().as_secs_f64();
    let total = set.judged().count();
    let mut questions = Vec::with_capacity(total);
    for (query, relevant) in set.judged() {
        let asked = Instant::now();
        let request = request(query);
        let mut candidates = corpus.retriever.candidates(&parts.scope(), &request).await?;
        let milliseconds = asked.elapsed().as_secs_f64() * 1000.0;
        candidates.vector = None;
        let hits = candidates.dense.iter().chain(&candidates.lexical);
        let origins = hits.filter_map(|hit| Some((hit.chunk, corpus.origins.get(&hit.chunk)?.clone()))).collect();
        let (query, relevant) = (query.clone(), relevant.clone());
        questions.push(Question { query, relevant, candidates, origins, milliseconds });
        (parts.progress)(&format!("{}: asking", set.name), questions.len(), total);
    }
    corpus.store.close().await;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Measured { documents: corpus.documents, chunks: corpus.chunks, set, questions, index_seconds, seconds })
}

/// The question as the product would be asked it, of its site alone where it has one.
pub(crate) fn request(query: &Query) -> SearchRequest {
    let collections = query.metadata.site.as_deref().map(|site| shelf(Some(site))).into_iter().collect();
    SearchRequest { collections, ..SearchRequest::new(query.text.clone()) }
}
