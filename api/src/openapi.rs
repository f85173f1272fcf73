//! The head of the OpenAPI document; the paths come from the routes.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guichet",
        description = "Ask a school's documents, with the source of every sentence.\n\n\
            Reading needs nothing and shows what everyone may read. Writing needs the local token that the server \
            prints when it starts. With the token, `Guichet-As: role:staff,role:student` chooses on whose behalf one \
            reads; without that header, lists and single documents are unrestricted, searches and answers stay those \
            of everyone.\n\nErrors are RFC 9457 problems with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "answers", description = "Questions answered in the documents' own words"),
        (name = "search", description = "Passages that fit a query"),
        (name = "documents", description = "What the answers come from"),
        (name = "status", description = "What the server has and lacks"),
    ),
    modifiers(&TokenScheme)
)]
pub(crate) struct Head;

struct TokenScheme;

impl Modify for TokenScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("The local token that `guichet serve` prints.".to_owned());
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
