//! One ranking out of two: how good each hit is on its own index's absolute scale, weighed by how far the embedder can
//! be trusted in the question's language. `docs/decisions/0004-hybrid-fusion.md` has the figures.

use std::collections::BTreeMap;

use models::ChunkId;

use crate::Hit;

/// How the two scores are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FusionProfile {
    /// Share of the dense score, 0 to 1, in a language that the embedder was trained for.
    pub trained: f32,
    /// The same in any other language.
    pub untrained: f32,
    /// Share of the score relative to the best hit of its list, against the absolute score, 0 to 1.
    pub relative: f32,
}

/// What the fusion knows of a question beside the two lists.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    /// Whether the embedder was trained for the question's language.
    pub trained: bool,
    /// The BM25 score of a chunk that holds every term of the question as often as counts.
    pub ideal: f32,
    /// How many hits each index was asked for: a list with fewer has everything that it could find.
    pub depth: usize,
}

/// A chunk in the common ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fused {
    pub chunk: ChunkId,
    /// 0 to 1.
    pub score: f32,
    /// Cosine, where the vector index returned it.
    pub dense: Option<f32>,
    /// BM25, where the word index returned it.
    pub lexical: Option<f32>,
}

/// Merges both lists; either may be empty. Best first, equal scores in the order of their ids.
#[must_use]
pub fn fuse(dense: &[Hit], lexical: &[Hit], signals: Signals, profile: &FusionProfile) -> Vec<Fused> {
    let weight = match (dense.is_empty(), lexical.is_empty()) {
        (true, _) => 0.0,
        (_, true) => 1.0,
        _ if signals.trained => profile.trained,
        _ => profile.untrained,
    };
    let dense_scale = Scale::new(dense, 1.0, signals.depth, profile.relative);
    let lexical_scale = Scale::new(lexical, signals.ideal, signals.depth, profile.relative);
    let mut scores: BTreeMap<ChunkId, (Option<f32>, Option<f32>)> = BTreeMap::new();
    for hit in dense {
        scores.entry(hit.chunk).or_default().0 = Some(hit.score);
    }
    for hit in lexical {
        scores.entry(hit.chunk).or_default().1 = Some(hit.score);
    }
    let mut fused: Vec<Fused> = scores
        .into_iter()
        .map(|(chunk, (dense, lexical))| {
            let score = weight * dense_scale.of(dense) + (1.0 - weight) * lexical_scale.of(lexical);
            Fused { chunk, score: score.clamp(0.0, 1.0), dense, lexical }
        })
        .collect();
    fused.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.chunk.cmp(&b.chunk)));
    fused
}

/// Brings one list's scores to 0…1.
struct Scale {
    /// For a hit that the list does not have: no better than its last one, and nothing where the list is complete.
    floor: f32,
    best: f32,
    ceiling: f32,
    relative: f32,
}

impl Scale {
    fn new(hits: &[Hit], ceiling: f32, depth: usize, relative: f32) -> Self {
        let scores = hits.iter().map(|hit| hit.score);
        let last = scores.clone().fold(f32::INFINITY, f32::min);
        let best = scores.fold(0.0, f32::max);
        let floor = if hits.len() < depth { 0.0 } else { last.max(0.0) };
        Self { floor, best, ceiling: ceiling.max(f32::EPSILON), relative }
    }

    fn of(&self, score: Option<f32>) -> f32 {
        let range = self.best - self.floor;
        let (absolute, relative) = match score {
            Some(score) => (score, if range > 0.0 { (score - self.floor) / range } else { 1.0 }),
            None => (self.floor.min(self.best), 0.0),
        };
        let absolute = (absolute / self.ceiling).clamp(0.0, 1.0);
        self.relative * relative + (1.0 - self.relative) * absolute
    }
}

#[cfg(test)]
mod tests {
    use models::Id;

    use super::*;

    const PROFILE: FusionProfile = FusionProfile { trained: 0.5, untrained: 0.2, relative: 0.0 };

    fn hit(id: u8, score: f32) -> Hit {
        Hit { chunk: chunk(id), score }
    }

    fn chunk(id: u8) -> ChunkId {
        Id::derive(&[&[id]])
    }

    fn order(dense: &[Hit], lexical: &[Hit], signals: Signals) -> Vec<ChunkId> {
        fuse(dense, lexical, signals, &PROFILE).into_iter().map(|fused| fused.chunk).collect()
    }

    #[test]
    fn an_empty_list_leaves_the_other_as_it_is() {
        let hits = [hit(1, 0.9), hit(2, 0.5)];
        let signals = Signals { trained: true, ideal: 10.0, depth: 2 };
        assert_eq!(order(&hits, &[], signals), [chunk(1), chunk(2)]);
        assert_eq!(order(&[], &hits, signals), [chunk(1), chunk(2)]);
        assert!(order(&[], &[], signals).is_empty());
    }

    #[test]
    fn weak_words_leave_the_decision_to_the_embedder() {
        let dense = [hit(1, 0.8), hit(2, 0.4)];
        let lexical = [hit(2, 2.0), hit(1, 1.0)];
        // Two of twenty possible points: hardly any of the question's words are there.
        assert_eq!(order(&dense, &lexical, Signals { trained: true, ideal: 20.0, depth: 2 })[0], chunk(1));
        assert_eq!(order(&dense, &lexical, Signals { trained: true, ideal: 2.0, depth: 2 })[0], chunk(2));
    }

    #[test]
    fn an_embedder_is_trusted_less_in_a_language_it_never_learnt() {
        let dense = [hit(1, 0.8), hit(2, 0.3)];
        let lexical = [hit(2, 8.0), hit(1, 5.0)];
        assert_eq!(order(&dense, &lexical, Signals { trained: true, ideal: 10.0, depth: 2 })[0], chunk(1));
        assert_eq!(order(&dense, &lexical, Signals { trained: false, ideal: 10.0, depth: 2 })[0], chunk(2));
    }

    #[test]
    fn a_chunk_without_any_of_the_words_gains_nothing_by_a_list_that_ends_early() {
        let dense = [hit(1, 0.60), hit(2, 0.55)];
        let lexical = [hit(2, 4.0)];
        let signals = |depth| Signals { trained: true, ideal: 10.0, depth };
        assert_eq!(order(&dense, &lexical, signals(1))[0], chunk(1), "there may be more below");
        assert_eq!(order(&dense, &lexical, signals(2))[0], chunk(2), "there is nothing below");
    }

    #[test]
    fn equal_scores_come_in_the_order_of_their_ids() {
        let hits = [hit(1, 0.5), hit(2, 0.5), hit(3, 0.5)];
        let mut expected = [chunk(1), chunk(2), chunk(3)];
        expected.sort();
        assert_eq!(order(&hits, &[], Signals { trained: true, ideal: 1.0, depth: 2 }), expected);
    }
}
