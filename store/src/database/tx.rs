//! One transaction, on either database.

use jiff::tz::TimeZone;
use models::{
    TenantId,
    record::{Row, Value},
    values,
};
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr, SqlStr, Sqlite, Transaction};

use super::{Dialect, Engine, placeholders, postgres, sqlite};
use crate::{Error, Result};

/// Dropped without [`Tx::commit`], it changes nothing.
///
/// Statements are written once, for both databases: `?` (or `?2`) for values, and the types `TEXT`, `BIGINT`,
/// `BOOLEAN`, `DOUBLE PRECISION`, `TIMESTAMPTZ`, `DATE`, `JSONB`. PostgreSQL must be able to tell the type of each `?`
/// from where it stands: `CAST(? AS TEXT) IS NULL`, not `? IS NULL`.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
    tenant: Option<TenantId>,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

impl Tx {
    /// `None` opens the rows of all tenants.
    pub(super) async fn begin(engine: &Engine, access: Access, tenant: Option<&TenantId>) -> Result<Self> {
        let tenant = tenant.cloned();
        Ok(match engine {
            Engine::Sqlite(pools) => {
                let begun = match access {
                    Access::Read => pools.readers.begin().await?,
                    Access::Write => pools.writer.begin_with("BEGIN IMMEDIATE").await?,
                };
                Self { inner: Inner::Sqlite(begun), tenant }
            }
            Engine::Postgres(pool) => {
                let begin = match access {
                    Access::Read => "BEGIN READ ONLY",
                    Access::Write => "BEGIN",
                };
                let mut tx = Self { inner: Inner::Postgres(pool.begin_with(begin).await?), tenant };
                tx.admit().await?;
                tx
            }
        })
    }

    /// Tells PostgreSQL's row-level security whose rows this transaction may touch, until its end. The policies know
    /// two settings: the tenant's name, and the switch that only [`super::Database::read_everything`] and
    /// [`super::Database::write_everything`] turn on. No name of a tenant can stand for the switch.
    async fn admit(&mut self) -> Result<()> {
        let bound = match &self.tenant {
            Some(tenant) => values!["guichet.tenant", tenant],
            None => values!["guichet.everything", "on"],
        };
        self.fetch_all("SELECT set_config(?, ?, true)", &bound).await.map(|_| ())
    }

    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Whose rows it was opened for; `None` is everybody's.
    #[must_use]
    pub const fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// Runs one statement; returns how many rows it changed.
    pub async fn execute(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<u64> {
        storable(values)?;
        let sql = self.spoken(sql.into_sql_str());
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => sqlite::bind(sqlx::query(sql), values).execute(&mut **tx).await?.rows_affected(),
            Inner::Postgres(tx) => postgres::bind(sqlx::query(sql), values).execute(&mut **tx).await?.rows_affected(),
        })
    }

    pub async fn fetch_all(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Vec<Row>> {
        storable(values)?;
        let sql = self.spoken(sql.into_sql_str());
        match &mut self.inner {
            Inner::Sqlite(tx) => sqlite::rows(&sqlite::bind(sqlx::query(sql), values).fetch_all(&mut **tx).await?),
            Inner::Postgres(tx) => {
                postgres::rows(&postgres::bind(sqlx::query(sql), values).fetch_all(&mut **tx).await?)
            }
        }
    }

    /// The first row, if there is one.
    pub async fn fetch_optional(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Option<Row>> {
        Ok(self.fetch_all(sql, values).await?.into_iter().next())
    }

    /// The first row of a statement that always has one, such as `SELECT count(*)`.
    pub async fn fetch_one(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<Row> {
        let row = self.fetch_optional(sql, values).await?;
        row.ok_or_else(|| Error::Database(sqlx::Error::RowNotFound))
    }

    /// Runs a statement whose failure must not end the transaction (which it does on PostgreSQL), such as an insert
    /// that may meet a duplicate.
    pub async fn attempt(&mut self, sql: impl SqlSafeStr + Send, values: &[Value]) -> Result<u64> {
        self.execute("SAVEPOINT attempt", &[]).await?;
        let outcome = self.execute(sql, values).await;
        if outcome.is_err() {
            self.execute("ROLLBACK TO SAVEPOINT attempt", &[]).await?;
        }
        self.execute("RELEASE SAVEPOINT attempt", &[]).await?;
        outcome
    }

    /// Once this returns, the changes are on disk.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    fn spoken(&self, sql: SqlStr) -> SqlStr {
        match self.inner {
            Inner::Sqlite(_) => sql,
            Inner::Postgres(_) => AssertSqlSafe(placeholders::numbered(sql.as_str())).into_sql_str(),
        }
    }
}

/// What one of the databases cannot keep, both refuse, before the statement is sent: a NUL character in a text, and
/// years that PostgreSQL does not reach or that texts of times would not sort by.
fn storable(values: &[Value]) -> Result<()> {
    const NUL: &str = "a text with a NUL character";
    const YEARS: &str = "a time outside of the years 1 to 9999";
    let years = 1..=9999;
    let unstorable = |value: &Value| match value {
        Value::Text(text) => text.contains('\0').then_some(NUL),
        Value::Json(json) => holds_nul(json).then_some(NUL),
        Value::Date(date) => (!years.contains(&date.year())).then_some(YEARS),
        Value::Timestamp(time) => (!years.contains(&time.to_zoned(TimeZone::UTC).year())).then_some(YEARS),
        _ => None,
    };
    values.iter().find_map(unstorable).map_or(Ok(()), |what| Err(Error::Unstorable(what)))
}

fn holds_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(holds_nul),
        serde_json::Value::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        _ => false,
    }
}
