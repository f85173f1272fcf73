//! What the server has and lacks, and whether it is alive and ready.

use std::collections::BTreeMap;

use axum::{Json, extract::State, http::StatusCode};
use models::Code;
use serde::{Deserialize, Serialize};

use crate::{App, Problem, extract::Ready, identity::Reader};

/// The embedding model in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct EmbedderView {
    pub name: String,
    /// `fp32`, `int8`, `candle`, `remote`, …
    pub variant: String,
    pub dimensions: usize,
}

/// What the server has and lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Status {
    pub version: String,
    /// Documents in each state, of those that the reader may see.
    pub documents: BTreeMap<String, u64>,
    /// Their searchable chunks.
    pub chunks: u64,
    pub embedder: Option<EmbedderView>,
    /// Why there is no embedder: answers then rest on words alone.
    pub embedder_missing: Option<String>,
    /// Whether the pages were built into the program.
    pub pages: bool,
}

/// What the server has and lacks.
#[utoipa::path(get, path = "/api/v1/status", operation_id = "get_status", tag = "status",
    security((), ("token" = [])),
    responses((status = 200, body = Status), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_status(
    reader: Reader,
    State(app): State<App>,
    Ready(engine): Ready,
) -> Result<Json<Status>, Problem> {
    let counts = engine.store.counts(&app.settings.tenant, reader.grants().as_deref()).await?;
    let embedder = engine.embedder.as_ref().ok().map(|info| EmbedderView {
        name: info.name.clone(),
        variant: info.variant.clone(),
        dimensions: info.dimensions,
    });
    Ok(Json(Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        documents: named(&counts.documents),
        chunks: counts.chunks,
        embedder,
        embedder_missing: engine.embedder.as_ref().err().cloned(),
        pages: app.pages.present(),
    }))
}

/// Counts under the states' own names.
pub(crate) fn named(counts: &BTreeMap<models::DocumentState, u64>) -> BTreeMap<String, u64> {
    counts.iter().map(|(state, count)| (state.as_str().to_owned(), *count)).collect()
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", operation_id = "get_liveness", tag = "status",
    responses((status = 204, description = "The process answers")))]
pub(crate) async fn get_liveness() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Indexes and model are open, and the store answers.
#[utoipa::path(get, path = "/health/ready", operation_id = "get_readiness", tag = "status",
    responses((status = 204, description = "Questions are answered"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get_readiness(State(app): State<App>) -> Result<StatusCode, Problem> {
    let engine = app.engine.now().ok_or_else(|| Problem::new(Code::Unavailable, "The server is still starting."))?;
    engine.store.counts(&app.settings.tenant, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
