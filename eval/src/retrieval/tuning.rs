//! What tuning is worth on a set that it has not seen: for each set, the fusion that is best on all other sets
//! (leave one set out).

use std::fmt::Write as _;

use rag::{FusionProfile, Mode, Profile};
use serde::Serialize;

use super::Measured;
use crate::metrics::{Metrics, count};

/// nDCG@10 of every set, tuned without it.
#[derive(Debug, Clone, Serialize)]
pub struct LeaveOneOut {
    pub sets: Vec<HeldOut>,
    /// Macro average of what the sets get when left out.
    pub held_out: f64,
    /// The same with the product's profile.
    pub shipped: f64,
    /// The same with the one fusion that is best on all sets: what tuning on the test would claim.
    pub in_sample: f64,
    pub in_sample_fusion: String,
    /// How many fusions were tried.
    pub tried: usize,
}

/// One set.
#[derive(Debug, Clone, Serialize)]
pub struct HeldOut {
    pub set: String,
    pub held_out: f64,
    pub shipped: f64,
    pub better_single: f64,
    /// Best on the other sets.
    pub fusion: String,
}

/// Tries a grid of fusions on every set. `None` with fewer than two sets.
#[must_use]
pub fn leave_one_out(measured: &[Measured], progress: &dyn Fn(usize, usize)) -> Option<LeaveOneOut> {
    if measured.len() < 2 {
        return None;
    }
    let grid = grid();
    let mut table: Vec<Vec<f64>> = Vec::with_capacity(grid.len());
    for fusion in &grid {
        table.push(measured.iter().map(|set| ndcg(set, Mode::Hybrid, fusion)).collect());
        progress(table.len(), grid.len());
    }
    let shipped = Profile::default().fusion;
    let best = |left_out: Option<usize>| {
        let total = |row: &[f64]| -> f64 {
            row.iter().enumerate().filter(|(set, _)| Some(*set) != left_out).map(|(_, value)| value).sum()
        };
        (0..grid.len()).max_by(|a, b| total(&table[*a]).total_cmp(&total(&table[*b]))).unwrap_or_default()
    };
    let sets: Vec<HeldOut> = measured
        .iter()
        .enumerate()
        .map(|(index, set)| {
            let best = best(Some(index));
            HeldOut {
                set: set.set.name.clone(),
                held_out: table[best][index],
                shipped: ndcg(set, Mode::Hybrid, &shipped),
                better_single: ndcg(set, Mode::Dense, &shipped).max(ndcg(set, Mode::Lexical, &shipped)),
                fusion: format!("{:?}", grid[best]),
            }
        })
        .collect();
    let mean = |value: fn(&HeldOut) -> f64| sets.iter().map(value).sum::<f64>() / count(sets.len());
    let best = best(None);
    Some(LeaveOneOut {
        held_out: mean(|set| set.held_out),
        shipped: mean(|set| set.shipped),
        in_sample: table[best].iter().sum::<f64>() / count(sets.len()),
        in_sample_fusion: format!("{:?}", grid[best]),
        tried: grid.len(),
        sets,
    })
}

fn ndcg(set: &Measured, mode: Mode, fusion: &FusionProfile) -> f64 {
    Metrics::mean(&set.metrics(mode, fusion)).ndcg_at_10
}

/// Every combination of the tuned numbers, in steps fine enough that the metric hardly moves between two.
fn grid() -> Vec<FusionProfile> {
    let steps = |from: u8, to: u8, by: f32| (from..=to).map(move |step| f32::from(step) * by);
    let mut grid = Vec::new();
    for trained in steps(6, 16, 0.05) {
        for untrained in steps(0, 10, 0.05) {
            for relative in steps(0, 4, 0.25) {
                grid.push(FusionProfile { trained, untrained, relative });
            }
        }
    }
    grid
}

impl LeaveOneOut {
    /// For a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:20} {:>9} {:>9} {:>13}  tuned on the others",
            "set", "left out", "shipped", "better single"
        );
        for HeldOut { set, held_out, shipped, better_single, fusion } in &self.sets {
            let _ = writeln!(text, "{set:20} {held_out:9.4} {shipped:9.4} {better_single:13.4}  {fusion}");
        }
        let Self { held_out, shipped, in_sample, in_sample_fusion, tried, .. } = self;
        let _ = writeln!(text, "{:20} {held_out:9.4} {shipped:9.4}", "macro average");
        let _ = writeln!(text, "best of {tried} on all sets at once: {in_sample:.4} with {in_sample_fusion}");
        text
    }
}
