//! The truth: documents, their versions and chunks in SQLite, original files in a folder.
//!
//! A version is written whole before it is seen ([`Store::save_versions`]), then both indexes are written, then
//! [`Store::publish`] makes it the searchable one. What the indexes must forget stays listed until they have. So a crash
//! at any point leaves a document either wholly searchable or queued.
//!
//! ```no_run
//! # async fn example(store: store::Store, new: store::NewDocument, clock: &dyn models::Clock) -> store::Result<()> {
//! store.register(new, clock).await?;
//! for claim in store.claim(1, clock).await? {
//!     // parse `store.blob_path(&claim.blob)`, then save_version with `claim.version`, index, and:
//!     store.publish(&[(claim.document.id, claim.version)], clock).await?;
//! }
//! # Ok(()) }
//! ```
#![expect(clippy::missing_errors_doc, reason = "everything fails with `Error`, whose variants say why")]

mod blobs;
mod chunks;
mod documents;
mod error;
mod integrity;
mod queue;
mod removal;
mod rows;
mod supersession;
#[cfg(test)]
mod tests;
mod vectors;
mod versions;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    SqlSafeStr, Sqlite, SqlitePool, Transaction,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use blobs::{hex, sha256_hex};
pub use chunks::StoredChunk;
pub use documents::{Counts, DocumentFilter, NewDocument, Page, Registered};
pub use error::{Error, Result};
pub use queue::{Claim, Recovered};
pub use versions::{NewVersion, Published};

const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "documents", include_str!("../migrations/0001_documents.sql")),
    (2, "versions", include_str!("../migrations/0002_versions.sql")),
    (3, "embeddings", include_str!("../migrations/0003_embeddings.sql")),
];

/// A handle on one data folder; clones share it. One process at a time.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    /// One connection: writers wait for each other here instead of failing with `SQLITE_BUSY`.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens `folder/guichet.sqlite` and `folder/blobs`, creating or upgrading what is needed.
    pub async fn open(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder.join("blobs")).map_err(Error::file(folder))?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("guichet.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let migrations = MIGRATIONS.map(|(version, name, sql)| {
            Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        Migrator::with_migrations(migrations.into()).run(&writer).await.map_err(Error::Migrate)?;
        let readers = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
        Ok(Self { inner: Arc::new(Inner { folder: folder.to_owned(), writer, readers }) })
    }

    /// Closes the database; later calls fail. Dropping the last handle does it too, but later.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    fn readers(&self) -> &SqlitePool {
        &self.inner.readers
    }

    /// Takes the write lock at once, so that nothing read inside can change before the commit.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.inner.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}

#[cfg(test)]
impl Store {
    /// Makes the database as small as a full disk.
    async fn limit_pages(&self, pages: u32) {
        let pragma = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(pragma).execute(&self.inner.writer).await.expect("a pragma");
    }
}
