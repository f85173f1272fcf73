//! Our metrics against `trec_eval`'s own values. `metrics/make.py` made them, through pytrec-eval-terrier 0.5.11.

use std::collections::BTreeMap;

use eval::metrics::Metrics;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    ranking: Vec<String>,
    judged: BTreeMap<String, u32>,
    expected: Metrics,
}

#[test]
fn metrics_are_those_of_trec_eval() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("metrics/expected.json")).expect("parses");
    assert_eq!(cases.len(), 40);
    for case in cases {
        let ranking: Vec<&str> = case.ranking.iter().map(String::as_str).collect();
        let got = Metrics::of(&ranking, &case.judged);
        for (metric, got, expected) in [
            ("nDCG@10", got.ndcg_at_10, case.expected.ndcg_at_10),
            ("recall@5", got.recall_at_5, case.expected.recall_at_5),
            ("recall@10", got.recall_at_10, case.expected.recall_at_10),
            ("MRR@10", got.mrr_at_10, case.expected.mrr_at_10),
        ] {
            assert!((got - expected).abs() < 1e-9, "{metric} of {ranking:?}: {got} instead of {expected}");
        }
    }
}
