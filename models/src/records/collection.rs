//! Shelves of documents.

use serde_json::Value as Json;

use crate::{
    Audience,
    record::{FieldErrors, FieldType, Kind, Mismatch, Record, RichText, Row, Text, Value},
};

/// A named shelf of documents. Documents say by its `slug` that they stand on it.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "collections", prefix = "col", audit, events)]
pub struct Collection {
    #[field(create, search, sort, unique, filter)]
    pub slug: crate::Collection,
    #[field(create, patch, search, sort)]
    pub title: Text<200>,
    #[field(create, patch, default, search)]
    pub description: RichText<4000>,
    /// Who may see that the shelf exists; each document says for itself who may read it.
    #[field(create, patch, default)]
    pub audience: Audience,
}

impl FieldType for crate::Collection {
    const KIND: Kind = Kind::Text { max: 64 };
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let parsed = json.as_str().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| FieldErrors::here("must be 1 to 64 lower-case letters, digits, `-` or `_`"))
    }

    fn json(&self) -> Json {
        self.as_str().into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(self.as_str().into());
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        let text: String = row.get(name)?;
        text.parse().map_err(|_| Mismatch { column: name.to_owned(), wanted: "a collection", found: text })
    }
}
