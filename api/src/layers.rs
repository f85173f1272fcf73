//! What surrounds every request: its id and log line, security headers, the check of the host name, the time limit.

use std::{
    any::Any,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use models::Code;

use crate::{App, Problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Pages load only what this server ships; nothing frames them.
const PAGE_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
     worker-src 'self' blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// Gives the request an id, and writes one line about it when it is done. Neither query nor body is logged.
pub(crate) async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed) & 0xff_ffff;
    let id = format!("req_{:x}{number:06x}", app.clock.now().as_millisecond());
    let (method, path, started) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let span = tracing::info_span!("request", %id);
    let mut response = tracing::Instrument::instrument(next.run(request), span).await;
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%id, %method, path, status = response.status().as_u16(), ms, "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Headers that keep a browser from doing more with a response than was meant. A response may bring its own.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses a host name that is not ours, where the settings name ours.
pub(crate) async fn check_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(allowed) = &app.settings.hosts else { return next.run(request).await };
    let host = request.uri().host().or_else(|| host_header(request.headers()));
    match host {
        Some(host) if allowed.iter().any(|name| name.eq_ignore_ascii_case(host)) => next.run(request).await,
        _ => Problem::new(
            Code::InvalidRequest,
            "This server does not answer under that host name. Use the address it printed, or list the name under \
             `hosts` in its configuration.",
        )
        .into_response(),
    }
}

/// The host name without port or brackets.
fn host_header(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(header::HOST)?.to_str().ok()?;
    if let Some(rest) = text.strip_prefix('[') {
        return rest.split_once(']').map(|(host, _)| host);
    }
    Some(text.rsplit_once(':').map_or(text, |(host, _)| host))
}

/// Ends requests that take too long; a stream that has begun goes on.
pub(crate) async fn limit_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let upload = request.method() == Method::POST && request.uri().path() == "/api/v1/documents";
    let limit = if upload { app.settings.timeout * 10 } else { app.settings.timeout };
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            Code::Unavailable,
            format!("This took longer than {} seconds and was stopped.", limit.as_secs()),
        )
        .into_response(),
    }
}

/// A panic is our mistake: the client gets a problem, the log the text.
#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http calls")]
pub(crate) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("no text"), "a handler panicked");
    Problem::new(Code::Internal, "The server's log has the details, under the request's id.").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lose_port_and_brackets() {
        for (header, host) in [
            ("localhost", "localhost"),
            ("127.0.0.1:8080", "127.0.0.1"),
            ("[::1]:8080", "::1"),
            ("evil.example:80", "evil.example"),
        ] {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(header))]);
            assert_eq!(host_header(&headers), Some(host), "{header}");
        }
    }
}
