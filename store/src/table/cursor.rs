//! Where a list goes on: opaque to clients, and good for the list that it came from only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use models::{
    TenantId,
    record::{ColumnKind, Condition, FieldType as _, Value},
};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// The last row of a page: what the list is sorted by, and its id.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub key: Value,
    pub id: String,
}

/// What a cursor belongs to.
#[derive(Debug)]
pub struct ListIdentity<'a> {
    pub table: &'a str,
    pub tenant: &'a TenantId,
    pub sort: &'a str,
    pub descending: bool,
    pub search: &'a str,
    pub conditions: &'a [Condition],
}

impl ListIdentity<'_> {
    fn fingerprint(&self) -> String {
        let Self { table, tenant, sort, descending, search, conditions } = self;
        let text = format!("{table}\n{tenant:?}\n{sort}\n{descending}\n{search:?}\n{conditions:?}");
        crate::hex(&Sha256::digest(text)[..8])
    }
}

pub fn encode(cursor: &Cursor, list: &ListIdentity<'_>) -> String {
    let key = match &cursor.key {
        Value::Integer(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Timestamp(time) => Json::from(time.to_string()),
        Value::Date(date) => Json::from(date.to_string()),
        _ => Json::Null,
    };
    URL_SAFE_NO_PAD.encode(Json::from(vec![list.fingerprint().into(), key, cursor.id.as_str().into()]).to_string())
}

/// # Errors
/// [`Error::InvalidCursor`] for anything that [`encode`] did not make for this very list.
pub fn decode(text: &str, kind: ColumnKind, list: &ListIdentity<'_>) -> Result<Cursor> {
    read(text, kind, list).ok_or_else(|| Error::InvalidCursor(text.chars().take(80).collect()))
}

fn read(text: &str, kind: ColumnKind, list: &ListIdentity<'_>) -> Option<Cursor> {
    const LONGEST: usize = 4096;
    if text.len() > LONGEST {
        return None;
    }
    let parts: [Json; 3] = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let [fingerprint, key, id] = parts;
    if fingerprint != list.fingerprint() {
        return None;
    }
    let key = match kind {
        ColumnKind::Integer => Value::Integer(key.as_i64()?),
        ColumnKind::Timestamp => Value::Timestamp(jiff::Timestamp::read(&key).ok()?),
        ColumnKind::Date => Value::Date(jiff::civil::Date::read(&key).ok()?),
        ColumnKind::Text => key.as_str()?.into(),
        ColumnKind::Boolean | ColumnKind::Json => return None,
    };
    Some(Cursor { key, id: id.as_str()?.to_owned() })
}
