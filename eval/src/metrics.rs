//! Ranking metrics by the definitions of `trec_eval` (<https://github.com/usnistgov/trec_eval>), and ROC-AUC.
//!
//! A ranking lists document ids best first, each at most once. All results are between 0 and 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The ranking metrics of one query, or their mean over many.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Metrics {
    pub ndcg_at_10: f64,
    pub recall_at_5: f64,
    pub recall_at_10: f64,
    pub mrr_at_10: f64,
}

impl Metrics {
    /// Judges one ranking.
    #[must_use]
    pub fn of(ranking: &[&str], judged: &BTreeMap<String, u32>) -> Self {
        Self {
            ndcg_at_10: ndcg(ranking, judged, 10),
            recall_at_5: recall(ranking, judged, 5),
            recall_at_10: recall(ranking, judged, 10),
            mrr_at_10: reciprocal_rank(ranking, judged, 10),
        }
    }

    /// The unweighted mean: over the queries of a set, or over sets (macro average). Zeros when there is nothing.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let count = count(all.len()).max(1.0);
        let mean = |metric: fn(&Self) -> f64| all.iter().map(metric).sum::<f64>() / count;
        Self {
            ndcg_at_10: mean(|metrics| metrics.ndcg_at_10),
            recall_at_5: mean(|metrics| metrics.recall_at_5),
            recall_at_10: mean(|metrics| metrics.recall_at_10),
            mrr_at_10: mean(|metrics| metrics.mrr_at_10),
        }
    }
}

/// Normalised discounted cumulated gain, `ndcg_cut` of `trec_eval`: the gain is the relevance itself, divided by
/// `log2(rank + 1)`; the ideal ranking holds every relevant document. 0 when none is relevant.
#[must_use]
pub fn ndcg(ranking: &[&str], judged: &BTreeMap<String, u32>, cut: usize) -> f64 {
    let gain = |relevances: &mut dyn Iterator<Item = u32>| -> f64 {
        let discounted = relevances.take(cut).enumerate();
        discounted.map(|(index, relevance)| f64::from(relevance) / (count(index) + 2.0).log2()).sum()
    };
    let mut ideal: Vec<u32> = judged.values().copied().collect();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = gain(&mut ideal.into_iter());
    if ideal == 0.0 { 0.0 } else { gain(&mut ranking.iter().map(|id| relevance(id, judged))) / ideal }
}

/// The share of relevant documents among the first `cut`. 0 when none is relevant.
#[must_use]
pub fn recall(ranking: &[&str], judged: &BTreeMap<String, u32>, cut: usize) -> f64 {
    let relevant = judged.values().filter(|relevance| **relevance > 0).count();
    let found = ranking.iter().take(cut).filter(|id| relevance(id, judged) > 0).count();
    if relevant == 0 { 0.0 } else { count(found) / count(relevant) }
}

/// One divided by the rank of the first relevant document, 0 when it is not among the first `cut`.
#[must_use]
pub fn reciprocal_rank(ranking: &[&str], judged: &BTreeMap<String, u32>, cut: usize) -> f64 {
    let first = ranking.iter().take(cut).position(|id| relevance(id, judged) > 0);
    first.map_or(0.0, |index| 1.0 / (count(index) + 1.0))
}

/// The probability that a positive case scores above a negative one, a tie counting half (Mann and Whitney 1947).
/// `None` when there is no positive or no negative case.
#[must_use]
pub fn roc_auc(cases: &[(f64, bool)]) -> Option<f64> {
    let mut sorted: Vec<_> = cases.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let positives = cases.iter().filter(|(_, positive)| *positive).count();
    let negatives = cases.len() - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut above = 0.0;
    let mut below = 0;
    for tied in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let positive = tied.iter().filter(|(_, positive)| *positive).count();
        let negative = tied.len() - positive;
        above += count(positive) * (count(below) + count(negative) / 2.0);
        below += negative;
    }
    Some(above / (count(positives) * count(negatives)))
}

fn relevance(id: &str, judged: &BTreeMap<String, u32>) -> u32 {
    judged.get(id).copied().unwrap_or_default()
}

/// A count as a number to divide by; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "nothing here counts to 2^53")]
pub(crate) const fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(pairs: &[(&str, u32)]) -> BTreeMap<String, u32> {
        pairs.iter().map(|(id, relevance)| ((*id).to_owned(), *relevance)).collect()
    }

    fn check(ranking: &str, relevances: &[(&str, u32)], expect: [f64; 4]) {
        let ranking: Vec<&str> = ranking.split_whitespace().collect();
        let got = Metrics::of(&ranking, &judged(relevances));
        let got = [got.ndcg_at_10, got.recall_at_5, got.recall_at_10, got.mrr_at_10];
        for (got, expect) in got.iter().zip(expect) {
            assert!((got - expect).abs() < 1e-12, "{ranking:?}: {got} instead of {expect}");
        }
    }

    #[test]
    fn metrics_by_hand() {
        let log = f64::log2;
        check("a b c", &[("a", 1)], [1.0; 4]);
        check("b a c", &[("a", 1)], [1.0 / log(3.0), 1.0, 1.0, 0.5]);
        check("b c", &[("a", 1)], [0.0; 4]);
        check("", &[("a", 1)], [0.0; 4]);
        check("a b", &[], [0.0; 4]);
        check("a b", &[("a", 0)], [0.0; 4]);
        // The seventh place counts for recall@10 alone.
        check("1 2 3 4 5 6 a", &[("a", 1)], [1.0 / log(8.0), 0.0, 1.0, 1.0 / 7.0]);
        // The eleventh counts nowhere.
        check("1 2 3 4 5 6 7 8 9 10 a", &[("a", 1)], [0.0; 4]);
        // Graded relevance, one document missed.
        let ideal = 3.0 + 2.0 / log(3.0) + 1.0 / log(4.0);
        check("b x a", &[("a", 3), ("b", 1), ("c", 2)], [(1.0 + 3.0 / log(4.0)) / ideal, 2.0 / 3.0, 2.0 / 3.0, 1.0]);
    }

    #[test]
    fn more_than_ten_relevant_documents_cannot_all_be_found() {
        let relevant: Vec<String> = (0..20).map(|number| format!("d{number:02}")).collect();
        let ranking: Vec<&str> = relevant.iter().map(String::as_str).collect();
        let judged = relevant.iter().map(|id| (id.clone(), 1)).collect();
        let metrics = Metrics::of(&ranking, &judged);
        assert!((metrics.ndcg_at_10 - 1.0).abs() < 1e-12);
        assert!((metrics.recall_at_10 - 0.5).abs() < 1e-12);
        assert!((metrics.recall_at_5 - 0.25).abs() < 1e-12);
    }

    #[test]
    fn roc_auc_by_hand() {
        for (cases, expect) in [
            (vec![(0.9, true), (0.1, false)], Some(1.0)),
            (vec![(0.1, true), (0.9, false)], Some(0.0)),
            (vec![(0.5, true), (0.5, false)], Some(0.5)),
            (vec![(0.9, true), (0.4, true), (0.5, false), (0.1, false)], Some(0.75)),
            (vec![(0.9, true), (0.5, true), (0.5, false), (0.1, false)], Some(0.875)),
            (vec![(0.9, true)], None),
            (vec![], None),
        ] {
            assert_eq!(roc_auc(&cases), expect, "{cases:?}");
        }
    }

    #[test]
    fn means_are_unweighted() {
        let one = Metrics { ndcg_at_10: 1.0, recall_at_5: 0.5, recall_at_10: 1.0, mrr_at_10: 0.25 };
        let mean = Metrics::mean(&[one, Metrics::default()]);
        assert!((mean.ndcg_at_10 - 0.5).abs() < 1e-12 && (mean.mrr_at_10 - 0.125).abs() < 1e-12);
        assert_eq!(Metrics::mean(&[]), Metrics::default());
    }
}
