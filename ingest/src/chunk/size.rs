//! How large a text is to the embedder.

use std::sync::Arc;

use tokenizers::Tokenizer;

/// What limits a chunk. Tokens beyond 256 make a chunk less sharp to find, so larger models get no larger chunks.
const TOKENS: usize = 256;
/// About as much text, for French and English.
const CHARACTERS: usize = 1000;
/// What a line break between two texts may add.
pub(super) const JOINT: usize = 1;

/// Measures texts in the embedder's tokens, or in characters when there is no embedder.
#[derive(Debug, Clone)]
pub enum Size {
    Tokens { tokenizer: Arc<Tokenizer>, limit: usize, markers: usize },
    Characters { limit: usize },
}

impl Size {
    /// In tokens of the embedder, at most `max_tokens` with its markers.
    #[must_use]
    pub fn tokens(tokenizer: &Tokenizer, max_tokens: usize) -> Self {
        // The tokenizer's file may ask for cutting and filling up, which would hide the true size.
        let mut tokenizer = tokenizer.clone();
        tokenizer.with_padding(None);
        let _ = tokenizer.with_truncation(None);
        let markers = tokenizer.encode_fast("", true).map_or(0, |encoding| encoding.len());
        Self::Tokens { tokenizer: Arc::new(tokenizer), limit: max_tokens.clamp(16, TOKENS), markers }
    }

    #[must_use]
    pub const fn characters() -> Self {
        Self::Characters { limit: CHARACTERS }
    }

    pub(super) const fn limit(&self) -> usize {
        match self {
            Self::Tokens { limit, .. } | Self::Characters { limit } => *limit,
        }
    }

    /// A whole text, markers included.
    pub(super) fn of(&self, text: &str) -> usize {
        match self {
            Self::Tokens { markers, .. } => self.of_part(text) + markers,
            Self::Characters { .. } => self.of_part(text),
        }
    }

    /// A part of a text.
    pub(super) fn of_part(&self, text: &str) -> usize {
        match self {
            Self::Tokens { tokenizer, .. } => {
                // A text that the tokenizer refuses counts as one token per byte, so that it is split.
                tokenizer.encode_fast(text, false).map_or(text.len(), |encoding| encoding.len())
            }
            Self::Characters { .. } => text.chars().count(),
        }
    }
}
