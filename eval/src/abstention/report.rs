//! The report on abstention.

use std::{collections::BTreeMap, fmt::Write as _};

use rag::Profile;
use serde::Serialize;

use super::{Case, Fit, Situation, groups, logistic::cross_validated};
use crate::metrics::{count, roc_auc};

/// Names of `rag::answer::Features`, in their order.
const NAMES: [&str; rag::answer::FEATURES] =
    ["dense", "lexical", "dense_margin", "lexical_margin", "coverage", "similarity", "combined", "overlap"];

/// All sets of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub commit: Option<String>,
    pub embedder: Option<String>,
    /// The confidence below which the product abstains.
    pub threshold: f32,
    pub rows: Vec<Row>,
    /// Fitted on all cases, by whether the embedder was trained for the language: candidates for the next profile.
    pub fitted: BTreeMap<&'static str, Fit>,
    pub seconds: f64,
}

/// One set in one situation. AUC is the area under the ROC curve of "answerable"; `None` where there are not both kinds.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub set: String,
    pub situation: Situation,
    pub answerable: usize,
    pub unanswerable: usize,
    /// Of what the product says.
    pub confidence_auc: Option<f64>,
    /// Of a logistic model on its features, each case judged by a fit that has not seen it (five folds).
    pub cross_validated_auc: Option<f64>,
    /// The same, fitted on the other sets.
    pub other_sets_auc: Option<f64>,
    pub bm25_auc: Option<f64>,
    pub cosine_auc: Option<f64>,
    /// The best of all single scores and features.
    pub best_single: Option<(&'static str, f64)>,
    /// Unanswerable questions that the product would answer, 0 to 1.
    pub false_answers: f64,
    /// Answerable questions that it would answer, 0 to 1.
    pub answered: f64,
}

impl Report {
    #[must_use]
    pub fn new(cases: &[Case], embedder: Option<String>, seconds: f64) -> Self {
        let threshold = Profile::default().confidence.threshold;
        let groups = groups(cases);
        let rows =
            groups.iter().map(|((set, situation), members)| Row::new(set, *situation, members, cases, threshold));
        let mut fitted = BTreeMap::new();
        for (name, trained) in [("trained", true), ("untrained", false)] {
            let cases: Vec<&Case> = cases.iter().filter(|case| case.trained == trained).collect();
            if !cases.is_empty() {
                fitted.insert(name, Fit::of(&cases));
            }
        }
        Self { commit: None, embedder, threshold, rows: rows.collect(), fitted, seconds }
    }

    /// For a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "ROC-AUC of \"answerable\"; answers at confidence {}", self.threshold);
        let _ = writeln!(
            text,
            "{:20} {:12} {:>9} {:>10} {:>9} {:>10} {:>6} {:>7}  {:22} {:>8} {:>8}",
            "set",
            "unanswerable",
            "cases",
            "confidence",
            "cross-val",
            "other sets",
            "BM25",
            "cosine",
            "best single",
            "answered",
            "falsely"
        );
        let auc = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        for row in &self.rows {
            let situation = match row.situation {
                Situation::OnTopic => "on topic",
                Situation::GoldRemoved => "gold removed",
            };
            let cases = format!("{}+{}", row.answerable, row.unanswerable);
            let single = row.best_single.map_or_else(|| "-".to_owned(), |(name, value)| format!("{name} {value:.3}"));
            let _ = writeln!(
                text,
                "{:20} {situation:12} {cases:>9} {:>10} {:>9} {:>10} {:>6} {:>7}  {single:22} {:8.3} {:8.3}",
                row.set,
                auc(row.confidence_auc),
                auc(row.cross_validated_auc),
                auc(row.other_sets_auc),
                auc(row.bm25_auc),
                auc(row.cosine_auc),
                row.answered,
                row.false_answers,
            );
        }
        for (name, fit) in &self.fitted {
            let weights: Vec<String> =
                NAMES.iter().zip(fit.weights).map(|(name, weight)| format!("{name} {weight:.2}")).collect();
            let _ = writeln!(text, "fit, {name}: bias {:.2}, {}", fit.bias, weights.join(", "));
        }
        let embedder = self.embedder.as_deref().unwrap_or("none: words alone");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        let _ = writeln!(text, "embedder {embedder}, commit {commit}, {:.1} s", self.seconds);
        text
    }
}

impl Row {
    fn new(set: &str, situation: Situation, members: &[&Case], all: &[Case], threshold: f32) -> Self {
        let by = |score: &dyn Fn(&Case) -> f64| {
            roc_auc(&members.iter().map(|case| (score(case), case.answerable)).collect::<Vec<_>>())
        };
        let bm25_auc = by(&|case| f64::from(case.bm25));
        let cosine_auc = by(&|case| f64::from(case.cosine));
        let mut singles: Vec<(&'static str, f64)> = Vec::new();
        singles.extend(bm25_auc.map(|auc| ("bm25", auc)));
        singles.extend(cosine_auc.map(|auc| ("cosine", auc)));
        for (at, name) in NAMES.into_iter().enumerate() {
            singles.extend(by(&|case| f64::from(case.features[at])).map(|auc| (name, auc)));
        }
        let others: Vec<&Case> = all.iter().filter(|case| case.set != set).collect();
        let other_sets_auc =
            (!others.is_empty()).then(|| Fit::of(&others)).and_then(|fit| by(&|case| fit.probability(case)));
        let rate = |answerable: bool| {
            let of_kind: Vec<&&Case> = members.iter().filter(|case| case.answerable == answerable).collect();
            let answered = of_kind.iter().filter(|case| case.confidence >= threshold).count();
            count(answered) / count(of_kind.len()).max(1.0)
        };
        Self {
            set: set.to_owned(),
            situation,
            answerable: members.iter().filter(|case| case.answerable).count(),
            unanswerable: members.iter().filter(|case| !case.answerable).count(),
            confidence_auc: by(&|case| f64::from(case.confidence)),
            cross_validated_auc: roc_auc(&cross_validated(members)),
            other_sets_auc,
            bm25_auc,
            cosine_auc,
            best_single: singles.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)),
            false_answers: rate(false),
            answered: rate(true),
        }
    }
}
