//! A chunk: the piece of a document that is embedded, indexed and retrieved.

use serde::{Deserialize, Serialize};

use crate::{DocumentId, Id, Language, Prefixed};

pub type ChunkId = Id<Chunk>;

impl Prefixed for Chunk {
    const PREFIX: &'static str = "chk";
}

impl ChunkId {
    /// The same piece of the same version has the same id, so writing it twice is harmless.
    #[must_use]
    pub fn of(document: DocumentId, version: u32, ordinal: u32) -> Self {
        Self::derive(&[document.uuid().as_bytes(), &version.to_be_bytes(), &ordinal.to_be_bytes()])
    }
}

/// A half-open range of characters (Unicode scalar values) in a document's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChunkKind {
    Text,
    /// Whole table rows, one per line.
    Table,
}

/// A run of blocks under one heading, small enough for the embedder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub id: ChunkId,
    pub document: DocumentId,
    pub version: u32,
    /// Position in the document, from 0.
    pub ordinal: u32,
    pub kind: ChunkKind,
    pub language: Language,
    /// From the highest heading down; without the document's title.
    pub headings: Vec<String>,
    /// The document's own words: exactly the characters of `span`.
    pub text: String,
    pub span: Span,
    /// The page on which the chunk begins.
    pub page: Option<u32>,
}

impl Chunk {
    /// What the embedder reads: title and heading path, then the words.
    #[must_use]
    pub fn embedded_text(&self, title: &str) -> String {
        let mut path: Vec<&str> = vec![title];
        path.extend(self.headings.iter().map(String::as_str).filter(|heading| *heading != title));
        path.retain(|part| !part.is_empty());
        if path.is_empty() { self.text.clone() } else { format!("{}\n{}", path.join(" > "), self.text) }
    }
}
