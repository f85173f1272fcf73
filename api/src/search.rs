//! Passages that fit a query.

use axum::{Json, extract::State};
use models::Collection;
use rag::{Mode, SearchRequest, SearchResult};
use serde::{Deserialize, Serialize};

use crate::{
    App, Problem,
    extract::{ApiJson, Ready},
    identity::Reader,
};

/// Most passages that one search returns.
const MAX_LIMIT: usize = 100;

/// A search.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchBody {
    #[schema(example = "How many absences are allowed?")]
    pub query: String,
    /// `hybrid` unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Passages wanted, 1 to 100; 10 unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub limit: Option<usize>,
    /// Only these collections; empty or absent means all.
    #[serde(default)]
    pub collections: Vec<Collection>,
}

impl SearchBody {
    fn check(self) -> Result<SearchRequest, Problem> {
        let limit = self.limit.unwrap_or(10);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::field("limit", format!("must be 1 to {MAX_LIMIT}")));
        }
        let mode = self.mode.unwrap_or_default();
        Ok(SearchRequest { query: self.query, mode, limit, collections: self.collections, any_validity: false })
    }
}

/// Finds passages.
#[utoipa::path(post, path = "/api/v1/search", operation_id = "search_passages", tag = "search",
    params(("Guichet-As" = Option<String>, Header, description = "Grants to read with; needs the token")),
    request_body = SearchBody, security((), ("token" = [])),
    responses((status = 200, body = SearchResult),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 64 KiB"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn search_passages(
    reader: Reader,
    Ready(engine): Ready,
    State(app): State<App>,
    ApiJson(body): ApiJson<SearchBody>,
) -> Result<Json<SearchResult>, Problem> {
    let request = body.check()?;
    let _turn = app.take_question_turn()?;
    Ok(Json(engine.retriever.search(&reader.scope, &request).await?))
}
