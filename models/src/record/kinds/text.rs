//! Texts that know their limits.

use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization as _;

use super::{transparent, within};
use crate::record::{FieldErrors, FieldType, Kind, Mismatch, Row, Value, field::text};

/// One line of 1 to `MAX` characters, without spaces around it, in Unicode's composed form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(String);

/// Markdown of at most `MAX` characters; it may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct RichText<const MAX: usize>(String);

/// An address in lower case, so that one person is not two.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl<const MAX: usize> Text<MAX> {
    /// # Errors
    /// When it is empty, longer than `MAX` characters, or holds control characters.
    pub fn new(text: &str) -> Result<Self, FieldErrors> {
        within(text, MAX)?;
        let text: String = text.trim().nfc().collect();
        if text.is_empty() {
            return Err(FieldErrors::here("must not be empty"));
        }
        if text.chars().any(char::is_control) {
            return Err(FieldErrors::here("must be one line without control characters"));
        }
        Ok(Self(text))
    }
}

impl<const MAX: usize> RichText<MAX> {
    /// # Errors
    /// When it is longer than `MAX` characters, or holds control characters other than line ends and tabs.
    pub fn new(text: &str) -> Result<Self, FieldErrors> {
        within(text, MAX)?;
        let text: String = text.replace("\r\n", "\n").nfc().collect();
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(FieldErrors::here("must not hold control characters"));
        }
        Ok(Self(text))
    }
}

impl Email {
    /// # Errors
    /// When it cannot be an address that mail is delivered to.
    pub fn new(text: &str) -> Result<Self, FieldErrors> {
        within(text, 254)?;
        let address = text.trim().to_lowercase();
        let good = address.split_once('@').is_some_and(|(local, domain)| {
            let local_fits = (1..=64).contains(&local.len())
                && local.chars().all(|c| c.is_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c))
                && local.split('.').all(|part| !part.is_empty());
            let label_fits = |label: &str| {
                (1..=63).contains(&label.len())
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                    && !label.starts_with('-')
                    && !label.ends_with('-')
            };
            local_fits && domain.contains('.') && domain.split('.').all(label_fits)
        });
        if good { Ok(Self(address)) } else { Err(FieldErrors::here("must be an e-mail address")) }
    }
}

macro_rules! text_field {
    ($($generics:ident)?, $type:ty, $kind:expr) => {
        impl$(<const $generics: usize>)? FieldType for $type {
            const KIND: Kind = $kind;
            type Plain = Self;

            fn read(json: &Json) -> Result<Self, FieldErrors> {
                Self::new(text(json, "must be a text")?)
            }

            fn json(&self) -> Json {
                self.0.as_str().into()
            }

            fn store(&self, values: &mut Vec<Value>) {
                values.push(self.0.as_str().into());
            }

            fn load(row: &Row, name: &str) -> Result<Self, Mismatch> {
                row.get(name).map(Self)
            }
        }

        impl$(<const $generics: usize>)? $type {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl$(<const $generics: usize>)? std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl$(<const $generics: usize>)? std::str::FromStr for $type {
            type Err = FieldErrors;

            fn from_str(text: &str) -> Result<Self, FieldErrors> {
                Self::new(text)
            }
        }

        transparent!($($generics)?, $type);
    };
}

text_field!(MAX, Text<MAX>, Kind::Text { max: MAX });
text_field!(MAX, RichText<MAX>, Kind::RichText { max: MAX });
text_field!(, Email, Kind::Email);
