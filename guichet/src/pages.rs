//! The built pages, embedded in the program.

use api::{Page, Pages};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../web/app/dist"]
struct Built;

/// The files of `web/app/dist` as they were when the program was built; none without Node.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedPages;

impl Pages for EmbeddedPages {
    fn get(&self, path: &str) -> Option<Page> {
        let file = Built::get(path)?;
        let hash = file.metadata.sha256_hash();
        let etag = store::hex(&hash[..12]);
        Some(Page { bytes: file.data, media_type: media_type(path).to_owned(), etag })
    }
}

/// Of the files that a web build makes.
fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "pdf" => "application/pdf",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
