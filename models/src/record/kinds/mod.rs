//! The kinds of fields that are more than a plain value.

mod file;
mod list;
mod number;
mod range;
mod text;

pub use file::FileReference;
pub use list::List;
pub use number::{Integer, Money};
pub use range::TimeRange;
pub use text::{Email, RichText, Text};

use super::FieldErrors;

/// At most `max` characters. Counts no further than it must.
fn within(text: &str, max: usize) -> Result<(), FieldErrors> {
    if text.trim().chars().nth(max).is_some() {
        return Err(FieldErrors::here(format!("must have at most {max} characters")));
    }
    Ok(())
}

/// The same form in serde as in the record's own JSON.
macro_rules! transparent {
    ($($generics:ident)?, $type:ty) => {
        impl$(<const $generics: usize>)? serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::record::FieldType::json(self).serialize(serializer)
            }
        }

        impl<'de $(, const $generics: usize)?> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = serde_json::Value::deserialize(deserializer)?;
                $crate::record::FieldType::read(&json).map_err(serde::de::Error::custom)
            }
        }
    };
}
use transparent;
