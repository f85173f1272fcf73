//! The language of a text, as far as the product treats languages differently.

use serde::{Deserialize, Serialize};

/// French and English have their own analysis and messages; everything else is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Fr,
    En,
    #[default]
    Other,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::Fr, Self::En, Self::Other];

    /// `fr`, `en` or `other`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
            Self::Other => "other",
        }
    }

    /// Reads a BCP 47 tag by its first subtag: `fr-CA` is French.
    #[must_use]
    pub fn from_tag(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "fr" | "fra" | "fre" => Self::Fr,
            "en" | "eng" => Self::En,
            _ => Self::Other,
        }
    }
}
