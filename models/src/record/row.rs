//! One row that came back, read by column name.

use std::{str::FromStr, sync::Arc};

use jiff::{Timestamp, civil::Date};

use super::Value;
use crate::{Id, Prefixed, TenantId};

/// A column that is missing or holds something else than the code believes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column `{column}` holds {found} instead of {wanted}")]
pub struct Mismatch {
    pub column: String,
    pub wanted: &'static str,
    pub found: String,
}

/// Values with the names of their columns; rows of one answer share the names.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    #[must_use]
    pub const fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// # Errors
    /// [`Mismatch`] when there is no such column, or it cannot be read as a `T`.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T, Mismatch> {
        let mismatch = |found: &str| Mismatch { column: column.to_owned(), wanted: T::WANTED, found: found.to_owned() };
        let position = self.names.iter().position(|name| name == column).ok_or_else(|| mismatch("nothing"))?;
        let value = self.values.get(position).ok_or_else(|| mismatch("nothing"))?;
        T::from_value(value).ok_or_else(|| mismatch(value.kind()))
    }

    /// The value in the column, or `None` when there is no such column.
    #[must_use]
    pub fn value(&self, column: &str) -> Option<&Value> {
        self.values.get(self.names.iter().position(|name| name == column)?)
    }

    /// The first column, for `SELECT count(*)` and the like.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn only<T: FromValue>(&self) -> Result<T, Mismatch> {
        let found = self.values.first();
        found.and_then(T::from_value).ok_or_else(|| Mismatch {
            column: self.names.first().cloned().unwrap_or_default(),
            wanted: T::WANTED,
            found: found.map_or("nothing", Value::kind).to_owned(),
        })
    }

    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// What a column can be read as. SQLite keeps times, dates and JSON as text and booleans as integers, so those are
/// read from either.
pub trait FromValue: Sized {
    const WANTED: &'static str;

    fn from_value(value: &Value) -> Option<Self>;
}

impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &'static str = T::WANTED;

    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

impl FromValue for bool {
    const WANTED: &'static str = "a boolean";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Boolean(value) => Some(*value),
            Value::Integer(0) => Some(false),
            Value::Integer(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for i64 {
    const WANTED: &'static str = "an integer";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Integer(value) = value { Some(*value) } else { None }
    }
}

impl FromValue for u32 {
    const WANTED: &'static str = "an integer from 0";

    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for u64 {
    const WANTED: &'static str = "an integer from 0";

    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl FromValue for f64 {
    const WANTED: &'static str = "a number";

    #[expect(clippy::cast_precision_loss, reason = "whoever reads an integer as a real number expects that")]
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(value) => Some(*value),
            Value::Integer(value) => Some(*value as Self),
            _ => None,
        }
    }
}

impl FromValue for String {
    const WANTED: &'static str = "text";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.clone()) } else { None }
    }
}

impl FromValue for Timestamp {
    const WANTED: &'static str = "a time";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Timestamp(value) => Some(*value),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl FromValue for Date {
    const WANTED: &'static str = "a date";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Date(value) => Some(*value),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const WANTED: &'static str = "bytes";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Bytes(bytes) = value { Some(bytes.clone()) } else { None }
    }
}

impl FromValue for serde_json::Value {
    const WANTED: &'static str = "JSON";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Json(value) => Some(value.clone()),
            Value::Text(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }
}

impl FromValue for TenantId {
    const WANTED: &'static str = "a tenant";

    fn from_value(value: &Value) -> Option<Self> {
        String::from_value(value).map(Self::new)
    }
}

impl<T: Prefixed> FromValue for Id<T> {
    const WANTED: &'static str = "an identifier";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(text) = value { Self::from_str(text).ok() } else { None }
    }
}
