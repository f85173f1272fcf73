//! The school itself.

use crate::record::{Choice, Email, Record, Text};

/// The school itself. Each tenant has exactly one, and sees only that one.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "organisations", prefix = "org", audit, events)]
pub struct Organisation {
    #[field(create, patch, search, sort)]
    pub name: Text<200>,
    /// The language of pages and mails for people who did not choose one.
    #[field(create, patch, default)]
    pub locale: Locale,
    /// Where people write when the assistant cannot help.
    #[field(create, patch)]
    pub contact: Option<Email>,
}

/// The languages that pages and mails exist in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Choice)]
pub enum Locale {
    #[default]
    Fr,
    En,
}
