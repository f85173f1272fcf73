//! The list of documents and what may be done to one.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use models::{Collection, Document, DocumentState};
use serde::{Deserialize, Serialize};
use store::DocumentFilter;

use crate::{
    App, Problem,
    extract::{ApiQuery, Ready},
    identity::{Readable, Reader, Writable},
    status::named,
};

/// Most documents in one page of the list.
const MAX_LIMIT: u32 = 200;

/// Which documents a list shows.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Documents per page, 1 to 200; 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    state: Option<DocumentState>,
    #[param(value_type = Option<String>)]
    collection: Option<Collection>,
    /// Part of the title or of the origin.
    q: Option<String>,
}

/// One page of documents.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DocumentList {
    pub items: Vec<Document>,
    /// Absent on the last page.
    pub next_cursor: Option<String>,
    /// Documents in each state, of those that the reader may see, whatever the filter.
    pub counts: BTreeMap<String, u64>,
}

/// Lists documents, the newest first.
#[utoipa::path(get, path = "/api/v1/documents", operation_id = "list_documents", tag = "documents",
    params(ListQuery, ("Guichet-As" = Option<String>, Header, description = "Grants to read with; needs the token")),
    security((), ("token" = [])),
    responses((status = 200, body = DocumentList),
        (status = 422, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list_documents(
    reader: Reader,
    Ready(engine): Ready,
    State(app): State<App>,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> Result<Json<DocumentList>, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", format!("must be 1 to {MAX_LIMIT}")));
    }
    let tenant = &app.settings.tenant;
    let filter =
        DocumentFilter { state: query.state, collection: query.collection, text: query.q, grants: reader.grants() };
    let page = engine.store.documents(tenant, &filter, query.cursor.as_deref(), limit).await?;
    let counts = named(&engine.store.counts(tenant, filter.grants.as_deref()).await?.documents);
    Ok(Json(DocumentList { items: page.items, next_cursor: page.next_cursor, counts }))
}

/// Shows a document.
#[utoipa::path(get, path = "/api/v1/documents/{id}", operation_id = "get_document", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security((), ("token" = [])),
    responses((status = 200, body = Document),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_document(found: Readable) -> Json<Document> {
    Json(found.document)
}

/// Deletes a document. It leaves both indexes and new answers at once.
#[utoipa::path(delete, path = "/api/v1/documents/{id}", operation_id = "delete_document", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security(("token" = [])),
    responses((status = 204, description = "It is gone"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn delete_document(found: Writable) -> Result<StatusCode, Problem> {
    found.engine.pipeline.delete(&found.document.tenant, found.document.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Queues a document that failed, was stopped or was not read, once more.
#[utoipa::path(post, path = "/api/v1/documents/{id}/retry", operation_id = "retry_document", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security(("token" = [])),
    responses((status = 202, body = Document),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn retry_document(found: Writable) -> Result<(StatusCode, Json<Document>), Problem> {
    let (tenant, id) = (&found.document.tenant, found.document.id);
    found.engine.pipeline.retry(tenant, id).await?;
    Ok((StatusCode::ACCEPTED, Json(found.engine.store.document(tenant, id).await?)))
}

/// Takes a document that waits out of the queue.
#[utoipa::path(post, path = "/api/v1/documents/{id}/stop", operation_id = "stop_document", tag = "documents",
    params(("id" = String, Path, description = "`doc_…`")), security(("token" = [])),
    responses((status = 202, body = Document),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn stop_document(found: Writable) -> Result<(StatusCode, Json<Document>), Problem> {
    let (tenant, id) = (&found.document.tenant, found.document.id);
    found.engine.pipeline.stop(tenant, Some(id)).await?;
    Ok((StatusCode::ACCEPTED, Json(found.engine.store.document(tenant, id).await?)))
}
