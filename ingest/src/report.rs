//! What became of the files of one run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Every file is counted once in `documents`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// By state: `indexed`, `unchanged`, `failed`, `needs_ocr`, `unsupported` always; `stopped`, `queued` where there
    /// are any.
    pub documents: BTreeMap<String, u64>,
    /// Chunks of the documents indexed in this run.
    pub chunks: u64,
    pub seconds: f64,
    pub problems: Vec<Problem>,
}

/// A file that is not searchable, or not wholly, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub origin: String,
    /// A document's state; `skipped` for what is no file and not counted.
    pub state: String,
    /// A sentence for a person.
    pub reason: String,
}

impl Report {
    const ALWAYS: [&str; 5] = ["indexed", "unchanged", "failed", "needs_ocr", "unsupported"];

    pub(crate) fn new() -> Self {
        let documents = Self::ALWAYS.map(|state| (state.to_owned(), 0)).into();
        Self { documents, ..Self::default() }
    }

    pub(crate) fn count(&mut self, state: &str, files: u64) {
        *self.documents.entry(state.to_owned()).or_default() += files;
    }

    /// The number of files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.documents.values().sum()
    }
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Documents of this run: queued at its start or claimed since.
    pub total: u64,
    /// Those that came to their end.
    pub done: u64,
    /// Chunks made searchable.
    pub chunks: u64,
}
