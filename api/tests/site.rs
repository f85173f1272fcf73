//! The site around the routes: OpenAPI, pages, headers, errors, limits.

mod common;

use std::sync::Arc;

use api::{NoPages, Settings};
use axum::{body::Body, http::Request};
use common::{TestApp, bearer, send};
use serde_json::{Value, json};

/// Every operation; a change here is a change for every client.
const OPERATIONS: [&str; 13] = [
    "delete /api/v1/documents/{id} delete_document",
    "get /api/v1/documents list_documents",
    "get /api/v1/documents/{id} get_document",
    "get /api/v1/documents/{id}/content get_document_content",
    "get /api/v1/documents/{id}/file get_document_file",
    "get /api/v1/status get_status",
    "get /health/live get_liveness",
    "get /health/ready get_readiness",
    "post /api/v1/answers create_answer",
    "post /api/v1/documents create_document",
    "post /api/v1/documents/{id}/retry retry_document",
    "post /api/v1/documents/{id}/stop stop_document",
    "post /api/v1/search search_passages",
];

#[tokio::test]
async fn the_document_describes_every_route_and_every_route_is_described() {
    let app = TestApp::new().await;
    let specification = app.visitor("GET", "/api/openapi.json", Value::Null).await.json();
    assert!(specification["openapi"].as_str().expect("a version").starts_with("3.1"));
    let paths = specification["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("an item") {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            let concrete = path.replace("{id}", "doc_00000000000000000000000000000000");
            let reply = app.visitor(&method.to_uppercase(), &concrete, Value::Null).await;
            assert_ne!(reply.status, 405, "{method} {path}");
            assert!(!reply.text().contains("no such address"), "{method} {path}");
            operations.push(format!("{method} {path} {id}"));
        }
    }
    operations.sort();
    assert_eq!(operations, OPERATIONS);
}

/// The browser's client is generated from this file.
#[test]
fn the_committed_document_is_the_current_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/client/openapi.json");
    let committed = std::fs::read_to_string(path).expect("web/client/openapi.json");
    let committed: Value = serde_json::from_str(&committed).expect("JSON");
    let current = serde_json::to_value(api::openapi()).expect("JSON");
    assert!(committed == current, "run `guichet openapi > web/client/openapi.json`, then generate the client again");
}

#[tokio::test]
async fn every_write_in_the_document_asks_for_the_token() {
    let app = TestApp::new().await;
    let specification = serde_json::to_value(api::openapi()).expect("JSON");
    let readers = ["search_passages", "create_answer"];
    for (path, item) in specification["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("an item") {
            if method == "get" || readers.contains(&operation["operationId"].as_str().expect("an id")) {
                continue;
            }
            let concrete = path.replace("{id}", "doc_00000000000000000000000000000000");
            let reply = app.visitor(&method.to_uppercase(), &concrete, Value::Null).await;
            assert_eq!(reply.status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn errors_are_problems() {
    let app = TestApp::new().await;
    let large = json!({ "question": "a".repeat(1_000_000) });
    let cases = [
        ("GET", "/api/v1/nothing", Value::Null, 404, "not_found", ""),
        ("GET", "/api/v1/documents/doc_12", Value::Null, 404, "not_found", ""),
        ("PUT", "/api/v1/search", Value::Null, 405, "method_not_allowed", ""),
        ("POST", "/api/v1/search", Value::Null, 415, "unsupported_media_type", ""),
        ("POST", "/api/v1/search", json!({}), 422, "validation_failed", "query"),
        ("POST", "/api/v1/search", json!({ "query": 3 }), 422, "validation_failed", "query"),
        ("POST", "/api/v1/search", json!({ "query": "a", "mode": "magic" }), 422, "validation_failed", "mode"),
        ("POST", "/api/v1/search", json!({ "query": "a", "limit": 1000 }), 422, "validation_failed", "limit"),
        (
            "POST",
            "/api/v1/answers",
            json!({ "question": "a", "collections": ["A B"] }),
            422,
            "validation_failed",
            "collections[0]",
        ),
        ("POST", "/api/v1/answers", large, 413, "payload_too_large", ""),
        ("DELETE", "/api/v1/documents/doc_12", Value::Null, 401, "unauthenticated", ""),
    ];
    for (method, path, body, status, code, field) in cases {
        let reply = app.visitor(method, path, body).await;
        let problem = reply.json();
        let context = format!("{method} {path}: {problem}");
        assert_eq!(reply.header("content-type"), "application/problem+json", "{context}");
        assert_eq!(reply.status.as_u16(), status, "{context}");
        assert_eq!(problem["status"], json!(status), "{context}");
        assert_eq!(problem["code"], json!(code), "{context}");
        assert_eq!(problem["type"], json!(format!("urn:guichet:problem:{code}")), "{context}");
        assert_eq!(problem["errors"][0]["field"].as_str().unwrap_or_default(), field, "{context}");
    }
    let large = app.visitor("POST", "/api/v1/answers", json!({ "question": "a".repeat(1_000_000) })).await;
    assert!(large.text().contains("65536 bytes"), "the limit is said: {}", large.text());
}

#[tokio::test]
async fn broken_json_is_400() {
    let app = TestApp::new().await;
    let request =
        Request::post("/api/v1/search").header("content-type", "application/json").body(Body::from("{\"query\""));
    let reply = app.send(request.expect("a request")).await;
    assert_eq!((reply.status.as_u16(), reply.json()["code"].clone()), (400, json!("invalid_request")));
}

#[tokio::test]
async fn strange_questions_are_answered() {
    let app = TestApp::new().await;
    app.school().await;
    for question in ["", "   ", "🦉", "ما هو عدد الغيابات؟", "\u{0}", "a b\"c AND (", "*", &"mot ".repeat(15_000)]
    {
        let reply = app.visitor("POST", "/api/v1/answers", json!({ "question": question })).await;
        assert_eq!(reply.status, 200, "{}: {}", &question[..question.len().min(20)], reply.text());
        assert!(!reply.json()["answer"].as_str().expect("a text").is_empty());
    }
}

#[tokio::test]
async fn answers_stream_as_events() {
    let app = TestApp::new().await;
    app.school().await;
    let body = json!({ "question": "How many classes may students miss per term?" });
    let reply = app.call("POST", "/api/v1/answers", &[("accept", "text/event-stream")], body.clone()).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    let text = reply.text();
    let events: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!((events.first(), events.last()), (Some(&"retrieval"), Some(&"done")), "{text}");
    let data = text.lines().filter_map(|line| line.strip_prefix("data: ")).next_back().expect("data");
    let streamed: Value = serde_json::from_str(data).expect("JSON");
    let whole = app.visitor("POST", "/api/v1/answers", body).await.json();
    assert_eq!(streamed["answer"], whole["answer"]);
    assert_eq!(whole["abstained"], events.len() == 2, "a sentence event for each sentence");
}

#[tokio::test]
async fn status_and_health_tell_the_truth() {
    let app = TestApp::new().await;
    app.school().await;
    let status = app.visitor("GET", "/api/v1/status", Value::Null).await.json();
    assert_eq!(status["documents"]["indexed"], 1, "one of the two is for staff");
    assert_eq!(status["embedder"]["dimensions"], 64);
    assert_eq!((status["embedder_missing"].clone(), status["pages"].clone()), (Value::Null, json!(true)));
    assert_eq!(app.visitor("GET", "/health/live", Value::Null).await.status, 204);
    assert_eq!(app.visitor("GET", "/health/ready", Value::Null).await.status, 204);

    let starting = TestApp::starting();
    let get = |path: &str| Request::get(path).body(Body::empty()).expect("a request");
    assert_eq!(send(&starting, get("/health/live")).await.status, 204);
    for path in ["/health/ready", "/api/v1/status"] {
        let reply = send(&starting, get(path)).await;
        assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (503, "5"), "{path}");
    }
}

#[tokio::test]
async fn a_full_house_says_when_to_come_back() {
    let app = TestApp::with(Settings { questions: 0, uploads: 0, ..Settings::default() }, Arc::new(NoPages)).await;
    let reply = app.visitor("POST", "/api/v1/search", json!({ "query": "a" })).await;
    assert_eq!((reply.status.as_u16(), reply.header("retry-after")), (429, "1"));
    let token = bearer();
    let reply = app.upload(&[("authorization", token.as_str())], "a.txt", b"a", &[]).await;
    assert_eq!(reply.status, 429);
}

#[tokio::test]
async fn foreign_host_names_are_refused_where_ours_are_known() {
    let hosts = Some(vec!["localhost".to_owned(), "::1".to_owned()]);
    let app = TestApp::with(Settings { hosts, ..Settings::default() }, Arc::new(NoPages)).await;
    for (host, status) in
        [("localhost:8080", 204), ("LOCALHOST", 204), ("[::1]:80", 204), ("evil.example", 400), ("", 400)]
    {
        let request = Request::get("/health/live").header("host", host).body(Body::empty()).expect("a request");
        assert_eq!(app.send(request).await.status, status, "{host}");
    }
}

#[tokio::test]
async fn pages_have_strict_headers_and_the_application_gets_its_addresses() {
    let app = TestApp::new().await;
    for path in ["/", "/documents", "/documents/doc_12?page=3&start=1&end=2"] {
        let reply = app.visitor("GET", path, Value::Null).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-cache"), "{path}");
        assert!(reply.text().contains("<title>Guichet"), "{path}");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(reply.header("x-request-id").starts_with("req_"));
    }
    let asset = app.visitor("GET", "/assets/app-1a2b.js", Value::Null).await;
    assert!(asset.header("cache-control").contains("immutable"));
    let known = app.call("GET", "/", &[("if-none-match", "\"abc\"")], Value::Null).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert_eq!(app.visitor("GET", "/assets/gone.js", Value::Null).await.status, 404);
    assert_eq!(app.visitor("POST", "/", json!({})).await.status, 405);

    let bare = TestApp::with(Settings::default(), Arc::new(NoPages)).await;
    let reply = bare.visitor("GET", "/", Value::Null).await;
    assert!(reply.text().contains("make web"), "{}", reply.text());
    assert_eq!(bare.visitor("GET", "/api/v1/status", Value::Null).await.json()["pages"], false);
}

#[tokio::test]
async fn the_interactive_documentation_is_shipped() {
    let app = TestApp::new().await;
    let reply = app.visitor("GET", "/api/docs/", Value::Null).await;
    assert_eq!(reply.status, 200);
    assert!(reply.text().contains("swagger-ui"));
    assert!(!reply.text().contains("https://"), "nothing comes from elsewhere");
}
