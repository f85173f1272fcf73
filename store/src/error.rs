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
    #[error("{0}")]
    Invalid(#[from] models::record::FieldErrors),
    #[error("somebody else changed this meanwhile; it is at version {current} now")]
    VersionConflict { current: i64 },
    #[error("this is still used by: {}", .by.join(", "))]
    Referenced { by: Vec<&'static str> },
    #[error("rows of one tenant were asked for in a transaction of another")]
    ForeignTransaction,
    #[error("the disk is full: free some space, then try again")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Two rows of a tenant would be the same where only one may be. Named as PostgreSQL names it,
    /// `courses_tenant_code_key`, with the record's fields.
    #[error("there is already one with the same {}", .fields.join(" and "))]
    Unique { constraint: String, fields: Vec<String> },
    /// A row points to one that is not there, or is pointed to. SQLite does not say by which constraint.
    #[error("this refers to something that is not there, or is still referred to")]
    Reference { constraint: Option<String> },
    #[error("a value is outside of what {constraint} allows")]
    Check { constraint: String },
    #[error("the database cannot keep {0}")]
    Unstorable(&'static str),
    /// A time table that is none.
    #[error("{pattern:?} is not a schedule: {reason}")]
    Schedule { pattern: String, reason: String },
    /// Somebody else changed the same rows at the same moment: the same request may work next time.
    #[error("others are changing the same rows; try again")]
    Contention(#[source] sqlx::Error),
    #[error("the database cannot be reached right now")]
    Unavailable(#[source] sqlx::Error),
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

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        crate::database::meaning(error)
    }
}

impl From<models::record::Mismatch> for Error {
    fn from(mismatch: models::record::Mismatch) -> Self {
        Self::Decode { what: "row", source: mismatch.into() }
    }
}

impl Coded for Error {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => Code::NotFound,
            Self::Conflict(_)
            | Self::Unique { .. }
            | Self::Reference { .. }
            | Self::Referenced { .. }
            | Self::VersionConflict { .. } => Code::Conflict,
            Self::Invalid(_) | Self::Check { .. } | Self::Unstorable(_) | Self::Schedule { .. } => {
                Code::ValidationFailed
            }
            Self::InvalidCursor(_) => Code::InvalidRequest,
            Self::Full(_) => Code::StorageFull,
            Self::Contention(_) | Self::Unavailable(_) => Code::Unavailable,
            Self::Database(_)
            | Self::Migrate(_)
            | Self::File { .. }
            | Self::Decode { .. }
            | Self::ForeignTransaction => Code::Internal,
        }
    }
}
