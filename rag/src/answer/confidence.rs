//! Whether the passages hold an answer at all: a logistic model over what retrieval and the sentences look like.

use std::collections::HashSet;

use models::Passage;

use super::evidence::{Evidence, Question};
use crate::{Candidates, analysis};

/// Number of [`Features`].
pub const FEATURES: usize = 8;

/// One logistic model: `1 / (1 + exp(-(bias + Σ weight · feature)))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logistic {
    pub bias: f32,
    /// In the order of [`Features::values`].
    pub weights: [f32; FEATURES],
}

impl Logistic {
    /// 0 to 1.
    #[must_use]
    pub fn probability(&self, features: &Features) -> f32 {
        let values = features.values();
        let sum: f32 = self.weights.iter().zip(values).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-(self.bias + sum)).exp())
    }
}

/// One model per situation, and the probability below which there is no answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConfidenceProfile {
    /// With an embedder that was trained for the question's language.
    pub trained: Logistic,
    /// With an embedder that was not.
    pub untrained: Logistic,
    /// Words only.
    pub words: Logistic,
    pub threshold: f32,
}

/// What the model sees; all 0 to 1, 0 where unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Features {
    /// Best cosine of a passage.
    pub dense: f32,
    /// Best BM25 against what a perfect passage would have.
    pub lexical: f32,
    /// By how much the best passage beats the second by cosine.
    pub dense_margin: f32,
    /// The same by BM25, as a share of the best.
    pub lexical_margin: f32,
    /// Rarity-weighed share of the question's terms in the best of the first three passages.
    pub coverage: f32,
    /// Cosine of the best sentence of the first passage.
    pub similarity: f32,
    /// The best sentence by cosine and words together, half and half.
    pub combined: f32,
    /// Rarity-weighed share of the question's terms in the best sentence.
    pub overlap: f32,
}

impl Features {
    #[must_use]
    pub const fn values(&self) -> [f32; FEATURES] {
        [
            self.dense,
            self.lexical,
            self.dense_margin,
            self.lexical_margin,
            self.coverage,
            self.similarity,
            self.combined,
            self.overlap,
        ]
    }

    pub(crate) fn of(question: &Question, candidates: &Candidates, passages: &[Passage], found: &[Evidence]) -> Self {
        let dense = |at: usize| candidates.dense.get(at).map_or(0.0, |hit| hit.score.max(0.0));
        let lexical = |at: usize| candidates.lexical.get(at).map_or(0.0, |hit| hit.score);
        let ideal = candidates.signals.ideal.max(f32::EPSILON);
        let coverage = passages.iter().take(3).map(|passage| {
            let text = format!("{} {} {}", passage.title, passage.headings.join(" "), passage.text);
            let terms: HashSet<String> = analysis::terms(&text, passage.language).into_iter().collect();
            question.share(passage.language, &terms)
        });
        let best = |of: &dyn Fn(&Evidence) -> Option<f32>| found.iter().filter_map(of).fold(0.0, f32::max);
        Self {
            dense: dense(0),
            lexical: (lexical(0) / ideal).min(1.0),
            dense_margin: dense(0) - dense(1),
            lexical_margin: if lexical(0) > 0.0 { 1.0 - lexical(1) / lexical(0) } else { 0.0 },
            coverage: coverage.fold(0.0, f32::max),
            similarity: best(&|evidence| evidence.similarity.filter(|_| evidence.passage == 0)),
            combined: best(&|evidence| evidence.similarity.map(|similarity| similarity.midpoint(evidence.overlap))),
            overlap: best(&|evidence| Some(evidence.overlap)),
        }
    }
}
