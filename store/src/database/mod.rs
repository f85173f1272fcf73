//! The one handle on rows: an embedded SQLite file or a PostgreSQL server, behind the same calls.
//!
//! Rows belong to tenants. A transaction is opened for one tenant; PostgreSQL is told which, and its row-level security
//! then refuses every other row, also to SQL that forgot its `WHERE tenant = ?`. What belongs to nobody in particular
//! (the look-up at sign-in, the queue of jobs) runs in a transaction that asks for the whole database by name:
//! [`Database::read_everything`] and [`Database::write_everything`].
//!
//! ```no_run
//! # async fn example(database: store::Database, tenant: models::TenantId) -> store::Result<()> {
//! let mut tx = database.write(&tenant).await?;
//! let sql = "UPDATE courses SET title = ? WHERE tenant = ? AND code = ?";
//! tx.execute(sql, &models::values!["Algebra", &tenant, "MATH101"]).await?;
//! tx.commit().await
//! # }
//! ```

mod failure;
mod migrations;
mod placeholders;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
mod tx;

use std::path::Path;

use models::TenantId;
use sqlx::{PgPool, SqlitePool};

use crate::Result;

pub(crate) use failure::meaning;
pub use sqlx::{AssertSqlSafe, SqlSafeStr};
pub use tx::Tx;

/// Clones share the connections.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite(sqlite::Pools),
    Postgres(PgPool),
}

/// Which database it is, for the few statements that cannot be said in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

impl Database {
    /// Opens `postgres://…`, or else a folder with an embedded database, and brings its structure up to date.
    pub async fn open(target: &str) -> Result<Self> {
        if target.starts_with("postgres://") || target.starts_with("postgresql://") {
            Self::connect(target).await
        } else {
            Self::open_folder(Path::new(target)).await
        }
    }

    /// Opens `folder/guichet.sqlite`, creating or upgrading what is needed. One process at a time.
    pub async fn open_folder(folder: &Path) -> Result<Self> {
        Ok(Self { engine: Engine::Sqlite(sqlite::open(folder).await?) })
    }

    /// Connects to a PostgreSQL database and brings its structure up to date; several processes may do so at once.
    pub async fn connect(url: &str) -> Result<Self> {
        Ok(Self { engine: Engine::Postgres(postgres::connect(url).await?) })
    }

    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite(_) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A transaction that sees this tenant's rows and changes nothing.
    pub async fn read(&self, tenant: &TenantId) -> Result<Tx> {
        Tx::begin(&self.engine, tx::Access::Read, Some(tenant)).await
    }

    /// A transaction that changes this tenant's rows. On SQLite it takes the write lock at once, so that nothing read
    /// inside can change before the commit.
    pub async fn write(&self, tenant: &TenantId) -> Result<Tx> {
        Tx::begin(&self.engine, tx::Access::Write, Some(tenant)).await
    }

    /// A transaction that sees the rows of all tenants. Its SQL must say itself whose rows it wants.
    pub async fn read_everything(&self) -> Result<Tx> {
        Tx::begin(&self.engine, tx::Access::Read, None).await
    }

    /// A transaction that changes the rows of all tenants. Its SQL must say itself whose rows it wants.
    pub async fn write_everything(&self) -> Result<Tx> {
        Tx::begin(&self.engine, tx::Access::Write, None).await
    }

    /// Closes the connections; later calls fail. Dropping the last handle does it too, but later.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite(pools) => pools.close().await,
            Engine::Postgres(pool) => pool.close().await,
        }
    }

    /// The pools of the embedded database: writer and readers.
    pub(crate) const fn sqlite(&self) -> Option<(&SqlitePool, &SqlitePool)> {
        match &self.engine {
            Engine::Sqlite(pools) => Some((&pools.writer, &pools.readers)),
            Engine::Postgres(_) => None,
        }
    }
}
