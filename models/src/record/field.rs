//! What a field's type must be able to do, and the types that need no file of their own.

use jiff::{Timestamp, civil::Date};
use serde_json::Value as Json;

use super::{FieldErrors, Kind, Mismatch, Record, Row, Value};
use crate::{Audience, Id};

/// A type that can stand in a record. Whatever exists of it is valid.
pub trait FieldType: Clone + Sized {
    const KIND: Kind;
    const NULLABLE: bool = false;
    /// Without the `Option`, for filters.
    type Plain: FieldType;

    /// # Errors
    /// Everything that is wrong with it, with paths from here.
    fn read(json: &Json) -> Result<Self, FieldErrors>;

    /// From a query string.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_text(text: &str) -> Result<Self, FieldErrors> {
        Self::read(&Json::String(text.to_owned()))
    }

    fn json(&self) -> Json;

    /// One value per column of [`Kind::columns`].
    fn store(&self, values: &mut Vec<Value>);

    /// # Errors
    /// [`Mismatch`] when the row was not written by [`Self::store`].
    fn load(row: &Row, name: &str) -> Result<Self, Mismatch>;
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: Kind = T::KIND;
    const NULLABLE: bool = true;
    type Plain = T;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        if json.is_null() { Ok(None) } else { T::read(json).map(Some) }
    }

    fn read_text(text: &str) -> Result<Self, FieldErrors> {
        T::read_text(text).map(Some)
    }

    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::json)
    }

    fn store(&self, values: &mut Vec<Value>) {
        match self {
            Some(value) => value.store(values),
            None => values.extend(T::KIND.columns("").into_iter().map(|_| Value::Null)),
        }
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        let absent = T::KIND.columns(name).iter().all(|(column, _)| row.value(column) == Some(&Value::Null));
        if absent { Ok(None) } else { T::load(row, name).map(Some) }
    }
}

impl FieldType for bool {
    const KIND: Kind = Kind::Boolean;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        json.as_bool().ok_or_else(|| FieldErrors::here("must be true or false"))
    }

    fn read_text(text: &str) -> Result<Self, FieldErrors> {
        text.parse().map_err(|_| FieldErrors::here("must be true or false"))
    }

    fn json(&self) -> Json {
        (*self).into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Boolean(*self));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        row.get(name)
    }
}

impl FieldType for Date {
    const KIND: Kind = Kind::Date;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let text = text(json, "must be a date such as 2026-09-01")?;
        let date: Option<Self> = (text.len() == 10).then(|| text.parse().ok()).flatten();
        let date = date.ok_or_else(|| FieldErrors::here("must be a date such as 2026-09-01"))?;
        year(date.year()).map(|()| date)
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Date(*self));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        row.get(name)
    }
}

impl FieldType for Timestamp {
    const KIND: Kind = Kind::Timestamp;
    type Plain = Self;

    /// Kept to the microsecond.
    fn read(json: &Json) -> Result<Self, FieldErrors> {
        const FORM: &str = "must be a time such as 2026-09-01T08:00:00Z";
        let text = text(json, FORM)?;
        let time: Self = text.parse().map_err(|_| FieldErrors::here(FORM))?;
        year(time.to_zoned(jiff::tz::TimeZone::UTC).year())?;
        Ok(to_microsecond(time))
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Timestamp(*self));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        row.get(name)
    }
}

/// Both databases keep microseconds.
#[must_use]
pub fn to_microsecond(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

/// Nothing in a school happens outside of these years, and both databases can count in them.
fn year(year: i16) -> Result<(), FieldErrors> {
    if (1800..=2999).contains(&year) { Ok(()) } else { Err(FieldErrors::here("must be in the years 1800 to 2999")) }
}

impl<T: Record> FieldType for Id<T> {
    const KIND: Kind = Kind::Reference { target: T::declaration };
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let wrong = || FieldErrors::here(format!("must be an identifier of the form {}_…", T::PREFIX));
        json.as_str().and_then(|text| text.parse().ok()).ok_or_else(wrong)
    }

    fn json(&self) -> Json {
        self.to_string().into()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push((*self).into());
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        row.get(name)
    }
}

impl FieldType for Audience {
    const KIND: Kind = Kind::Audience;
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        const MAX: usize = 100;
        let items = json.as_array().ok_or_else(|| FieldErrors::here("must be a list of grants"))?;
        if items.len() > MAX {
            return Err(FieldErrors::here(format!("must have at most {MAX} items, not {}", items.len())));
        }
        if items.is_empty() {
            return Err(FieldErrors::here("must name somebody, or `everyone`"));
        }
        let (mut grants, mut errors) = (Vec::new(), FieldErrors::default());
        for (position, item) in items.iter().enumerate() {
            match item.as_str().map(str::parse::<crate::Grant>) {
                Some(Ok(grant)) => grants.push(grant),
                Some(Err(error)) => errors.add(position.to_string(), error.to_string()),
                None => errors.add(position.to_string(), "must be a text"),
            }
        }
        errors.into_result().map(|()| Self::new(grants))
    }

    fn json(&self) -> Json {
        self.grants().iter().map(|grant| Json::from(grant.as_str())).collect()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Json(self.json()));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        load_json(row, name)
    }
}

/// The text in `json`, or a refusal that says what was wanted.
pub(super) fn text<'a>(json: &'a Json, wanted: &str) -> Result<&'a str, FieldErrors> {
    json.as_str().ok_or_else(|| FieldErrors::here(wanted))
}

/// What was stored as JSON, read back as strictly as it was read at first.
pub(super) fn load_json<T: FieldType>(row: &Row, name: &str) -> Result<T, Mismatch> {
    let json: Json = row.get(name)?;
    T::read(&json).map_err(|errors| Mismatch {
        column: name.to_owned(),
        wanted: T::KIND.name(),
        found: errors.to_string(),
    })
}
