//! A record with what every record has.

use std::ops::Deref;

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};

use super::{FieldType as _, Record};
use crate::Id;

/// One row: whose it is, is known to whoever asked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored<R: Record> {
    pub id: Id<R>,
    /// Counts the changes, from 1. A change names the version it is based on.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// Set where the record is kept after its deletion.
    pub deleted_at: Option<Timestamp>,
    pub record: R,
}

impl<R: Record> Stored<R> {
    /// As a reader sees it: without secret fields.
    #[must_use]
    pub fn json(&self) -> Map<String, Json> {
        let mut json = Map::from_iter([("id".to_owned(), Json::from(self.id.to_string()))]);
        let shown = |name: &String| R::declaration().field(name).is_none_or(|field| !field.secret);
        json.extend(self.record.json().into_iter().filter(|(name, _)| shown(name)));
        json.insert("version".to_owned(), self.version.into());
        json.insert("created_at".to_owned(), self.created_at.json());
        json.insert("updated_at".to_owned(), self.updated_at.json());
        if let Some(deleted_at) = self.deleted_at {
            json.insert("deleted_at".to_owned(), deleted_at.json());
        }
        json
    }
}

impl<R: Record> Deref for Stored<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.record
    }
}

impl<R: Record> Serialize for Stored<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}
