//! The one table of error codes. Every crate's error maps to a [`Code`]; HTTP status and exit code follow from it.

use serde::{Deserialize, Serialize};

/// A stable, documented kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    InvalidRequest,
    ValidationFailed,
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PayloadTooLarge,
    UnsupportedMediaType,
    TooManyRequests,
    Internal,
    Unavailable,
    StorageFull,
}

impl Code {
    pub const ALL: [Self; 13] = [
        Self::InvalidRequest,
        Self::ValidationFailed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::Conflict,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::TooManyRequests,
        Self::Internal,
        Self::Unavailable,
        Self::StorageFull,
    ];

    /// HTTP status and title (RFC 9457).
    #[must_use]
    pub const fn row(self) -> (u16, &'static str) {
        match self {
            Self::InvalidRequest => (400, "The request cannot be read"),
            Self::ValidationFailed => (422, "Some fields are not valid"),
            Self::Unauthenticated => (401, "This needs a token"),
            Self::Forbidden => (403, "This needs a permission that you do not have"),
            Self::NotFound => (404, "There is nothing here"),
            Self::MethodNotAllowed => (405, "This address does not take that method"),
            Self::Conflict => (409, "This contradicts what is stored"),
            Self::PayloadTooLarge => (413, "This is too large"),
            Self::UnsupportedMediaType => (415, "This media type is not read here"),
            Self::TooManyRequests => (429, "Too many requests"),
            Self::Internal => (500, "Something went wrong on our side"),
            Self::Unavailable => (503, "This is not available right now"),
            Self::StorageFull => (507, "The disk is full"),
        }
    }

    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().0
    }

    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().1
    }

    /// As serialised.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::ValidationFailed => "validation_failed",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Conflict => "conflict",
            Self::PayloadTooLarge => "payload_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::TooManyRequests => "too_many_requests",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::StorageFull => "storage_full",
        }
    }
}

/// An error that knows its row of the table.
pub trait Coded: std::error::Error {
    fn code(&self) -> Code;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_serialised_by_name() {
        let names: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).expect("serialises"), code.as_str());
            assert!((400..600).contains(&code.status()));
        }
    }
}
