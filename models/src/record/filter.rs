//! Which records a list shows.

use serde_json::Value as Json;

use jiff::Timestamp;

use super::{FieldErrors, FieldType, Kind, Value, input::shortened};

/// What a list is narrowed by; made of typed fields, or of a query string.
pub trait Filter: Default + Sized {
    /// `teacher=usr_1&teacher=usr_2` is any of the two; dates, times and numbers take `starts.from=` (that or later)
    /// and `starts.before=`; `teacher.empty=true` is none.
    ///
    /// # Errors
    /// Every pair that names no filter, or whose value cannot be read.
    fn from_pairs(pairs: &[(String, String)]) -> Result<Self, FieldErrors>;

    fn conditions(&self) -> Vec<Condition>;
}

/// One condition on one column; all of a list's conditions hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub column: String,
    pub test: Test,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    AnyOf(Vec<Value>),
    AtLeast(Value),
    Above(Value),
    Below(Value),
    Empty(bool),
}

/// What is asked of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Is<T> {
    /// Empty asks nothing.
    pub any_of: Vec<T>,
    /// That or later; for a range of time, still running then.
    pub from: Option<Value>,
    /// Earlier than that; for a range of time, begun by then.
    pub before: Option<Value>,
    pub empty: Option<bool>,
}

impl<T> Default for Is<T> {
    fn default() -> Self {
        Self { any_of: Vec::new(), from: None, before: None, empty: None }
    }
}

impl<T> From<T> for Is<T> {
    fn from(value: T) -> Self {
        Self { any_of: vec![value], ..Self::default() }
    }
}

impl<T: FieldType> Is<T> {
    /// More values in one list than anybody chooses by hand.
    const MOST: usize = 100;

    /// Takes the pairs that are about the field `name` out of a query string.
    ///
    /// # Errors
    /// What of them cannot be read.
    pub fn from_pairs(name: &str, pairs: &[(String, String)]) -> Result<Self, FieldErrors> {
        let (mut is, mut errors) = (Self::default(), FieldErrors::default());
        for (key, value) in pairs {
            let Some(modifier) = key.strip_prefix(name) else { continue };
            let wrong = match modifier {
                "" if matches!(T::KIND, Kind::TimeRange) => {
                    Err(FieldErrors::here("is filtered by `.from` and `.before`"))
                }
                "" => T::read_text(value).map(|value| is.any_of.push(value)),
                ".from" => Self::bound(value).map(|bound| is.from = Some(bound)),
                ".before" => Self::bound(value).map(|bound| is.before = Some(bound)),
                ".empty" => bool::read_text(value).map(|empty| is.empty = Some(empty)),
                _ => continue,
            };
            if let Err(wrong) = wrong {
                errors.extend(wrong.under(key));
            }
        }
        if is.any_of.len() > Self::MOST {
            errors.add(name, format!("must be given at most {} times", Self::MOST));
        }
        errors.into_result().map(|()| is)
    }

    fn bound(text: &str) -> Result<Value, FieldErrors> {
        let mut values = Vec::new();
        match T::KIND {
            Kind::Date | Kind::Timestamp => T::read_text(text)?.store(&mut values),
            Kind::TimeRange => Timestamp::read_text(text)?.store(&mut values),
            Kind::Integer { .. } => {
                values.push(text.parse::<i64>().map_err(|_| FieldErrors::here("must be a whole number"))?.into());
            }
            _ => return Err(FieldErrors::here("is not something with an order")),
        }
        Ok(values.pop().unwrap_or(Value::Null))
    }

    #[must_use]
    pub fn conditions(&self, name: &str) -> Vec<Condition> {
        let ranged = matches!(T::KIND, Kind::TimeRange);
        let column = |suffix: &str| if ranged { format!("{name}_{suffix}") } else { name.to_owned() };
        let mut conditions = Vec::new();
        if !self.any_of.is_empty() {
            let mut values = Vec::new();
            self.any_of.iter().for_each(|value| value.store(&mut values));
            conditions.push(Condition { column: column("start"), test: Test::AnyOf(values) });
        }
        if let Some(from) = self.from.clone() {
            let test = if ranged { Test::Above(from) } else { Test::AtLeast(from) };
            conditions.push(Condition { column: column("end"), test });
        }
        if let Some(before) = self.before.clone() {
            conditions.push(Condition { column: column("start"), test: Test::Below(before) });
        }
        if let Some(empty) = self.empty {
            conditions.push(Condition { column: column("start"), test: Test::Empty(empty) });
        }
        conditions
    }
}

/// Refuses the pairs that name none of the fields.
///
/// # Errors
/// One for each.
pub fn only_known(pairs: &[(String, String)], names: &[&str]) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    for (key, _) in pairs {
        let name = ["", ".from", ".before", ".empty"]
            .iter()
            .find_map(|end| key.strip_suffix(end).filter(|name| names.contains(name)));
        if name.is_none() {
            errors.add(shortened(key), "is not a filter of this list");
        }
    }
    errors.into_result()
}

/// For the documentation of a list: which parameters a field's filter takes.
#[must_use]
pub fn modifiers(kind: &Kind, nullable: bool) -> Vec<&'static str> {
    let mut modifiers = if matches!(kind, Kind::TimeRange) { vec![] } else { vec![""] };
    if matches!(kind, Kind::Date | Kind::Timestamp | Kind::TimeRange | Kind::Integer { .. }) {
        modifiers.extend([".from", ".before"]);
    }
    if nullable {
        modifiers.push(".empty");
    }
    modifiers
}

/// As JSON, for what identifies a list: its cursor holds for this filter only.
#[must_use]
pub fn fingerprint(conditions: &[Condition]) -> Json {
    conditions.iter().map(|condition| Json::from(format!("{condition:?}"))).collect()
}
