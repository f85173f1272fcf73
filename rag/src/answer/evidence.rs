//! How well each sentence of the found passages answers the question, and what that says about the whole.

use std::collections::{HashMap, HashSet};

use models::{ChunkKind, Language, Passage};

use super::{
    cues::{self, Cue},
    sentences::{self, Sentence},
};
use crate::{Weighed, analysis};

/// Passages that are read for sentences.
const READ: usize = 6;
/// Sentences that are compared by meaning; embedding one takes some milliseconds.
const COMPARED: usize = 16;
/// What a question's word in the heading path counts, against one in the sentence itself.
const IN_HEADINGS: f32 = 0.6;

/// How the parts of a sentence's score are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EvidenceProfile {
    pub similarity: f32,
    pub overlap: f32,
    pub cue: f32,
    pub passage: f32,
}

/// A sentence that could be quoted.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Index into the passages.
    pub passage: usize,
    pub sentence: Sentence,
    /// Rarity-weighed share of the question's terms that it holds, headings counting partly; 0 to 1.
    pub overlap: f32,
    /// Cosine with the question, where an embedder read both.
    pub similarity: Option<f32>,
    /// Whether it holds the kind of thing that the question asks for; `None` when it asks for nothing in particular.
    pub cue: Option<bool>,
    pub score: f32,
}

/// The question, as sentences are compared with it.
pub struct Question {
    pub cue: Option<Cue>,
    /// Per language of the passages.
    pub terms: HashMap<Language, Weighed>,
}

impl Question {
    /// The rarity-weighed share of the question's terms among `terms`, 0 to 1.
    pub fn share(&self, language: Language, terms: &HashSet<String>) -> f32 {
        self.share_with(language, |term| f32::from(u8::from(terms.contains(term))))
    }

    fn share_with(&self, language: Language, part: impl Fn(&str) -> f32) -> f32 {
        let Some(weighed) = self.terms.get(&language) else { return 0.0 };
        let total = weighed.total();
        if total <= 0.0 {
            return 0.0;
        }
        weighed.terms.iter().map(|term| term.idf * part(&term.term)).sum::<f32>() / total
    }
}

/// The sentences worth comparing by meaning, best first by their words; similarity and score are still to come.
pub fn collect(question: &Question, passages: &[Passage]) -> Vec<Evidence> {
    let mut found = Vec::new();
    for (at, passage) in passages.iter().take(READ).enumerate() {
        let headings = format!("{} {}", passage.title, passage.headings.join(" "));
        let headings: HashSet<String> = analysis::terms(&headings, passage.language).into_iter().collect();
        for sentence in sentences::split(&passage.text, kind(passage)) {
            let terms: HashSet<String> = analysis::terms(&sentence.text, passage.language).into_iter().collect();
            if terms.is_empty() {
                continue;
            }
            let overlap = question.share_with(passage.language, |term| {
                if terms.contains(term) {
                    1.0
                } else if headings.contains(term) {
                    IN_HEADINGS
                } else {
                    0.0
                }
            });
            let cue = question.cue.map(|cue| cues::answers(cue, &sentence.text));
            found.push(Evidence { passage: at, sentence, overlap, similarity: None, cue, score: 0.0 });
        }
    }
    let prior = |evidence: &Evidence| {
        passages[evidence.passage].score + evidence.overlap + if evidence.cue == Some(true) { 0.1 } else { 0.0 }
    };
    found.sort_by(|a, b| prior(b).total_cmp(&prior(a)).then_with(|| place(a).cmp(&place(b))));
    found.truncate(COMPARED);
    found
}

/// Fills in the scores and sorts, best first.
pub fn rank(found: &mut [Evidence], passages: &[Passage], profile: &EvidenceProfile) {
    let best = passages.first().map_or(1.0, |passage| passage.score.max(f32::EPSILON));
    for evidence in found.iter_mut() {
        // Without an embedder its share goes to the words.
        let similarity = evidence.similarity.unwrap_or(evidence.overlap).max(0.0);
        let cue = if evidence.cue == Some(true) { profile.cue } else { 0.0 };
        let passage = passages[evidence.passage].score / best;
        let sum = profile.similarity + profile.overlap + profile.cue + profile.passage;
        evidence.score =
            (profile.similarity * similarity + profile.overlap * evidence.overlap + cue + profile.passage * passage)
                / sum;
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b))));
}

/// Reading order.
pub fn place(evidence: &Evidence) -> (usize, usize) {
    (evidence.passage, evidence.sentence.start)
}

/// A table's rows keep their headers, `header: cell | header: cell`, so they can be told from text.
fn kind(passage: &Passage) -> ChunkKind {
    let lines = passage.text.lines().filter(|line| !line.trim().is_empty());
    if lines.clone().all(|line| line.contains(" | ")) { ChunkKind::Table } else { ChunkKind::Text }
}
