//! What is wrong with an input: every field at once, each with its path.

use std::fmt;

use serde::Serialize;

use crate::{Code, Coded};

/// One field's problem. `period.end` is a member, `skills.3` an item; an empty path is the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    pub field: String,
    /// Follows the field's name in a sentence: `is required`.
    pub message: String,
}

/// Everything that is wrong with one input; never empty when it is an error.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    #[must_use]
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }

    /// About the value itself; whoever holds it puts the path before it with [`Self::under`].
    #[must_use]
    pub fn here(message: impl Into<String>) -> Self {
        Self::one("", message)
    }

    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }

    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same problems, one level deeper.
    #[must_use]
    pub fn under(mut self, name: &str) -> Self {
        for error in &mut self.0 {
            error.field = if error.field.is_empty() { name.to_owned() } else { format!("{name}.{}", error.field) };
        }
        self
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.0.iter()
    }

    /// # Errors
    /// Itself, unless it is empty.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, FieldError { field, message }) in self.0.iter().enumerate() {
            let (separator, field) = (if number > 0 { "; " } else { "" }, if field.is_empty() { "it" } else { field });
            write!(f, "{separator}{field} {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

impl Coded for FieldErrors {
    fn code(&self) -> Code {
        Code::ValidationFailed
    }
}
