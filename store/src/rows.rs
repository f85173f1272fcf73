//! Between rows and records. Ids, dates, times and enums are text; lists are JSON.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date};
use models::{Audience, Chunk, ChunkKind, Document, TenantId, Validity};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Result};

#[derive(sqlx::FromRow)]
pub struct DocumentRow {
    pub id: String,
    pub tenant: String,
    pub origin: String,
    pub collection: String,
    pub title: String,
    pub format: String,
    pub language: String,
    pub audience: String,
    pub valid_from: Option<String>,
    pub valid_until: Option<String>,
    pub superseded_by: Option<String>,
    pub date: Option<String>,
    pub pages: Option<u32>,
    pub bytes: i64,
    pub content_hash: String,
    pub blob: String,
    pub metadata: String,
    pub state: String,
    pub reason: Option<String>,
    pub version: u32,
    pub claimed: u32,
    pub chunks: u32,
    pub crashes: u32,
    pub created_at: String,
    pub updated_at: String,
}

impl TryFrom<DocumentRow> for Document {
    type Error = Error;

    fn try_from(row: DocumentRow) -> Result<Self> {
        Ok(Self {
            id: parse("document id", &row.id)?,
            tenant: TenantId::new(row.tenant),
            collection: parse("collection", &row.collection)?,
            origin: row.origin,
            title: row.title,
            format: word("format", &row.format)?,
            language: word("language", &row.language)?,
            audience: from_json("audience", &row.audience)?,
            validity: Validity {
                from: optional("date", row.valid_from.as_deref())?,
                until: optional("date", row.valid_until.as_deref())?,
                superseded_by: optional("document id", row.superseded_by.as_deref())?,
            },
            date: optional("date", row.date.as_deref())?,
            pages: row.pages,
            bytes: u64::try_from(row.bytes).unwrap_or_default(),
            content_hash: row.content_hash,
            state: word("state", &row.state)?,
            reason: row.reason,
            version: row.version,
            chunks: row.chunks,
            created_at: parse("time", &row.created_at)?,
            updated_at: parse("time", &row.updated_at)?,
        })
    }
}

#[derive(sqlx::FromRow)]
pub struct ChunkRow {
    pub id: String,
    pub document: String,
    pub version: u32,
    pub ordinal: u32,
    pub kind: String,
    pub language: String,
    pub headings: String,
    pub text: String,
    pub start: u32,
    pub stop: u32,
    pub page: Option<u32>,
    #[sqlx(default)]
    pub vector: Option<Vec<u8>>,
}

impl TryFrom<ChunkRow> for Chunk {
    type Error = Error;

    fn try_from(row: ChunkRow) -> Result<Self> {
        Ok(Self {
            id: parse("chunk id", &row.id)?,
            document: parse("document id", &row.document)?,
            version: row.version,
            ordinal: row.ordinal,
            kind: word("chunk kind", &row.kind)?,
            language: word("language", &row.language)?,
            headings: from_json("heading path", &row.headings)?,
            text: row.text,
            span: models::Span { start: row.start, end: row.stop },
            page: row.page,
        })
    }
}

pub const fn kind(kind: ChunkKind) -> &'static str {
    match kind {
        ChunkKind::Text => "text",
        ChunkKind::Table => "table",
    }
}

pub fn parse<T>(what: &'static str, text: &str) -> Result<T>
where
    T: FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    text.parse().map_err(Error::decode(what))
}

pub fn optional<T>(what: &'static str, text: Option<&str>) -> Result<Option<T>>
where
    T: FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    text.map(|text| parse(what, text)).transpose()
}

/// An enum by its serialised name.
pub fn word<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    use serde::de::{IntoDeserializer, value::Error as Invalid};
    T::deserialize(IntoDeserializer::<Invalid>::into_deserializer(text)).map_err(Error::decode(what))
}

pub fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::decode(what))
}

pub fn to_json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::decode(what))
}

/// For `IN (SELECT value FROM json_each(?))`: one bound value, however many ids.
pub fn id_list<T: models::Prefixed>(ids: &[models::Id<T>]) -> Result<String> {
    to_json("list of ids", ids)
}

pub fn date(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

pub fn audience(audience: &Audience) -> Result<String> {
    to_json("audience", audience)
}

pub fn time(time: Timestamp) -> String {
    time.to_string()
}

/// What listing looks for: lower case, so that `É` finds `é`.
pub fn sought(title: &str, origin: &str) -> String {
    format!("{title}\n{origin}").to_lowercase()
}

/// The last part of an origin.
pub fn name(origin: &str) -> &str {
    origin.rsplit('/').next().unwrap_or(origin)
}
