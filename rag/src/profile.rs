//! What was tuned, in one place. `docs/decisions/0004-hybrid-fusion.md` says on what, and how well it carries over.

use crate::{
    FusionProfile,
    answer::{ConfidenceProfile, EvidenceProfile, Logistic},
};

#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub fusion: FusionProfile,
    pub evidence: EvidenceProfile,
    pub confidence: ConfidenceProfile,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            fusion: FusionProfile { trained: 0.6, untrained: 0.3, relative: 0.0 },
            evidence: EvidenceProfile { similarity: 0.45, overlap: 0.4, cue: 0.1, passage: 0.25 },
            confidence: ConfidenceProfile {
                trained: Logistic { bias: -5.0, weights: [3.0, 1.0, 0.0, 0.0, 3.0, 3.0, 1.0, 0.3] },
                untrained: Logistic { bias: -5.0, weights: [1.0, 2.0, 0.0, 0.0, 4.0, 1.0, 2.0, 0.3] },
                words: Logistic { bias: -4.5, weights: [0.0, 2.0, 0.0, 0.0, 4.0, 0.0, 3.0, 0.0] },
                threshold: 0.5,
            },
        }
    }
}
