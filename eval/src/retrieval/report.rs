//! The report of a retrieval run, as JSON and as a table.

use std::{collections::BTreeMap, fmt::Write as _};

use rag::{FusionProfile, Mode};
use serde::Serialize;

use super::Measured;
use crate::metrics::{Metrics, count};

const HYBRID: &str = Mode::Hybrid.as_str();
const SINGLE: [&str; 2] = [Mode::Lexical.as_str(), Mode::Dense.as_str()];

/// All sets of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Of the source tree, where the caller knows it.
    pub commit: Option<String>,
    /// Name, variant and weights of the embedder.
    pub embedder: Option<String>,
    pub sets: Vec<SetReport>,
    /// Means over the sets, each counting the same.
    #[serde(rename = "macro")]
    pub macro_average: Macro,
    pub seconds: f64,
}

/// The run in a few numbers.
#[derive(Debug, Clone, Serialize)]
pub struct Macro {
    /// By mode.
    pub modes: BTreeMap<String, Metrics>,
    /// The set on which the hybrid is furthest below (or least above) the better single mode, in nDCG@10.
    pub furthest: Option<(String, f64)>,
}

/// One set.
#[derive(Debug, Clone, Serialize)]
pub struct SetReport {
    pub set: String,
    pub documents: usize,
    pub chunks: usize,
    pub queries: usize,
    /// Queries with a relevant document: the ones that count.
    pub judged: usize,
    /// By mode.
    pub modes: BTreeMap<String, ModeReport>,
    /// The single mode with the higher nDCG@10.
    pub better_single: Option<String>,
    /// The hybrid's nDCG@10 less that of the better single mode.
    pub hybrid_gain: Option<f64>,
    /// Both indexes, the question's embedding included.
    pub question_ms: QuestionTime,
    /// Chunking, embedding and indexing.
    pub index_seconds: f64,
    pub seconds: f64,
}

/// Milliseconds per question.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct QuestionTime {
    pub mean: f64,
    pub p99: f64,
}

/// One set in one mode.
#[derive(Debug, Clone, Serialize)]
pub struct ModeReport {
    #[serde(flatten)]
    pub metrics: Metrics,
    /// By the queries' `metadata.kind`, where they have one.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, Metrics>,
}

impl SetReport {
    pub(super) fn new(measured: &Measured, modes: &[Mode], fusion: &FusionProfile) -> Self {
        let modes: BTreeMap<String, ModeReport> =
            modes.iter().map(|mode| (mode.as_str().to_owned(), ModeReport::new(measured, *mode, fusion))).collect();
        let ndcg = |mode: &str| modes.get(mode).map(|report| report.metrics.ndcg_at_10);
        let single = SINGLE.into_iter().filter_map(|mode| ndcg(mode).map(|value| (mode, value)));
        let better = single.max_by(|a, b| a.1.total_cmp(&b.1));
        let hybrid_gain = ndcg(HYBRID).zip(better).map(|(hybrid, (_, single))| hybrid - single);
        Self {
            set: measured.set.name.clone(),
            documents: measured.documents,
            chunks: measured.chunks,
            queries: measured.set.queries.len(),
            judged: measured.questions.len(),
            better_single: better.map(|(mode, _)| mode.to_owned()),
            hybrid_gain,
            modes,
            question_ms: QuestionTime::new(measured),
            index_seconds: measured.index_seconds,
            seconds: measured.seconds,
        }
    }
}

impl QuestionTime {
    fn new(measured: &Measured) -> Self {
        let mut all: Vec<f64> = measured.questions.iter().map(|question| question.milliseconds).collect();
        all.sort_by(f64::total_cmp);
        let mean = all.iter().sum::<f64>() / count(all.len()).max(1.0);
        Self { mean, p99: all.get(all.len() * 99 / 100).copied().unwrap_or_default() }
    }
}

impl ModeReport {
    fn new(measured: &Measured, mode: Mode, fusion: &FusionProfile) -> Self {
        let all = measured.metrics(mode, fusion);
        let mut kinds: BTreeMap<&str, Vec<Metrics>> = BTreeMap::new();
        for (question, metrics) in measured.questions.iter().zip(&all) {
            if let Some(kind) = &question.query.metadata.kind {
                kinds.entry(kind).or_default().push(*metrics);
            }
        }
        let kinds = kinds.into_iter().map(|(kind, metrics)| (kind.to_owned(), Metrics::mean(&metrics))).collect();
        Self { metrics: Metrics::mean(&all), kinds }
    }
}

impl Report {
    pub(super) fn new(sets: Vec<SetReport>, embedder: Option<String>) -> Self {
        let seconds = sets.iter().map(|set| set.seconds).sum();
        let mut modes: BTreeMap<String, Vec<Metrics>> = BTreeMap::new();
        for (mode, report) in sets.iter().flat_map(|set| &set.modes) {
            modes.entry(mode.clone()).or_default().push(report.metrics);
        }
        let modes = modes.into_iter().map(|(mode, all)| (mode, Metrics::mean(&all))).collect();
        let gains = sets.iter().filter_map(|set| Some((set.set.clone(), set.hybrid_gain?)));
        let furthest = gains.min_by(|a, b| a.1.total_cmp(&b.1));
        Self { commit: None, embedder, sets, macro_average: Macro { modes, furthest }, seconds }
    }

    /// For a person: one line per set and mode, then the macro averages.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:20} {:8} {:>8} {:>9} {:>10} {:>8}",
            "set", "mode", "nDCG@10", "recall@5", "recall@10", "MRR@10"
        );
        for set in &self.sets {
            for (mode, report) in &set.modes {
                row(&mut text, &set.set, mode, &report.metrics);
                text.push('\n');
            }
            for (kind, metrics) in set.modes.get(HYBRID).iter().flat_map(|report| &report.kinds) {
                row(&mut text, &format!("  {kind}"), HYBRID, metrics);
                text.push('\n');
            }
            if let (Some(single), Some(gain)) = (&set.better_single, set.hybrid_gain) {
                let _ = writeln!(text, "{:20} {gain:+.4} against {single}", "");
            }
        }
        for (mode, metrics) in &self.macro_average.modes {
            row(&mut text, "macro average", mode, metrics);
            text.push('\n');
        }
        if let Some((set, gain)) = &self.macro_average.furthest {
            let _ = writeln!(text, "least against the better single mode: {gain:+.4} on {set}");
        }
        let embedder = self.embedder.as_deref().unwrap_or("none: words alone");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        let _ = writeln!(text, "embedder {embedder}, commit {commit}, {:.1} s", self.seconds);
        text
    }
}

fn row(text: &mut String, set: &str, mode: &str, metrics: &Metrics) {
    let Metrics { ndcg_at_10, recall_at_5, recall_at_10, mrr_at_10 } = metrics;
    let _ = write!(text, "{set:20} {mode:8} {ndcg_at_10:8.4} {recall_at_5:9.4} {recall_at_10:10.4} {mrr_at_10:8.4}");
}
