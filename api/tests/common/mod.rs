//! The site in this process, on a folder of its own, with a scripted embedder and a fixed clock.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::{borrow::Cow, path::PathBuf, sync::Arc, time::Duration};

use api::{App, Engine, EngineSlot, LocalToken, Page, Pages, Settings};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use inference::scripted::ScriptedEmbedder;
use ingest::{Limits, ParserCommand, ParserPool, Pipeline};
use models::{
    Audience, Block, BlockKind, Chunk, ChunkId, ChunkKind, Clock, Collection, Content, Document, DocumentId,
    FixedClock, Format, Grant, Language, Span, TenantId, Validity,
};
use rag::{Assistant, IndexEntry, Indexes, Profile, Retriever, edge::EdgeIndex, words::TantivyIndex};
use serde_json::Value;
use store::{NewDocument, NewVersion, Store};
use tempfile::TempDir;
use tower::ServiceExt as _;

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const DIMENSIONS: usize = 64;

pub struct TestApp {
    pub router: Router,
    pub engine: Arc<Engine>,
    pub clock: Arc<dyn Clock>,
    indexes: Indexes,
    _folder: TempDir,
}

/// A site of two files.
struct TwoFiles;

impl Pages for TwoFiles {
    fn get(&self, path: &str) -> Option<Page> {
        let (bytes, media_type): (&'static [u8], _) = match path {
            "index.html" => (&b"<!doctype html><title>Guichet</title>"[..], "text/html; charset=utf-8"),
            "assets/app-1a2b.js" => (&b"export {}"[..], "text/javascript; charset=utf-8"),
            _ => return None,
        };
        Some(Page { bytes: Cow::Borrowed(bytes), media_type: media_type.to_owned(), etag: "abc".to_owned() })
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("JSON, not {:?}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(Settings::default(), Arc::new(TwoFiles)).await
    }

    pub async fn with(settings: Settings, pages: Arc<dyn Pages>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock: Arc<dyn Clock> = Arc::new(FixedClock("2026-10-01T08:00:00Z".parse().expect("a time")));
        let store = Store::open(folder.path()).await.expect("a store");
        let embedder = ScriptedEmbedder::service(DIMENSIONS);
        let indexes = Indexes {
            words: Arc::new(TantivyIndex::open(&folder.path().join("words")).expect("an index")),
            vectors: Some(Arc::new(EdgeIndex::open(&folder.path().join("vectors"), DIMENSIONS).expect("an index"))),
        };
        // Nothing here is parsed: documents are put in as if they had been.
        let command = ParserCommand { program: PathBuf::from("/nonexistent"), args: Vec::new(), env: Vec::new() };
        let parsers = ParserPool::new(command, Limits::default(), 1);
        let pipeline =
            Pipeline::new(store.clone(), indexes.clone(), Some(embedder.clone()), parsers, Arc::clone(&clock));
        let retriever = Retriever::new(store.clone(), indexes.clone(), Some(embedder.clone()), Profile::default());
        let assistant = Assistant::new(retriever.clone());
        let engine = Arc::new(Engine { store, retriever, assistant, pipeline, embedder: Ok(embedder.info().clone()) });
        let slot = EngineSlot::full(Arc::clone(&engine));
        let app = App::new(slot, LocalToken::chosen(TOKEN), Arc::clone(&clock), pages, settings);
        Self { router: api::router(app), engine, clock, indexes, _folder: folder }
    }

    /// A site whose engine never opens.
    pub fn starting() -> Router {
        let (sender, slot) = EngineSlot::empty();
        std::mem::forget(sender);
        let clock = Arc::new(FixedClock("2026-10-01T08:00:00Z".parse().expect("a time")));
        let settings = Settings { timeout: Duration::from_millis(50), ..Settings::default() };
        api::router(App::new(slot, LocalToken::chosen(TOKEN), clock, Arc::new(TwoFiles), settings))
    }

    /// Puts a searchable document in, one block and one chunk per paragraph.
    pub async fn document(&self, origin: &str, audience: &[&str], paragraphs: &[&str]) -> Document {
        let tenant = TenantId::default();
        let store = &self.engine.store;
        let audience = Audience::new(audience.iter().map(|text| text.parse::<Grant>().expect("a grant")).collect());
        let file = paragraphs.join("\n");
        let blob = store.put_blob(file.as_bytes()).await.expect("a blob");
        let collection = Collection::default();
        let new = NewDocument {
            tenant: tenant.clone(),
            collection: collection.clone(),
            origin: origin.to_owned(),
            title: origin.to_owned(),
            format: Format::Text,
            audience: audience.clone(),
            validity: Validity::default(),
            date: None,
            bytes: u64::try_from(file.len()).expect("small"),
            content_hash: store::sha256_hex(file.as_bytes()),
            blob,
            supersedes: None,
            metadata: "{}".to_owned(),
        };
        store.register(new, self.clock.as_ref()).await.expect("registers");
        let claim = store.claim(1, self.clock.as_ref()).await.expect("claims").pop().expect("one");
        let block = |text: &&str| Block { kind: BlockKind::Paragraph, text: (*text).to_owned(), page: Some(1) };
        let content = Content { blocks: paragraphs.iter().map(block).collect() };
        let chunks = chunks(claim.document.id, claim.version, &content);
        let embedder = ScriptedEmbedder::new(DIMENSIONS);
        let vectors: Vec<Vec<f32>> = chunks.iter().map(|chunk| embedder.vector(&chunk.embedded_text(origin))).collect();
        let version = NewVersion {
            document: claim.document.id,
            version: claim.version,
            title: origin,
            language: Language::En,
            collection: &collection,
            audience: &audience,
            validity: &Validity::default(),
            date: None,
            pages: Some(1),
            supersedes: None,
            note: None,
            content: &content,
            chunks: &chunks,
            vectors: Some(("scripted:64", vectors.as_slice())),
        };
        assert!(store.save_version(version).await.expect("saves"));
        let entry = |(chunk, vector): (&Chunk, &Vec<f32>)| IndexEntry {
            chunk: chunk.clone(),
            title: origin.to_owned(),
            tenant: tenant.clone(),
            collection: collection.clone(),
            audience: audience.clone(),
            validity: Validity::default(),
            vector: Some(vector.clone()),
        };
        let entries: Vec<IndexEntry> = chunks.iter().zip(&vectors).map(entry).collect();
        self.indexes.upsert(&entries).await.expect("indexes");
        self.indexes.commit().await.expect("commits");
        store.publish(&[(claim.document.id, claim.version)], self.clock.as_ref()).await.expect("publishes");
        store.document(&tenant, claim.document.id).await.expect("is there")
    }

    /// A document for everyone and one for staff only, which share their words.
    pub async fn school(&self) -> (Document, Document) {
        let text = "Students may miss three classes per term. More than three absences lead to a talk with the tutor.";
        let open = self.document("policies/absences.txt", &["everyone"], &[text]).await;
        let text = "Salaries of teachers who miss three classes per term are not paid. Absences of staff are secret.";
        let staff = self.document("staff/salaries.txt", &["role:staff"], &[text]).await;
        (open, staff)
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        send(&self.router, request).await
    }

    /// A request with headers `name: value`, and a JSON body unless it is null.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).expect("a request")).await
    }

    /// Somebody without the token.
    pub async fn visitor(&self, method: &str, path: &str, body: Value) -> Reply {
        self.call(method, path, &[], body).await
    }

    /// The holder of the token.
    pub async fn owner(&self, method: &str, path: &str, body: Value) -> Reply {
        let token = bearer();
        self.call(method, path, &[("authorization", token.as_str())], body).await
    }

    /// Uploads a file with form fields.
    pub async fn upload(&self, headers: &[(&str, &str)], name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Reply {
        let mut body = Vec::new();
        for (field, value) in fields {
            body.extend_from_slice(
                format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n").as_bytes(),
            );
        }
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--b--\r\n");
        let mut request = Request::builder().method("POST").uri("/api/v1/documents");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.send(request.body(Body::from(body)).expect("a request")).await
    }
}

pub fn bearer() -> String {
    format!("Bearer {TOKEN}")
}

pub async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    Reply { status: parts.status, headers: parts.headers, body }
}

fn chunks(document: DocumentId, version: u32, content: &Content) -> Vec<Chunk> {
    let chunk = |(ordinal, (block, span)): (usize, (&Block, Span))| {
        let ordinal = u32::try_from(ordinal).expect("few");
        Chunk {
            id: ChunkId::of(document, version, ordinal),
            document,
            version,
            ordinal,
            kind: ChunkKind::Text,
            language: Language::En,
            headings: Vec::new(),
            text: block.text.clone(),
            span,
            page: block.page,
        }
    };
    content.spans().enumerate().map(chunk).collect()
}
