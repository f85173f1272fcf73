//! From JSON to typed fields, with everything that is wrong at once.

use serde_json::{Map, Value as Json};

use super::{FieldErrors, FieldType};

/// What a create or a patch takes.
pub trait Input: Sized {
    /// # Errors
    /// Every field that is missing, unknown or not valid.
    fn from_json(json: &Json) -> Result<Self, FieldErrors>;
}

/// A field of a patch: absent is not null.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    #[default]
    Keep,
    Set(T),
}

impl<T> Patch<T> {
    pub fn apply(self, field: &mut T) {
        if let Self::Set(value) = self {
            *field = value;
        }
    }
}

/// Reads the members of one object and collects what is wrong with them.
#[derive(Debug)]
pub struct Members<'a> {
    members: Option<&'a Map<String, Json>>,
    errors: FieldErrors,
}

impl<'a> Members<'a> {
    /// Members other than `known` are refused.
    #[must_use]
    pub fn of(json: &'a Json, known: &[&str]) -> Self {
        let mut errors = FieldErrors::default();
        let members = json.as_object();
        if members.is_none() {
            errors.extend(FieldErrors::here("must be an object"));
        }
        let unknown = members.into_iter().flat_map(Map::keys).filter(|name| !known.contains(&name.as_str()));
        for name in unknown.take(20) {
            errors.add(shortened(name), "is not a field that can be given here");
        }
        Self { members, errors }
    }

    /// The value, or `None` after noting what is wrong with it. A field that may be null need not be there.
    pub fn required<T: FieldType>(&mut self, name: &str) -> Option<T> {
        match self.members?.get(name) {
            Some(json) => self.read(name, json),
            None if T::NULLABLE => self.read(name, &Json::Null),
            None => {
                self.errors.add(name, "is required");
                None
            }
        }
    }

    /// As [`Self::required`], with a value for when it is absent.
    pub fn or_default<T: FieldType + Default>(&mut self, name: &str) -> Option<T> {
        match self.members?.get(name) {
            Some(json) => self.read(name, json),
            None => Some(T::default()),
        }
    }

    pub fn patch<T: FieldType>(&mut self, name: &str) -> Option<Patch<T>> {
        match self.members?.get(name) {
            Some(json) => self.read(name, json).map(Patch::Set),
            None => Some(Patch::Keep),
        }
    }

    fn read<T: FieldType>(&mut self, name: &str, json: &Json) -> Option<T> {
        let wrong = match T::read(json) {
            Ok(value) => return Some(value),
            Err(_) if json.is_null() => FieldErrors::here("must not be null"),
            Err(wrong) => wrong,
        };
        self.errors.extend(wrong.under(name));
        None
    }

    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    #[must_use]
    pub fn into_errors(self) -> FieldErrors {
        self.errors
    }
}

/// A name from outside, fit for a message.
pub(super) fn shortened(name: &str) -> String {
    name.chars().take(80).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
