//! What stands in one column, whichever database keeps it.

use jiff::{Timestamp, civil::Date};

use crate::{Grant, Id, Prefixed, TenantId};

/// A neutral column value. `store` maps it to either database, in one place.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    /// Kept to the microsecond.
    Timestamp(Timestamp),
    Date(Date),
    Bytes(Vec<u8>),
    /// A list or an object.
    Json(serde_json::Value),
}

impl Value {
    /// What the variant is called in messages.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::Text(_) => "text",
            Self::Timestamp(_) => "timestamp",
            Self::Date(_) => "date",
            Self::Bytes(_) => "bytes",
            Self::Json(_) => "JSON",
        }
    }
}

/// `values![tenant, id, 3]`: the values to bind, in order.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::record::Value::from($value)),*] };
}

macro_rules! value_from {
    ($($type:ty => |$value:ident| $make:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $make
            }
        })*
    };
}

value_from! {
    bool => |value| Self::Boolean(value);
    i64 => |value| Self::Integer(value);
    i32 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    u16 => |value| Self::Integer(value.into());
    f64 => |value| Self::Real(value);
    &str => |value| Self::Text(value.to_owned());
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    &TenantId => |value| Self::Text(value.as_str().to_owned());
    &Grant => |value| Self::Text(value.as_str().to_owned());
    Timestamp => |value| Self::Timestamp(value);
    Date => |value| Self::Date(value);
    Vec<u8> => |value| Self::Bytes(value);
    &[u8] => |value| Self::Bytes(value.to_vec());
    serde_json::Value => |value| Self::Json(value);
}

impl<T: Prefixed> From<Id<T>> for Value {
    fn from(id: Id<T>) -> Self {
        Self::Text(id.to_string())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
