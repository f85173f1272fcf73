//! What can go wrong between a text and its vector.

use std::{error, path::PathBuf, sync::Arc};

use models::{Code, Coded};

/// A cause that several waiting callers may share.
pub type Cause = Arc<dyn error::Error + Send + Sync>;

#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the embedder has {waiting} texts waiting, at most {limit}: try again in a moment")]
    Busy { waiting: usize, limit: usize },
    #[error("the embedder has stopped")]
    Stopped,
    #[error("the embedder panicked; its log has the details")]
    Panicked,
    #[error("no embedding model in {folder}: answers rest on words alone. Run `guichet models pull`")]
    NoModel { folder: PathBuf },
    #[error("{what} is not there: {hint}")]
    Missing { what: String, hint: String },
    #[error("{path} is damaged ({reason}): remove it and run `guichet models pull`")]
    Damaged { path: PathBuf, reason: String },
    #[error("{name:?} is not in the catalogue: {known}")]
    UnknownModel { name: String, known: String },
    #[error("cannot use the model: {what}")]
    Model { what: String },
    #[error("{doing} failed")]
    Failed {
        doing: String,
        #[source]
        cause: Cause,
    },
    #[error("the embedding server {doing}")]
    Remote { doing: String },
    #[error(transparent)]
    Net(Arc<net::Error>),
}

impl Error {
    /// Wraps a library's error with what was being done.
    pub(crate) fn failed<E: error::Error + Send + Sync + 'static>(doing: impl Into<String>) -> impl FnOnce(E) -> Self {
        let doing = doing.into();
        move |cause| Self::Failed { doing, cause: Arc::new(cause) }
    }
}

impl From<net::Error> for Error {
    fn from(error: net::Error) -> Self {
        Self::Net(Arc::new(error))
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::Busy { .. } => Code::TooManyRequests,
            Self::UnknownModel { .. } => Code::NotFound,
            Self::Stopped | Self::NoModel { .. } | Self::Missing { .. } | Self::Remote { .. } => Code::Unavailable,
            Self::Net(error) => error.code(),
            Self::Panicked | Self::Damaged { .. } | Self::Model { .. } | Self::Failed { .. } => Code::Internal,
        }
    }
}
