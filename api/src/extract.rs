//! Bodies, queries and the engine, with every refusal as a [`Problem`].

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use futures::StreamExt as _;
use models::Code;
use serde::de::DeserializeOwned;

use crate::{App, Engine, Problem, QUESTION_LIMIT};

/// How long a request waits for a server that is still opening its indexes.
const START_PATIENCE: Duration = Duration::from_secs(8);
/// How much of a body that is too large is still read, so that the client reads our answer instead of a broken pipe.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// The open engine.
pub(crate) struct Ready(pub(crate) Arc<Engine>);

impl FromRequestParts<App> for Ready {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        app.engine.get(START_PATIENCE).await.map(Self)
    }
}

/// A JSON body of at most [`QUESTION_LIMIT`] bytes.
pub(crate) struct ApiJson<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(Code::UnsupportedMediaType, "Send JSON, with `Content-Type: application/json`."));
        }
        let bytes = read_limited(request.into_body(), QUESTION_LIMIT).await?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Broken JSON is 400; JSON of the wrong shape is 422 with the field's path.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.into_inner());
        if inner.is_data() {
            let field = if path == "." { missing_field(&inner.to_string()).unwrap_or(path) } else { path };
            Problem::field(field, without_position(&inner.to_string()))
        } else {
            Problem::new(Code::InvalidRequest, format!("The body is not JSON: {inner}."))
        }
    })
}

/// serde names a missing field only in its message.
fn missing_field(message: &str) -> Option<String> {
    message.strip_prefix("missing field `")?.split('`').next().map(str::to_owned)
}

fn without_position(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
///
/// [`Code::PayloadTooLarge`] with the limit; [`Code::InvalidRequest`] when the client stopped sending.
pub(crate) async fn read_limited(body: Body, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut seen) = (Vec::new(), 0_usize);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Problem::new(Code::InvalidRequest, "The body ended before it was complete."))?;
        seen += piece.len();
        if seen > DRAIN_LIMIT {
            break;
        }
        if seen <= limit {
            bytes.extend_from_slice(&piece);
        }
    }
    if seen > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

pub(crate) fn too_large(limit: usize) -> Problem {
    let (size, unit) = if limit >= 1024 * 1024 { (limit / (1024 * 1024), "MiB") } else { (limit / 1024, "KiB") };
    Problem::new(Code::PayloadTooLarge, format!("The limit here is {size} {unit} ({limit} bytes)."))
}

/// The query string.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|Query(value)| Self(value)).map_err(|rejection| {
            // "Failed to deserialize query string: limit: invalid digit found in string"
            let text = rejection.body_text();
            let message = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest);
            match message.split_once(": ") {
                Some((field, message)) => Problem::field(field, message),
                None => Problem::field("query", message),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Example {
        question: String,
        limit: Option<u8>,
    }

    #[test]
    fn json_refusals_name_the_field() {
        for (body, code, field) in [
            ("{", Code::InvalidRequest, None),
            ("{}", Code::ValidationFailed, Some("question")),
            (r#"{"question": 3}"#, Code::ValidationFailed, Some("question")),
            (r#"{"question": "a", "limit": -1}"#, Code::ValidationFailed, Some("limit")),
        ] {
            let problem = parse::<Example>(body.as_bytes()).expect_err(body);
            assert_eq!(problem.code, code, "{body}");
            assert_eq!(problem.errors.first().map(|error| error.field.as_str()), field, "{body}");
        }
    }

    #[tokio::test]
    async fn a_large_body_is_refused_with_its_limit() {
        let problem = read_limited(Body::from(vec![b'a'; 1_000_000]), QUESTION_LIMIT).await.expect_err("too large");
        assert_eq!(problem.code, Code::PayloadTooLarge);
        assert!(problem.detail.expect("a detail").contains("64 KiB"));
    }
}
