//! Several of a kind, in order.

use serde_json::Value as Json;

use crate::record::{FieldErrors, FieldType, Kind, Mismatch, Row, Value, field::load_json};

/// At most `MAX` items.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

impl<T, const MAX: usize> List<T, MAX> {
    /// # Errors
    /// When there are more than `MAX`.
    pub fn new(items: Vec<T>) -> Result<Self, FieldErrors> {
        if items.len() <= MAX { Ok(Self(items)) } else { Err(Self::too_many(items.len())) }
    }

    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.0
    }

    fn too_many(count: usize) -> FieldErrors {
        FieldErrors::here(format!("must have at most {MAX} items, not {count}"))
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: FieldType, const MAX: usize> FieldType for List<T, MAX> {
    const KIND: Kind = Kind::List { of: &T::KIND, max: MAX };
    type Plain = Self;

    fn read(json: &Json) -> Result<Self, FieldErrors> {
        let items = json.as_array().ok_or_else(|| FieldErrors::here("must be a list"))?;
        if items.len() > MAX {
            return Err(Self::too_many(items.len()));
        }
        let (mut read, mut errors) = (Vec::with_capacity(items.len()), FieldErrors::default());
        for (position, item) in items.iter().enumerate() {
            match T::read(item) {
                Ok(item) => read.push(item),
                Err(wrong) => errors.extend(wrong.under(&position.to_string())),
            }
        }
        errors.into_result().map(|()| Self(read))
    }

    fn json(&self) -> Json {
        self.0.iter().map(T::json).collect()
    }

    fn store(&self, values: &mut Vec<Value>) {
        values.push(Value::Json(self.json()));
    }

    fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
        load_json(row, name)
    }
}
