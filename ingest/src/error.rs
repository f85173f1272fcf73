use std::path::PathBuf;

use models::{Code, Coded};

/// Why ingestion as a whole could not go on. What is wrong with one file is an outcome of that file instead.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no file or folder {path}: check the path")]
    NothingThere { path: PathBuf },
    #[error("no file matches {pattern}: check the pattern")]
    NoMatch { pattern: String },
    #[error("{pattern} is not a pattern: {reason}")]
    BadPattern { pattern: String, reason: String },
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{name} holds {bytes} bytes; at most {limit} are taken")]
    TooLarge { name: String, bytes: u64, limit: u64 },
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    Index(#[from] rag::Error),
    #[error(transparent)]
    Embedding(#[from] inference::Error),
    #[error("a part of the pipeline panicked; the log has the details")]
    Panicked,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::NothingThere { .. } | Self::NoMatch { .. } => Code::NotFound,
            Self::BadPattern { .. } | Self::Unreadable { .. } => Code::InvalidRequest,
            Self::TooLarge { .. } => Code::PayloadTooLarge,
            Self::Store(error) => error.code(),
            Self::Index(error) => error.code(),
            Self::Embedding(error) => error.code(),
            Self::Panicked => Code::Internal,
        }
    }
}
