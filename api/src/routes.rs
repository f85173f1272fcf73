//! Every route. `routes!` puts it into the router and into the OpenAPI document at once.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate as _},
    },
};
use utoipa::OpenApi as _;
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{App, UPLOAD_LIMIT, answers, contents, documents, layers, openapi::Head, pages, search, status, upload};

fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(documents::list_documents, upload::create_document))
        .routes(routes!(documents::get_document, documents::delete_document))
        .routes(routes!(documents::retry_document))
        .routes(routes!(documents::stop_document))
        .routes(routes!(contents::get_document_content))
        .routes(routes!(contents::get_document_file))
        .routes(routes!(search::search_passages))
        .routes(routes!(answers::create_answer))
        .routes(routes!(status::get_status))
        .routes(routes!(status::get_liveness))
        .routes(routes!(status::get_readiness))
}

/// The OpenAPI 3.1 document of [`router`].
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// The whole site.
pub fn router(app: App) -> Router {
    let (api, specification) = routes().split_for_parts();
    let compression = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    api.merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", specification))
        .fallback(pages::serve)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(DefaultBodyLimit::max(UPLOAD_LIMIT + upload::FIELDS_LIMIT))
        .layer(CompressionLayer::new().compress_when(compression))
        .layer(middleware::from_fn_with_state(app.clone(), layers::limit_time))
        .layer(middleware::from_fn_with_state(app.clone(), layers::check_host))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn(layers::secure))
        .layer(middleware::from_fn_with_state(app.clone(), layers::identify))
        .with_state(app)
}

/// Serves the whole site until `stop` completes and the requests then running have ended.
///
/// # Errors
///
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(app)).with_graceful_shutdown(stop).await
}
