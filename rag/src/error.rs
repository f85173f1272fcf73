//! What can go wrong while searching.

use models::{Code, Coded};

/// An error of the index, the store or the embedder behind a search.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The files are damaged, half-written, or were made by another version or for another model.
    /// The store holds the truth: wipe the folder and rebuild it from there.
    #[error("the {index} index cannot be used as it is: {reason}")]
    Corrupt { index: &'static str, reason: String },
    #[error("the {index} index failed")]
    Index {
        index: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("the Qdrant server at {url} does not answer: {reason}")]
    Unreachable { url: String, reason: String },
    /// A vector of another length than the index was made for.
    #[error("a vector has {found} components where the index holds {expected}")]
    Dimensions { expected: usize, found: usize },
    #[error("the disk is full")]
    StorageFull,
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Embedding(#[from] inference::Error),
}

impl Error {
    pub(crate) fn index(index: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Index { index, source: source.into() }
    }

    pub(crate) fn corrupt(index: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt { index, reason: reason.to_string() }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Corrupt { .. } | Self::Index { .. } | Self::Dimensions { .. } => Code::Internal,
            Self::Unreachable { .. } => Code::Unavailable,
            Self::StorageFull => Code::StorageFull,
            Self::Store(error) => error.code(),
            Self::Embedding(error) => error.code(),
        }
    }
}
