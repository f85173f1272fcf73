//! What stands in a document: its blocks with their places, and its original file.

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use models::{BlockKind, Document, Format, Span};
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;

use crate::{Problem, identity::Readable};

/// One heading, paragraph, list item or table row, with its place in the document's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BlockView {
    pub kind: BlockKind,
    pub text: String,
    pub page: Option<u32>,
    /// The characters that citations count.
    pub span: Span,
}

/// The text of a document's searchable version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ContentView {
    pub document: Document,
    pub blocks: Vec<BlockView>,
}

/// Shows the text of a document as it is cited.
#[utoipa::path(get, path = "/api/v1/documents/{id}/content", operation_id = "get_document_content", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security((), ("token" = [])),
    responses((status = 200, body = ContentView),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_document_content(found: Readable) -> Result<Json<ContentView>, Problem> {
    let content = found.engine.store.content(&found.document.tenant, found.document.id).await?;
    let view = |(block, span): (&models::Block, Span)| BlockView {
        kind: block.kind,
        text: block.text.clone(),
        page: block.page,
        span,
    };
    let blocks = content.spans().map(view).collect();
    Ok(Json(ContentView { document: found.document, blocks }))
}

/// The file as it was given. A browser shows a PDF and saves everything else; no script in it runs.
#[utoipa::path(get, path = "/api/v1/documents/{id}/file", operation_id = "get_document_file", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security((), ("token" = [])),
    responses((status = 200, description = "The original bytes", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_document_file(found: Readable) -> Result<Response, Problem> {
    let (tenant, id) = (&found.document.tenant, found.document.id);
    let path = found.engine.store.file(tenant, id).await?;
    let opened = async {
        let file = tokio::fs::File::open(&path).await?;
        let bytes = file.metadata().await?.len();
        Ok((file, bytes))
    };
    let (file, bytes) = opened.await.map_err(|error| unreadable(&found.document, &error))?;
    Ok((file_headers(&found.document, bytes), Body::from_stream(ReaderStream::new(file))).into_response())
}

fn unreadable(document: &Document, error: &std::io::Error) -> Problem {
    tracing::error!(document = %document.id, %error, "the original file cannot be read");
    Problem::new(models::Code::Internal, "The original file cannot be read; `guichet doctor` checks the data folder.")
}

fn file_headers(document: &Document, bytes: u64) -> HeaderMap {
    let inline = document.format == Format::Pdf;
    let disposition = format!(
        "{}; filename*=UTF-8''{}",
        if inline { "inline" } else { "attachment" },
        percent_encoded(document.origin.rsplit(['/', '\\']).next().unwrap_or("document"))
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(document.format.media_type()));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers
}

/// RFC 8187: everything but the attribute characters, byte by byte.
fn percent_encoded(name: &str) -> String {
    use std::fmt::Write as _;
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded() {
        assert_eq!(percent_encoded("règlement \"1\".pdf"), "r%C3%A8glement%20%221%22.pdf");
    }
}
