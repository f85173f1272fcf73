use std::io;

use models::{Code, Coded};

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no {what} {id}")]
    NotFound { what: &'static str, id: String },
    #[error("{0}")]
    Conflict(String),
    #[error("{0:?} is not a cursor of this list")]
    InvalidCursor(String),
    #[error("the disk is full: free some space, then try again")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    #[error("the database's structure cannot be brought up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("a file of the data folder cannot be used: {path}")]
    File { path: String, source: io::Error },
    #[error("a stored {what} cannot be read back")]
    Decode { what: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn missing(what: &'static str, id: &impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    pub(crate) fn decode<E>(what: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Decode { what, source: source.into() }
    }

    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full(source.into()),
            _ => Self::File { path: path.display().to_string(), source },
        }
    }
}

/// `SQLITE_FULL`, the low byte of its extended codes: <https://sqlite.org/rescode.html#full>.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<i32>().ok());
    code.is_some_and(|code| code & 0xff == 13)
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_full(&error) { Self::Full(error.into()) } else { Self::Database(error) }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::NotFound,
            Self::Conflict(_) => Code::Conflict,
            Self::InvalidCursor(_) => Code::InvalidRequest,
            Self::Full(_) => Code::StorageFull,
            Self::Database(_) | Self::Migrate(_) | Self::File { .. } | Self::Decode { .. } => Code::Internal,
        }
    }
}
