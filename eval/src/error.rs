//! What can go wrong while measuring.

use std::path::{Path, PathBuf};

use models::{Code, Coded};

/// Why a measurement stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    /// `line` counts from 1.
    #[error("{}:{line}: {reason}", path.display())]
    Line { path: PathBuf, line: usize, reason: String },
    #[error("{}: {reason}", path.display())]
    Set { path: PathBuf, reason: String },
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Retrieval(#[from] rag::Error),
    #[error(transparent)]
    Embedding(#[from] inference::Error),
}

impl Error {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<'_> {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Code::NotFound,
            Self::Io { .. } => Code::Internal,
            Self::Line { .. } | Self::Set { .. } => Code::InvalidRequest,
            Self::Store(error) => error.code(),
            Self::Retrieval(error) => error.code(),
            Self::Embedding(error) => error.code(),
        }
    }
}
