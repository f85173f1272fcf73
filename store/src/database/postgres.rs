//! The PostgreSQL server: values in its binary format, so that times, dates and JSON are native columns.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan as _, civil::Date};
use models::record::{Row, Value};
use sqlx::{
    Column as _, Decode, Encode, PgPool, Postgres, Row as _, Type, ValueRef as _,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgPoolOptions, PgRow, PgTypeInfo, PgValueRef, types::Oid},
    query::Query,
};

use super::migrations;
use crate::{Error, Result};

/// How long a request waits for a connection before it is told that the database is not there.
const PATIENCE: Duration = Duration::from_secs(5);
const CONNECTIONS: u32 = 16;

/// From `pg_type.dat` of PostgreSQL; these numbers never change.
mod oid {
    pub const UNSPECIFIED: u32 = 0;
    pub const BOOL: u32 = 16;
    pub const BYTEA: u32 = 17;
    pub const INT8: u32 = 20;
    pub const INT2: u32 = 21;
    pub const INT4: u32 = 23;
    pub const JSON: u32 = 114;
    pub const FLOAT4: u32 = 700;
    pub const FLOAT8: u32 = 701;
    pub const DATE: u32 = 1082;
    pub const TIMESTAMPTZ: u32 = 1184;
    pub const VOID: u32 = 2278;
    pub const JSONB: u32 = 3802;
    /// `char`, `name`, `text`, `oid`'s friends that come as text: `bpchar`, `varchar`, and unknown literals.
    pub const TEXTS: [u32; 6] = [18, 19, 25, 705, 1042, 1043];
}

pub async fn connect(url: &str) -> Result<PgPool> {
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect(url).await?;
    migrations::postgres().run(&pool).await.map_err(Error::Migrate)?;
    let unbound: bool =
        sqlx::query_scalar("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            .fetch_one(&pool)
            .await?;
    let autovacuum: String = sqlx::query_scalar("SELECT current_setting('autovacuum')").fetch_one(&pool).await?;
    if autovacuum != "on" {
        tracing::warn!("the server's autovacuum is off: without its statistics, large lists are slow");
    }
    if unbound {
        tracing::warn!(
            "the database's role is not bound by row-level security: use one without SUPERUSER and BYPASSRLS"
        );
    }
    Ok(pool)
}

type Bound<'q> = Query<'q, Postgres, PgArguments>;

pub fn bind<'q>(query: Bound<'q>, values: &[Value]) -> Bound<'q> {
    values.iter().fold(query, |query, value| match value {
        Value::Null => query.bind(Native { oid: oid::UNSPECIFIED, bytes: None }),
        Value::Boolean(value) => query.bind(*value),
        Value::Integer(value) => query.bind(*value),
        Value::Real(value) => query.bind(*value),
        Value::Text(text) => query.bind(text.clone()),
        Value::Bytes(bytes) => query.bind(bytes.clone()),
        Value::Timestamp(time) => {
            let micros = time.as_microsecond() - epoch().as_microsecond();
            query.bind(Native { oid: oid::TIMESTAMPTZ, bytes: Some(micros.to_be_bytes().to_vec()) })
        }
        Value::Date(date) => query.bind(Native { oid: oid::DATE, bytes: Some(days(*date).to_be_bytes().to_vec()) }),
        Value::Json(json) => {
            // The version of the format, then the text.
            let mut bytes = vec![1];
            bytes.extend_from_slice(json.to_string().as_bytes());
            query.bind(Native { oid: oid::JSONB, bytes: Some(bytes) })
        }
    })
}

/// PostgreSQL counts times and dates from the first day of 2000.
fn epoch() -> Timestamp {
    Timestamp::constant(946_684_800, 0)
}

fn first_day() -> Date {
    jiff::civil::date(2000, 1, 1)
}

fn days(date: Date) -> i32 {
    first_day().until(date).map(|span| span.get_days()).unwrap_or_default()
}

/// Bytes in the server's own format. A null of unspecified type takes the type that the statement gives it.
struct Native {
    oid: u32,
    bytes: Option<Vec<u8>>,
}

impl Type<Postgres> for Native {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(oid::UNSPECIFIED))
    }
}

impl Encode<'_, Postgres> for Native {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> std::result::Result<IsNull, BoxDynError> {
        let Some(bytes) = &self.bytes else { return Ok(IsNull::Yes) };
        buffer.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(PgTypeInfo::with_oid(Oid(self.oid)))
    }
}

pub fn rows(rows: &[PgRow]) -> Result<Vec<Row>> {
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let names: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    let read = |row: &PgRow| {
        let values = (0..names.len()).map(|column| value(row, column)).collect::<Result<_>>()?;
        Ok(Row::new(Arc::clone(&names), values))
    };
    rows.iter().map(read).collect()
}

fn value(row: &PgRow, column: usize) -> Result<Value> {
    let raw = row.try_get_raw(column)?;
    if raw.is_null() { Ok(Value::Null) } else { read(raw).map_err(|source| Error::Decode { what: "value", source }) }
}

fn read(raw: PgValueRef<'_>) -> std::result::Result<Value, BoxDynError> {
    let kind = raw.type_info().oid().map_or(oid::UNSPECIFIED, |Oid(number)| number);
    Ok(match kind {
        oid::BOOL => Value::Boolean(<bool as Decode<Postgres>>::decode(raw)?),
        oid::INT2 | oid::INT4 | oid::INT8 => Value::Integer(integer(raw.as_bytes()?)?),
        oid::FLOAT4 => Value::Real(<f32 as Decode<Postgres>>::decode(raw)?.into()),
        oid::FLOAT8 => Value::Real(<f64 as Decode<Postgres>>::decode(raw)?),
        oid::BYTEA => Value::Bytes(<Vec<u8> as Decode<Postgres>>::decode(raw)?),
        oid::TIMESTAMPTZ => {
            let micros = integer(raw.as_bytes()?)?;
            Value::Timestamp(epoch().checked_add(micros.microseconds())?)
        }
        oid::DATE => Value::Date(first_day().checked_add(integer(raw.as_bytes()?)?.days())?),
        oid::JSON => Value::Json(serde_json::from_slice(raw.as_bytes()?)?),
        oid::JSONB => Value::Json(serde_json::from_slice(raw.as_bytes()?.get(1..).unwrap_or_default())?),
        oid::VOID => Value::Null,
        text if oid::TEXTS.contains(&text) => Value::Text(<String as Decode<Postgres>>::decode(raw)?),
        other => {
            return Err(format!("columns of PostgreSQL type {other} are not read: cast it in the statement").into());
        }
    })
}

fn integer(bytes: &[u8]) -> std::result::Result<i64, BoxDynError> {
    Ok(match bytes.len() {
        2 => i16::from_be_bytes(bytes.try_into()?).into(),
        4 => i32::from_be_bytes(bytes.try_into()?).into(),
        _ => i64::from_be_bytes(bytes.try_into()?),
    })
}
