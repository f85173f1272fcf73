//! A document: one file or page that somebody gave us, and what became of it.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{Audience, Id, Language, Prefixed, TenantId};

pub type DocumentId = Id<Document>;

impl Prefixed for Document {
    const PREFIX: &'static str = "doc";
}

/// A named shelf of documents, such as `policies`. Lower-case letters, digits, `-` and `_`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, example = "policies")]
pub struct Collection(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a collection name: use 1 to 64 lower-case letters, digits, `-` or `_`")]
pub struct InvalidCollection {
    pub text: String,
}

impl Collection {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Collection {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl std::str::FromStr for Collection {
    type Err = InvalidCollection;

    fn from_str(text: &str) -> Result<Self, InvalidCollection> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if (1..=64).contains(&text.len()) && text.chars().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidCollection { text: text.chars().take(80).collect() })
        }
    }
}

impl TryFrom<String> for Collection {
    type Error = InvalidCollection;

    fn try_from(text: String) -> Result<Self, InvalidCollection> {
        text.parse()
    }
}

impl From<Collection> for String {
    fn from(collection: Collection) -> Self {
        collection.0
    }
}

/// What a document is made of, decided by its bytes first and its name second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Pdf,
    Docx,
    Xlsx,
    Html,
    Markdown,
    Text,
    Csv,
    /// Something that is not read yet; the document's reason says what.
    Unknown,
}

impl Format {
    /// As stored and serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Unknown => "unknown",
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Html => "text/html; charset=utf-8",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Unknown => "application/octet-stream",
        }
    }
}

/// Where a document is on its way to being searchable.
///
/// `Queued → Parsing → Indexed | Failed | NeedsOcr | Unsupported`; `Stopped` was queued when somebody stopped the work.
/// A document that was searchable stays so, in its old version, until its new version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentState {
    Queued,
    Parsing,
    Indexed,
    Failed,
    NeedsOcr,
    Unsupported,
    Stopped,
}

impl DocumentState {
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Parsing, Self::Indexed, Self::Failed, Self::NeedsOcr, Self::Unsupported, Self::Stopped];

    /// As stored and serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Parsing => "parsing",
            Self::Indexed => "indexed",
            Self::Failed => "failed",
            Self::NeedsOcr => "needs_ocr",
            Self::Unsupported => "unsupported",
            Self::Stopped => "stopped",
        }
    }

    /// Whether a worker still has something to do for it.
    #[must_use]
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Queued | Self::Parsing)
    }
}

/// The days on which a document holds. `None` is unknown, and shown as such; it never excludes the document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Validity {
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day, included.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// The document that took this one's place. `until` already accounts for it.
    pub superseded_by: Option<DocumentId>,
}

impl Validity {
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// One document of one organisation. `(tenant, origin)` identifies it from the outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Document {
    pub id: DocumentId,
    pub tenant: TenantId,
    pub collection: Collection,
    /// Where it came from: a path relative to the ingested folder's parent, an upload's name, a URL.
    pub origin: String,
    /// From the content or the file's metadata; the file's name until it was parsed.
    pub title: String,
    pub format: Format,
    pub language: Language,
    pub audience: Audience,
    pub validity: Validity,
    /// When the document says it was written or last changed; unknown is `None`.
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
    pub pages: Option<u32>,
    /// Size of the original file.
    pub bytes: u64,
    /// SHA-256 of the original file and the metadata that came beside it, in hex.
    pub content_hash: String,
    pub state: DocumentState,
    /// Why it failed or is not read, in English, for a person.
    pub reason: Option<String>,
    /// The version that can be searched; 0 before the first.
    pub version: u32,
    /// Chunks of the searchable version.
    pub chunks: u32,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Document {
    /// Whether answers may come from it.
    #[must_use]
    pub const fn is_searchable(&self) -> bool {
        self.version > 0
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn validity_includes_both_ends_and_unknown_excludes_nothing() {
        let year = Validity { from: Some(date(2025, 9, 1)), until: Some(date(2026, 8, 31)), superseded_by: None };
        for (day, holds) in
            [(date(2025, 8, 31), false), (date(2025, 9, 1), true), (date(2026, 8, 31), true), (date(2026, 9, 1), false)]
        {
            assert_eq!(year.holds_on(day), holds, "{day}");
            assert!(Validity::default().holds_on(day));
        }
    }

    #[test]
    fn names_are_the_serialised_ones() {
        for state in DocumentState::ALL {
            assert_eq!(serde_json::to_value(state).expect("serialises"), state.as_str());
        }
    }
}
