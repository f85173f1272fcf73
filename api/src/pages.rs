//! The site's pages: files from a [`Pages`], and the single-page application's entry for every other address.

use std::borrow::Cow;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use models::Code;

use crate::{App, Problem};

/// One file of the site.
#[derive(Debug, Clone)]
pub struct Page {
    pub bytes: Cow<'static, [u8]>,
    pub media_type: String,
    /// Changes with the bytes; without quotes.
    pub etag: String,
}

/// Where the site's files come from.
pub trait Pages: Send + Sync {
    /// The file at a path without leading slash, such as `index.html`.
    fn get(&self, path: &str) -> Option<Page>;

    /// Whether the site was built.
    fn present(&self) -> bool {
        self.get(INDEX).is_some()
    }
}

/// A server without pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPages;

impl Pages for NoPages {
    fn get(&self, _: &str) -> Option<Page> {
        None
    }
}

const INDEX: &str = "index.html";

/// Shown instead of the site where it was not built.
const MISSING: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Guichet</title>\
<style>body{font:16px/1.5 system-ui;margin:3rem auto;max-width:40rem;padding:0 1rem}</style>\
<h1>Guichet is running, without its pages</h1>\
<p>The pages were not built into this program. Install Node 20, then run <code>make web</code> and build again, \
or <code>make run</code>, which does both.</p>\
<p lang=\"fr\">Guichet fonctionne, mais ses pages n’ont pas été construites. Installez Node 20, puis lancez \
<code>make run</code>.</p>\
<p>Meanwhile: <code>guichet ask \"…\"</code>, or the <a href=\"/api/docs/\">interactive documentation</a>.</p></html>";

/// Everything that is no route of the API.
pub(crate) async fn serve(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path == "/api" || path.starts_with("/health") {
        return Problem::new(Code::NotFound, "The API has no such address; see /api/docs.").into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return method_not_allowed().await.into_response();
    }
    let name = path.trim_start_matches('/');
    let name = if name.is_empty() { INDEX } else { name };
    if let Some(page) = app.pages.get(name) {
        return respond(name, page, request.headers());
    }
    // A name with a dot is a file; any other address belongs to the application, which knows its own.
    if name.rsplit('/').next().is_some_and(|last| last.contains('.')) && name != INDEX {
        return Problem::new(Code::NotFound, "There is no such file.").into_response();
    }
    match app.pages.get(INDEX) {
        Some(page) => respond(INDEX, page, request.headers()),
        None => html(StatusCode::OK, MISSING),
    }
}

pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(Code::MethodNotAllowed, "The `Allow` header lists the methods of this address.")
}

fn html(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

fn respond(name: &str, page: Page, request: &HeaderMap) -> Response {
    // Names in `assets/` carry a hash of their content.
    let lasting = name.starts_with("assets/");
    let caching = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    let etag = format!("\"{}\"", page.etag);
    let known = request.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
    let headers =
        [(header::CACHE_CONTROL, caching.to_owned()), (header::ETAG, etag), (header::CONTENT_TYPE, page.media_type)];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = match page.bytes {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    };
    (headers, body).into_response()
}
