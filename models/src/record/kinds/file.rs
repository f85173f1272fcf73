//! A stored file, pointed to from a record.

use serde_json::{Value as Json, json};

use super::{Text, transparent};
use crate::record::{FieldErrors, FieldType, Kind, Mismatch, Row, Value, field::load_json};

/// Which bytes, and what the person who gave them called them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileReference {
    /// SHA-256 of the bytes, in hex.
    blob: String,
    name: Text<255>,
    /// Such as `application/pdf`.
    media_type: Text<127>,
    bytes: u64,
}

impl FileReference {
    /// # Errors
    /// Everything that is wrong with it.
    pub fn new(blob: &str, name: &str, media_type: &str, bytes: u64) -> Result<Self, FieldErrors> {
        Self::read(&json!({ "blob": blob, "name": name, "media_type": media_type, "bytes": bytes }))
    }

    #[must_use]
    pub fn blob(&self) -> &str {
        &self.blob
    }

    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    #[must_use]
    pub fn media_type(&self) -> &str {
        self.media_type.as_str()
    }

    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl FieldType for FileReference {
    const KIND: Kind = Kind::File;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let members = json.as_object().ok_or_else(|| FieldErrors::here("must be a stored file"))?;
        let mut errors = FieldErrors::default();
        for unknown in members.keys().filter(|key| !["blob", "name", "media_type", "bytes"].contains(&key.as_str())) {
            errors.add(super::super::input::shortened(unknown), "is not a field");
        }
        let digest = |text: &&str| {
            text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        };
        let blob = members.get("blob").and_then(Json::as_str).filter(digest);
        if blob.is_none() {
            errors.add("blob", "must be a SHA-256 in hexadecimal digits");
        }
        let bytes = members.get("bytes").and_then(Json::as_u64).filter(|bytes| i64::try_from(*bytes).is_ok());
        if bytes.is_none() {
            errors.add("bytes", "must be a whole number from 0");
        }
        let name = Text::read(members.get("name").unwrap_or(&Json::Null));
        let name = name.map_err(|wrong| errors.extend(wrong.under("name"))).ok();
        let media_type = Text::read(members.get("media_type").unwrap_or(&Json::Null));
        let media_type = media_type.map_err(|wrong| errors.extend(wrong.under("media_type"))).ok();
        match (blob, name, media_type, bytes) {
            (Some(blob), Some(name), Some(media_type), Some(bytes)) if errors.is_empty() => {
                Ok(Self { blob: blob.to_owned(), name, media_type, bytes })
            }
            _ => Err(errors),
        }
    }

    fn json(&self) -> Json {
        json!({
            "blob": self.blob, "name": self.name.as_str(), "media_type": self.media_type.as_str(), "bytes": self.bytes,
        })
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Json(self.json()));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        load_json(row, name)
    }
}

transparent!(, FileReference);
