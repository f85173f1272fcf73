//! Documents through HTTP: upload, list, open, delete.

mod common;

use common::{TestApp, bearer};
use serde_json::{Value, json};

#[tokio::test]
async fn an_upload_is_queued_once_and_can_be_stopped_and_retried() {
    let app = TestApp::new().await;
    let token = bearer();
    let headers = [("authorization", token.as_str())];
    let fields = [("collection", "policies"), ("audience", "role:staff"), ("audience", "role:student")];
    let reply = app.upload(&headers, "Règlement.txt", "Le règlement.".as_bytes(), &fields).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    let document = reply.json();
    assert_eq!(document["state"], "queued");
    assert_eq!(document["collection"], "policies");
    assert_eq!(document["audience"], json!(["role:staff", "role:student"]));
    let location = reply.header("location").to_owned();
    assert_eq!(app.owner("GET", &location, Value::Null).await.json()["id"], document["id"]);

    let stopped = app.owner("POST", &format!("{location}/stop"), Value::Null).await;
    assert_eq!((stopped.status.as_u16(), stopped.json()["state"].clone()), (202, json!("stopped")));
    let retried = app.owner("POST", &format!("{location}/retry"), Value::Null).await;
    assert_eq!((retried.status.as_u16(), retried.json()["state"].clone()), (202, json!("queued")));
    assert_eq!(app.owner("DELETE", &location, Value::Null).await.status, 204);
    assert_eq!(app.owner("GET", &location, Value::Null).await.status, 404);
}

#[tokio::test]
async fn a_form_that_is_wrong_names_the_field() {
    let app = TestApp::new().await;
    let token = bearer();
    let headers = [("authorization", token.as_str())];
    for (fields, field) in [
        (&[("collection", "Über uns")][..], "collection"),
        (&[("audience", "staff")], "audience"),
        (&[("colour", "blue")], "colour"),
        (&[("origin", " ")], "origin"),
        (&[("beside", "{")], "beside"),
    ] {
        let reply = app.upload(&headers, "a.txt", b"text", fields).await;
        assert_eq!(reply.status, 422, "{field}");
        assert_eq!(reply.json()["errors"][0]["field"], field);
    }
    let reply = app.owner("POST", "/api/v1/documents", json!({})).await;
    assert_eq!(reply.status, 415);
}

#[tokio::test]
async fn lists_have_pages_filters_and_counts() {
    let app = TestApp::new().await;
    for number in 0..5 {
        app.document(&format!("list/{number}.txt"), &["everyone"], &["Some words."]).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/documents?limit=2".to_owned();
    loop {
        let page = app.visitor("GET", &path, Value::Null).await.json();
        assert_eq!(page["counts"]["indexed"], 5);
        seen.extend(page["items"].as_array().expect("a list").iter().map(|item| item["origin"].clone()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/v1/documents?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    seen.sort_by_key(Value::to_string);
    assert_eq!(json!(seen), json!(["list/0.txt", "list/1.txt", "list/2.txt", "list/3.txt", "list/4.txt"]));
    for (query, found) in [("q=3.txt", 1), ("state=failed", 0), ("collection=default", 5), ("collection=other", 0)] {
        let page = app.visitor("GET", &format!("/api/v1/documents?{query}"), Value::Null).await.json();
        assert_eq!(page["items"].as_array().expect("a list").len(), found, "{query}");
    }
    for (query, field) in
        [("limit=0", "limit"), ("limit=x", "limit"), ("state=lost", "state"), ("colour=red", "colour")]
    {
        let reply = app.visitor("GET", &format!("/api/v1/documents?{query}"), Value::Null).await;
        assert_eq!(reply.status, 422, "{query}");
        assert_eq!(reply.json()["errors"][0]["field"], field, "{}", reply.text());
    }
    let reply = app.visitor("GET", "/api/v1/documents?cursor=x", Value::Null).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_document_opens_with_places_and_its_file_is_harmless() {
    let app = TestApp::new().await;
    let document = app.document("a/évasion.html", &["everyone"], &["First words.", "Second words."]).await;
    let path = format!("/api/v1/documents/{}", document.id);
    let content = app.visitor("GET", &format!("{path}/content"), Value::Null).await.json();
    assert_eq!(content["blocks"][1]["span"], json!({ "start": 13, "end": 26 }));
    assert_eq!(content["document"]["id"], json!(document.id));
    let file = app.visitor("GET", &format!("{path}/file"), Value::Null).await;
    assert_eq!(file.text(), "First words.\nSecond words.");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-security-policy").starts_with("sandbox"));
    assert_eq!(file.header("content-disposition"), "attachment; filename*=UTF-8''%C3%A9vasion.html");
}

#[tokio::test]
async fn a_deleted_document_is_gone_from_the_next_search() {
    let app = TestApp::new().await;
    let (open, _) = app.school().await;
    let body = json!({ "query": "absences" });
    assert!(app.visitor("POST", "/api/v1/search", body.clone()).await.text().contains("absences.txt"));
    let reply = app.owner("DELETE", &format!("/api/v1/documents/{}", open.id), Value::Null).await;
    assert_eq!(reply.status, 204);
    let found = app.visitor("POST", "/api/v1/search", body).await.json();
    assert_eq!(found["passages"], json!([]));
}
