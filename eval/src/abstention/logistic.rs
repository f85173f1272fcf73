//! A logistic regression, small enough to fit while one waits.

use rag::answer::FEATURES;
use serde::Serialize;

use super::{Case, draw};
use crate::metrics::count;

const STEPS: usize = 3_000;
const RATE: f64 = 0.3;
/// Keeps weights small where cases are few; per case.
const RIDGE: f64 = 1.0;
const FOLDS: u64 = 5;

/// Weights on the features as they are, in the order of `rag::answer::Features`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fit {
    pub bias: f64,
    pub weights: [f64; FEATURES],
}

impl Fit {
    /// Fits "answerable" by gradient descent on standardised features, with ridge. Without both kinds of case it
    /// predicts the same for all.
    pub(super) fn of(cases: &[&Case]) -> Self {
        let total = count(cases.len()).max(1.0);
        let mut mean = [0.0; FEATURES];
        let mut deviation = [0.0; FEATURES];
        for at in 0..FEATURES {
            mean[at] = cases.iter().map(|case| f64::from(case.features[at])).sum::<f64>() / total;
            let variance =
                cases.iter().map(|case| (f64::from(case.features[at]) - mean[at]).powi(2)).sum::<f64>() / total;
            deviation[at] = variance.sqrt().max(1e-6);
        }
        let standard = |case: &Case, at: usize| (f64::from(case.features[at]) - mean[at]) / deviation[at];
        let rows: Vec<([f64; FEATURES], f64)> = cases
            .iter()
            .map(|case| (std::array::from_fn(|at| standard(case, at)), f64::from(u8::from(case.answerable))))
            .collect();
        let mut fit = Self { bias: 0.0, weights: [0.0; FEATURES] };
        for _ in 0..STEPS {
            let (mut bias, mut weights) = (0.0, [0.0; FEATURES]);
            for (row, wanted) in &rows {
                let error = sigmoid(fit.sum(row)) - wanted;
                bias += error;
                weights.iter_mut().zip(row).for_each(|(weight, value)| *weight += error * value);
            }
            fit.bias -= RATE * bias / total;
            for (weight, slope) in fit.weights.iter_mut().zip(weights) {
                *weight -= RATE * (slope + RIDGE * *weight) / total;
            }
        }
        for at in 0..FEATURES {
            fit.weights[at] /= deviation[at];
            fit.bias -= fit.weights[at] * mean[at];
        }
        fit
    }

    pub(super) fn probability(&self, case: &Case) -> f64 {
        sigmoid(self.sum(&case.features.map(f64::from)))
    }

    fn sum(&self, row: &[f64; FEATURES]) -> f64 {
        self.bias + self.weights.iter().zip(row).map(|(weight, value)| weight * value).sum::<f64>()
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// For each case, what a fit on the other folds says. A question is in one fold, in all its situations.
pub(super) fn cross_validated(cases: &[&Case]) -> Vec<(f64, bool)> {
    let fold = |case: &Case| (draw(&case.query) >> 3) % FOLDS;
    let mut predictions = Vec::with_capacity(cases.len());
    for held_out in 0..FOLDS {
        let seen: Vec<&Case> = cases.iter().copied().filter(|case| fold(case) != held_out).collect();
        let fit = Fit::of(&seen);
        let unseen = cases.iter().filter(|case| fold(case) == held_out);
        predictions.extend(unseen.map(|case| (fit.probability(case), case.answerable)));
    }
    predictions
}

#[cfg(test)]
mod tests {
    use models::Language;

    use super::*;
    use crate::{abstention::Situation, metrics::roc_auc};

    fn case(number: u16, answerable: bool, first: f32) -> Case {
        let mut features = [0.0; FEATURES];
        features[0] = first;
        features[1] = f32::from(number % 7) / 7.0;
        Case {
            set: "set".to_owned(),
            situation: Situation::OnTopic,
            query: format!("q{number}"),
            text: String::new(),
            language: Language::En,
            trained: true,
            answerable,
            cosine: 0.0,
            bm25: 0.0,
            features,
            confidence: 0.0,
        }
    }

    #[test]
    fn what_can_be_told_apart_is() {
        let cases: Vec<Case> = (0..200)
            .map(|number| {
                case(number, number % 2 == 0, if number % 2 == 0 { 0.7 } else { 0.4 } + f32::from(number % 3) * 0.02)
            })
            .collect();
        let cases: Vec<&Case> = cases.iter().collect();
        let fit = Fit::of(&cases);
        assert!(fit.weights[0] > 5.0 && fit.weights[1].abs() < 1.0, "{fit:?}");
        assert!(fit.probability(cases[0]) > 0.9 && fit.probability(cases[1]) < 0.1);
        assert_eq!(roc_auc(&cross_validated(&cases)), Some(1.0));
    }

    #[test]
    fn noise_is_not_learnt() {
        let cases: Vec<Case> = (0..400)
            .map(|number| case(number, draw(&format!("{number}x")).is_multiple_of(2), f32::from(number % 11) / 11.0))
            .collect();
        let auc = roc_auc(&cross_validated(&cases.iter().collect::<Vec<_>>())).expect("both kinds");
        assert!((auc - 0.5).abs() < 0.12, "{auc}");
    }
}
