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

pub mod audit;
pub mod blobs;
mod chunks;
pub mod database;
mod documents;
mod error;
mod integrity;
pub mod jobs;
pub mod outbox;
mod queue;
mod removal;
mod rows;
mod supersession;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod vectors;
mod versions;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sqlx::{Sqlite, SqlitePool, Transaction};

pub use blobs::{Blob, BlobName, Blobs, hex, sha256_hex};
pub use chunks::StoredChunk;
pub use database::{AssertSqlSafe, Database, Dialect, Tx};
pub use documents::{Counts, DocumentFilter, NewDocument, Page, Registered};
pub use error::{Error, Result};
pub use outbox::{Event, Outbox, Subscriber};
pub use queue::{Claim, Recovered};
pub use table::{LIMIT, ListQuery, Listed, Reach, Table};
pub use versions::{NewVersion, Published};

/// A handle on one data folder; clones share it. One process at a time.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    folder: PathBuf,
    database: Database,
    /// The writer and the readers of `database`.
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens `folder/guichet.sqlite` and `folder/blobs`, creating or upgrading what is needed.
    pub async fn open(folder: &Path) -> Result<Self> {
        Self::on(Database::open_folder(folder).await?, folder)
    }

    /// Shares an open embedded database, so that documents and records have one writer.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the database is not an embedded one: documents live beside their files.
    pub fn on(database: Database, folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder.join("blobs")).map_err(Error::file(folder))?;
        let pools = database.sqlite().map(|(writer, readers)| (writer.clone(), readers.clone()));
        let (writer, readers) =
            pools.ok_or_else(|| Error::Conflict("documents are kept in an embedded database".to_owned()))?;
        Ok(Self { inner: Arc::new(Inner { folder: folder.to_owned(), database, writer, readers }) })
    }

    /// The rows beside the documents.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// Closes the database; later calls fail. Dropping the last handle does it too, but later.
    pub async fn close(&self) {
        self.inner.database.close().await;
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
        let pragma = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
        sqlx::query(pragma).execute(&self.inner.writer).await.expect("a pragma");
    }
}
