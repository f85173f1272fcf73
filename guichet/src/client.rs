//! Talks to the server that holds the data folder, over the loopback address.

use std::time::Duration;

use api::{Problem, SearchBody};
use models::{Answer, Collection, Document, DocumentId, Grant};
use rag::SearchResult;
use reqwest::{Method, RequestBuilder, Response, header};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::{
    failure::{Failure, Outcome, causes},
    lock::ServerDoor,
};

/// A client of one running server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    door: ServerDoor,
}

/// One file to upload.
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
    /// Form fields beside the file.
    pub fields: Vec<(&'static str, String)>,
}

impl Client {
    /// # Errors
    ///
    /// When the HTTP client cannot be set up.
    pub fn new(door: ServerDoor) -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_mins(5))
            .build()
            .map_err(|error| Failure::new(format!("no HTTP client: {}", causes(&error))))?;
        Ok(Self { http, door })
    }

    pub fn address(&self) -> &str {
        &self.door.address
    }

    pub async fn status(&self) -> Outcome<api::Status> {
        self.json(self.request(Method::GET, "/api/v1/status")).await
    }

    pub async fn search(&self, body: &SearchBody, grants: &[Grant]) -> Outcome<SearchResult> {
        self.json(self.reading(Method::POST, "/api/v1/search", grants).json(body)).await
    }

    pub async fn ask(&self, question: &str, collections: &[Collection], grants: &[Grant]) -> Outcome<Answer> {
        let body = json!({ "question": question, "collections": collections });
        self.json(self.reading(Method::POST, "/api/v1/answers", grants).json(&body)).await
    }

    pub async fn document(&self, id: DocumentId) -> Outcome<Document> {
        self.json(self.request(Method::GET, &format!("/api/v1/documents/{id}"))).await
    }

    pub async fn documents(&self, query: &[(&str, String)]) -> Outcome<api::DocumentList> {
        // The values are states, collection names and cursors: no character of them needs escaping.
        let query: Vec<String> = query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        self.json(self.request(Method::GET, &format!("/api/v1/documents?{}", query.join("&")))).await
    }

    pub async fn delete(&self, id: DocumentId) -> Outcome {
        self.send(self.request(Method::DELETE, &format!("/api/v1/documents/{id}"))).await.map(drop)
    }

    pub async fn retry(&self, id: DocumentId) -> Outcome<Document> {
        self.json(self.request(Method::POST, &format!("/api/v1/documents/{id}/retry"))).await
    }

    /// Uploads a file; `true` where the server had it already and had nothing to do.
    pub async fn upload(&self, upload: Upload) -> Outcome<(Document, bool)> {
        let (content_type, body) = multipart(&upload);
        let request = self.request(Method::POST, "/api/v1/documents").header(header::CONTENT_TYPE, content_type);
        let response = self.send(request.body(body)).await?;
        let unchanged = response.status() == reqwest::StatusCode::OK;
        Ok((self.decode(response).await?, unchanged))
    }

    /// Without chosen grants, searching and asking see what everyone sees.
    fn reading(&self, method: Method, path: &str, grants: &[Grant]) -> RequestBuilder {
        let request = self.request(method, path);
        if grants.is_empty() {
            return request;
        }
        let names: Vec<&str> = grants.iter().map(Grant::as_str).collect();
        request.header("guichet-as", names.join(","))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.door.address)).bearer_auth(&self.door.token)
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Outcome<T> {
        let response = self.send(request).await?;
        self.decode(response).await
    }

    async fn decode<T: DeserializeOwned>(&self, response: Response) -> Outcome<T> {
        response.json().await.map_err(|error| self.unreachable(&error))
    }

    /// Waits out a busy server for a while.
    async fn send(&self, request: RequestBuilder) -> Outcome<Response> {
        for _ in 0..30 {
            let Some(attempt) = request.try_clone() else { break };
            let response = attempt.send().await.map_err(|error| self.unreachable(&error))?;
            if response.status() != reqwest::StatusCode::TOO_MANY_REQUESTS {
                return accepted(response).await;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        accepted(request.send().await.map_err(|error| self.unreachable(&error))?).await
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        Failure::new(format!("the server at {} does not answer: {}", self.door.address, causes(error)))
            .hint("it may just be stopping: run the command again, or start `guichet serve`")
    }
}

async fn accepted(response: Response) -> Outcome<Response> {
    if response.status().is_success() {
        return Ok(response);
    }
    let status = response.status();
    let Ok(problem) = response.json::<Problem>().await else {
        return Err(Failure::new(format!("the server answered {status}")));
    };
    let fields = problem.errors.iter().map(|error| format!("{} {}", error.field, error.message));
    let parts: Vec<String> = problem.detail.into_iter().chain(fields).collect();
    let text = if parts.is_empty() { problem.title } else { format!("{}: {}", problem.title, parts.join("; ")) };
    Err(Failure::new(text))
}

/// RFC 7578, with the file last. Returns the content type and the body.
fn multipart(upload: &Upload) -> (String, Vec<u8>) {
    let quoted = |text: &str| text.replace('"', "%22").replace(['\r', '\n'], " ");
    // A boundary must not occur in the body: lengthen it until it does not.
    let mut boundary = "guichet-form".to_owned();
    let occurs = |boundary: &str| upload.bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes());
    while occurs(&boundary) {
        boundary.push_str("-x");
    }
    let mut body = Vec::with_capacity(upload.bytes.len() + 1024);
    for (name, value) in &upload.fields {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        quoted(&upload.name)
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&upload.bytes);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
