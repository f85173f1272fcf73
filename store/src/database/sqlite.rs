//! The embedded database: one writer, several readers, write-ahead log, every commit on disk.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use models::record::{Row, Value};
use sqlx::{
    Column as _, Decode, Row as _, Sqlite, SqlitePool, TypeInfo as _, ValueRef as _,
    query::Query,
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};

use super::migrations;
use crate::{Error, Result};

#[derive(Clone, Debug)]
pub struct Pools {
    /// One connection: writers wait for each other here instead of failing with `SQLITE_BUSY`.
    pub writer: SqlitePool,
    pub readers: SqlitePool,
}

impl Pools {
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

pub async fn open(folder: &Path) -> Result<Pools> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
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
    migrations::sqlite().run(&writer).await.map_err(Error::Migrate)?;
    let readers = SqlitePoolOptions::new().max_connections(4).connect_with(options.read_only(true)).await?;
    Ok(Pools { writer, readers })
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

pub fn bind<'q>(query: Bound<'q>, values: &[Value]) -> Bound<'q> {
    values.iter().fold(query, |query, value| match value {
        Value::Null => query.bind(None::<String>),
        Value::Boolean(value) => query.bind(*value),
        Value::Integer(value) => query.bind(*value),
        Value::Real(value) => query.bind(*value),
        Value::Text(text) => query.bind(text.clone()),
        Value::Timestamp(time) => query.bind(text(*time)),
        Value::Date(date) => query.bind(date.to_string()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
        Value::Json(json) => query.bind(json.to_string()),
    })
}

/// Always of the same length, so that the order of texts is the order of times.
fn text(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

pub fn rows(rows: &[SqliteRow]) -> Result<Vec<Row>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let names: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    let read = |row: &SqliteRow| {
        let values = (0..names.len()).map(|column| value(row, column)).collect::<Result<_>>()?;
        Ok(Row::new(Arc::clone(&names), values))
    };
    rows.iter().map(read).collect()
}

/// By the value's own storage class: a column's declared type says nothing certain in SQLite.
fn value(row: &SqliteRow, column: usize) -> Result<Value> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let class = raw.type_info().name().to_owned();
    let value = match class.as_str() {
        "INTEGER" => <i64 as Decode<Sqlite>>::decode(raw).map(Value::Integer),
        "REAL" => <f64 as Decode<Sqlite>>::decode(raw).map(Value::Real),
        "BLOB" => <Vec<u8> as Decode<Sqlite>>::decode(raw).map(Value::Bytes),
        _ => <String as Decode<Sqlite>>::decode(raw).map(Value::Text),
    };
    value.map_err(|source| Error::Decode { what: "value", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_times_sort_like_times() {
        let times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.5Z"];
        let texts = times.map(|time| text(time.parse().expect("a time")));
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[0], "2026-01-01T00:00:00.000000Z");
    }
}
