//! What was found for one question, for tuning outside the program: one JSON object per line.

use std::collections::BTreeMap;

use models::{ChunkId, Language};
use rag::Hit;
use serde::Serialize;

use super::{Measured, Question};

/// One question with both lists.
#[derive(Debug, Clone, Serialize)]
pub struct Dump<'a> {
    pub set: &'a str,
    pub query: &'a str,
    pub text: &'a str,
    pub kind: Option<&'a str>,
    /// Of the question, as the product detected it.
    pub language: Language,
    /// Whether the embedder was trained for it.
    pub trained: bool,
    /// The BM25 score of a chunk that would hold every term.
    pub ideal: f32,
    /// By document.
    pub relevant: &'a BTreeMap<String, u32>,
    /// Cosines, best first.
    pub dense: Vec<Found<'a>>,
    /// BM25, best first.
    pub lexical: Vec<Found<'a>>,
}

/// One chunk of a list: the document's id in the set, the chunk and its score.
#[derive(Debug, Clone, Serialize)]
pub struct Found<'a>(pub &'a str, pub ChunkId, pub f32);

impl Measured {
    /// One line per judged question.
    pub fn dump(&self) -> impl Iterator<Item = Dump<'_>> {
        self.questions.iter().map(|question| question.dump(&self.set.name))
    }
}

impl Question {
    fn dump<'a>(&'a self, set: &'a str) -> Dump<'a> {
        let found = |hits: &[Hit]| {
            let document = |hit: &Hit| Some(Found(self.origins.get(&hit.chunk)?, hit.chunk, hit.score));
            hits.iter().filter_map(document).collect()
        };
        Dump {
            set,
            query: &self.query.id,
            text: &self.query.text,
            kind: self.query.metadata.kind.as_deref(),
            language: self.candidates.language,
            trained: self.candidates.signals.trained,
            ideal: self.candidates.signals.ideal,
            relevant: &self.relevant,
            dense: found(&self.candidates.dense),
            lexical: found(&self.candidates.lexical),
        }
    }
}
