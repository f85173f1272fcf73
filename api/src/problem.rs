//! RFC 9457 problem documents: the one shape of every error, made from the table in `models`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use models::{Code, Coded};
use serde::{Deserialize, Serialize};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Path of the field: `question`, `collections[0]`.
    pub field: String,
    pub message: String,
}

/// An error as the client sees it (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:guichet:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub code: Code,
    /// What happened this time and what to do about it.
    pub detail: Option<String>,
    pub errors: Vec<FieldError>,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..Self::bare(code) }
    }

    #[must_use]
    pub fn bare(code: Code) -> Self {
        Self {
            kind: format!("urn:guichet:problem:{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: None,
            errors: Vec::new(),
        }
    }

    /// One field that is not valid.
    #[must_use]
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let error = FieldError { field: field.into(), message: message.into() };
        Self { errors: vec![error], ..Self::bare(Code::ValidationFailed) }
    }

    /// Seconds after which trying again makes sense.
    const fn retry_after(&self) -> Option<u16> {
        match self.code {
            Code::TooManyRequests => Some(1),
            Code::Unavailable => Some(5),
            _ => None,
        }
    }
}

/// The text of an error on our side stays in the log; the client gets the table's title and what to do.
impl<E: Coded> From<E> for Problem {
    fn from(error: E) -> Self {
        let code = error.code();
        if code.status() < 500 {
            tracing::warn!(code = code.as_str(), %error, "refused");
            return Self::new(code, error.to_string());
        }
        tracing::error!(code = code.as_str(), error = %causes(&error), "failed");
        match code {
            Code::StorageFull => Self::new(code, "Free some space on the disk of the data folder, then try again."),
            Code::Unavailable => Self::new(code, "Try again in a moment; the server's log says what is missing."),
            _ => Self::new(code, "The server's log has the details, under the request's id."),
        }
    }
}

/// An error with everything that led to it, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after();
        let mut response = (status, axum::Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"guichet\""));
        }
        response
    }
}
