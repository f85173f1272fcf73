//! Taking a document in.

use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State, multipart::Field},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ingest::{Beside, Upload};
use models::{Code, Collection, Document, Grant};
use store::Registered;

use crate::{
    App, Problem, UPLOAD_LIMIT,
    extract::{Ready, too_large},
    identity::Writer,
};

/// Room for the fields beside the file.
pub(crate) const FIELDS_LIMIT: usize = 256 * 1024;

/// The form of an upload.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it documents the form, which is read field by field")]
struct UploadForm {
    /// At most 100 MiB.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Shelf to put it on.
    #[schema(value_type = Option<String>)]
    collection: Option<Collection>,
    /// Who may read it: `everyone`, `role:student`, …; repeat the field for several.
    #[schema(value_type = Option<Vec<String>>)]
    audience: Vec<Grant>,
    /// What identifies it; the file's name unless said otherwise. The same origin again is a new version.
    origin: Option<String>,
    /// What stood beside the file, as the command line sends it (JSON).
    beside: Option<String>,
}

/// Takes a document in and queues it: 202, or 200 where exactly this was read before.
#[utoipa::path(post, path = "/api/v1/documents", operation_id = "create_document", tag = "documents",
    request_body(content = UploadForm, content_type = "multipart/form-data"), security(("token" = [])),
    responses((status = 202, body = Document, description = "Queued", headers(("Location" = String))),
        (status = 200, body = Document, description = "Unchanged: nothing to do"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 100 MiB"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_document(
    writer: Writer,
    Ready(engine): Ready,
    State(app): State<App>,
    request: Request,
) -> Result<Response, Problem> {
    let _turn = app.take_upload_turn()?;
    let upload = read_form(request).await?;
    let registered = engine.pipeline.add_upload(&writer.scope.tenant, upload).await?;
    let document = engine.store.document(&writer.scope.tenant, registered.id()).await?;
    let status = if matches!(registered, Registered::Unchanged(_)) { StatusCode::OK } else { StatusCode::ACCEPTED };
    let location = HeaderValue::from_str(&format!("/api/v1/documents/{}", document.id));
    let location = location.map_err(|_| Problem::bare(Code::Internal))?;
    Ok((status, [(header::LOCATION, location)], Json(document)).into_response())
}

async fn read_form(request: Request) -> Result<Upload, Problem> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|rejection| {
        Problem::new(Code::UnsupportedMediaType, format!("Send a form: {}.", rejection.body_text()))
    })?;
    let (mut file, mut origin, mut beside, mut collection, mut audience) = (None, None, None, None, Vec::new());
    let mut room = FIELDS_LIMIT;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        match field.name().unwrap_or_default().to_owned().as_str() {
            "file" => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = Some((name, bytes(field, UPLOAD_LIMIT).await?));
            }
            "collection" => collection = parsed("collection", &text(field, &mut room).await?)?,
            "audience" => audience.extend(parsed::<Grant>("audience", &text(field, &mut room).await?)?),
            "origin" => origin = Some(text(field, &mut room).await?),
            "beside" => beside = Some(text(field, &mut room).await?),
            other => return Err(Problem::field(other, "is no field of this form")),
        }
    }
    let (name, bytes) = file.ok_or_else(|| Problem::field("file", "is missing"))?;
    let mut beside = match beside {
        Some(json) => serde_json::from_str(&json).map_err(|error| Problem::field("beside", error.to_string()))?,
        None => Beside::default(),
    };
    if collection.is_some() {
        beside.command.collection = collection;
    }
    if !audience.is_empty() {
        beside.command.audience = Some(audience);
    }
    let origin = checked_origin(&origin.unwrap_or(name))?;
    Ok(Upload { origin, bytes, beside })
}

/// An origin is shown and searched, never opened; a path that climbs would only confuse.
fn checked_origin(origin: &str) -> Result<String, Problem> {
    let origin = origin.trim();
    if origin.is_empty() || origin.chars().count() > 1000 || origin.chars().any(char::is_control) {
        return Err(Problem::field("origin", "must be 1 to 1000 printable characters; give the file a name"));
    }
    Ok(origin.to_owned())
}

/// An empty field says nothing.
fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<Option<T>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: T::Err| Problem::field(name, error.to_string()))
}

async fn text(field: Field<'_>, room: &mut usize) -> Result<String, Problem> {
    let name = field.name().unwrap_or_default().to_owned();
    let bytes = bytes(field, *room).await?;
    *room -= bytes.len();
    String::from_utf8(bytes).map_err(|_| Problem::field(name, "is not UTF-8"))
}

async fn bytes(mut field: Field<'_>, limit: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| broken(&error))? {
        if bytes.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn broken(error: &axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large(UPLOAD_LIMIT);
    }
    Problem::new(Code::InvalidRequest, format!("The form cannot be read: {}.", error.body_text()))
}
