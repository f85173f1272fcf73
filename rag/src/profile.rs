//! What was tuned, in one place. `docs/decisions/0004-hybrid-fusion.md` says on what, and how well it carries over.

use crate::FusionProfile;

#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    pub fusion: FusionProfile,
}

impl Default for Profile {
    fn default() -> Self {
        Self { fusion: FusionProfile { trained: 0.6, untrained: 0.3, relative: 0.0 } }
    }
}
