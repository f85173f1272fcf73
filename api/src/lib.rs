//! HTTP: extractors, routes, problem+json, OpenAPI from the real routes. No business rule lives here.
//!
//! [`router`] makes the whole site from an [`App`]. A line `routes!(…)` in [`routes`] is a route and its specification
//! at once.

mod answers;
mod app;
mod contents;
mod documents;
mod extract;
mod identity;
mod layers;
mod openapi;
mod pages;
mod problem;
mod routes;
mod search;
mod status;
mod upload;

pub use app::{App, Engine, EngineSlot, LocalToken, Settings};
pub use documents::DocumentList;
pub use pages::{NoPages, Page, Pages};
pub use problem::{FieldError, Problem};
pub use routes::{openapi, router, serve};
pub use search::SearchBody;
pub use status::Status;

/// The largest body of a question or a search, in bytes.
pub const QUESTION_LIMIT: usize = 64 * 1024;
/// The largest file that can be uploaded, in bytes.
pub const UPLOAD_LIMIT: usize = 100 * 1024 * 1024;
