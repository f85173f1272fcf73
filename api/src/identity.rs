//! Who asks: everyone, or whoever holds the local token. A handler gets a [`Reader`] or a [`Writer`], or is not reached.

use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use models::{Code, Document, DocumentId, Grant, Scope};
use std::sync::Arc;

use crate::{App, Engine, Problem, extract::Ready};

/// Chooses on whose behalf the holder of the token reads: grants separated by commas.
pub(crate) const AS_HEADER: &str = "guichet-as";

/// Somebody who reads.
pub(crate) struct Reader {
    pub(crate) scope: Scope,
    /// The holder of the token who did not choose grants lists and opens every document.
    unrestricted: bool,
}

impl Reader {
    /// Whose documents a list shows; `None` is all of them.
    pub(crate) fn grants(&self) -> Option<Vec<Grant>> {
        (!self.unrestricted).then(|| self.scope.grants().to_vec())
    }

    fn may_open(&self, document: &Document) -> bool {
        self.unrestricted || document.audience.admits(&self.scope)
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let authorised = authorised(&parts.headers, app)?;
        let chosen = chosen_grants(&parts.headers)?;
        if chosen.is_some() && !authorised {
            return Err(Problem::new(
                Code::Unauthenticated,
                "Choosing grants with `Guichet-As` needs the local token.",
            ));
        }
        let unrestricted = authorised && chosen.is_none();
        let actor = if authorised { "local" } else { "visitor" };
        let tenant = app.settings.tenant.clone();
        let scope = Scope::new(tenant, actor, chosen.unwrap_or_default(), app.clock.today());
        Ok(Self { scope, unrestricted })
    }
}

/// Somebody who may change things: the holder of the local token.
pub(crate) struct Writer {
    pub(crate) scope: Scope,
}

impl FromRequestParts<App> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !authorised(&parts.headers, app)? {
            return Err(Problem::new(
                Code::Unauthenticated,
                "Changing documents needs the local token that `guichet serve` prints: \
                 send `Authorization: Bearer TOKEN`, or open the address it printed.",
            ));
        }
        Ok(Self { scope: Scope::new(app.settings.tenant.clone(), "local", Vec::new(), app.clock.today()) })
    }
}

/// Whether the request carries the token; a wrong one is refused rather than ignored.
fn authorised(headers: &HeaderMap, app: &App) -> Result<bool, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(false) };
    let token = value.to_str().ok().and_then(|text| text.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && app.token.matches(token.trim()) => Ok(true),
        _ => Err(Problem::new(
            Code::Unauthenticated,
            "This is not the token of the running server. A new one is made at each start; `guichet serve` prints it.",
        )),
    }
}

fn chosen_grants(headers: &HeaderMap) -> Result<Option<Vec<Grant>>, Problem> {
    let Some(value) = headers.get(AS_HEADER) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Problem::field("Guichet-As", "is not readable text"))?;
    let grants = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse::<Grant>);
    grants.collect::<Result<_, _>>().map(Some).map_err(|error| Problem::field("Guichet-As", error.to_string()))
}

/// A document that the reader may see, loaded from the path's `id`. Someone else's is answered like a missing one.
pub(crate) struct Readable {
    pub(crate) document: Document,
    pub(crate) engine: Arc<Engine>,
}

impl FromRequestParts<App> for Readable {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let reader = Reader::from_request_parts(parts, app).await?;
        let (document, engine) = load(parts, app).await?;
        if reader.may_open(&document) { Ok(Self { document, engine }) } else { Err(missing()) }
    }
}

/// A document that the writer may change, loaded from the path's `id`.
pub(crate) struct Writable {
    pub(crate) document: Document,
    pub(crate) engine: Arc<Engine>,
}

impl FromRequestParts<App> for Writable {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Writer::from_request_parts(parts, app).await?;
        let (document, engine) = load(parts, app).await?;
        Ok(Self { document, engine })
    }
}

async fn load(parts: &mut Parts, app: &App) -> Result<(Document, Arc<Engine>), Problem> {
    let path = Path::<String>::from_request_parts(parts, app).await.map_err(|_| missing())?;
    let id: DocumentId = path.parse().map_err(|_| missing())?;
    let Ready(engine) = Ready::from_request_parts(parts, app).await?;
    match engine.store.document(&app.settings.tenant, id).await {
        Ok(document) => Ok((document, engine)),
        Err(error) if models::Coded::code(&error) == Code::NotFound => Err(missing()),
        Err(error) => Err(error.into()),
    }
}

fn missing() -> Problem {
    Problem::new(Code::NotFound, "There is no such document, or it is not for you.")
}
