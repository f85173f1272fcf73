//! Who sees what: a staff document does not exist for everyone else, whatever the route.

mod common;

use common::{TestApp, bearer};
use serde_json::{Value, json};

fn titles(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|item| item["title"].as_str().expect("a title")).collect()
}

#[tokio::test]
async fn a_staff_document_is_invisible_to_everyone() {
    let app = TestApp::new().await;
    let (open, staff) = app.school().await;
    let question = "How many classes may teachers miss, and what of salaries?";

    let found = app.visitor("POST", "/api/v1/search", json!({ "query": question })).await;
    assert_eq!(titles(&found.json()["passages"]), [open.title.as_str()], "{}", found.text());
    let answer = app.visitor("POST", "/api/v1/answers", json!({ "question": question })).await;
    assert!(!answer.text().contains("alaries of"), "{}", answer.text());
    assert!(!answer.text().contains(&staff.id.to_string()), "{}", answer.text());
    let listed = app.visitor("GET", "/api/v1/documents", Value::Null).await;
    assert_eq!(titles(&listed.json()["items"]), [open.title.as_str()]);
    assert_eq!(listed.json()["counts"]["indexed"], 1, "not even counted");
    let status = app.visitor("GET", "/api/v1/status", Value::Null).await.json();
    assert_eq!((&status["documents"]["indexed"], &status["chunks"]), (&json!(1), &json!(1)));
    assert_eq!(app.owner("GET", "/api/v1/status", Value::Null).await.json()["documents"]["indexed"], 2);

    for path in ["", "/content", "/file"] {
        let path = |id| format!("/api/v1/documents/{id}{path}");
        assert_eq!(app.visitor("GET", &path(open.id), Value::Null).await.status, 200);
        let hidden = app.visitor("GET", &path(staff.id), Value::Null).await;
        let missing = app.visitor("GET", "/api/v1/documents/doc_00000000000000000000000000000000", Value::Null).await;
        assert_eq!(hidden.status, 404);
        assert_eq!(hidden.json(), missing.json(), "hidden and missing read alike");
    }
}

#[tokio::test]
async fn grants_open_and_close_documents() {
    let app = TestApp::new().await;
    let (_, staff) = app.school().await;
    let (token, path) = (bearer(), format!("/api/v1/documents/{}", staff.id));
    let body = json!({ "query": "salaries of teachers" });
    for (grants, seen) in [("role:staff", true), ("role:student", false), ("role:student, role:staff", true)] {
        let headers = [("authorization", token.as_str()), ("guichet-as", grants)];
        let found = app.call("POST", "/api/v1/search", &headers, body.clone()).await;
        assert_eq!(found.text().contains("staff/salaries.txt"), seen, "{grants}: {}", found.text());
        let opened = app.call("GET", &path, &headers, Value::Null).await;
        assert_eq!(opened.status == 200, seen, "{grants}");
        let listed = app.call("GET", "/api/v1/documents", &headers, Value::Null).await;
        assert_eq!(listed.text().contains("staff/salaries.txt"), seen, "{grants}");
    }
    // The holder of the token who chose nothing manages every document, but asks like everyone.
    assert_eq!(app.owner("GET", &path, Value::Null).await.status, 200);
    assert!(app.owner("GET", "/api/v1/documents", Value::Null).await.text().contains("staff/salaries.txt"));
    assert!(!app.owner("POST", "/api/v1/search", body).await.text().contains("staff/salaries.txt"));
}

#[tokio::test]
async fn grants_are_chosen_with_the_token_only() {
    let app = TestApp::new().await;
    let body = json!({ "query": "salaries" });
    let reply = app.call("POST", "/api/v1/search", &[("guichet-as", "role:staff")], body.clone()).await;
    assert_eq!(reply.status, 401);
    let headers = [("authorization", bearer()), ("guichet-as", "planet:mars".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let reply = app.call("POST", "/api/v1/search", &headers, body).await;
    assert_eq!((reply.status.as_u16(), reply.json()["errors"][0]["field"].clone()), (422, json!("Guichet-As")));
}

#[tokio::test]
async fn writing_needs_the_token() {
    let app = TestApp::new().await;
    let (open, _) = app.school().await;
    let one = format!("/api/v1/documents/{}", open.id);
    for (method, path) in [("DELETE", one.clone()), ("POST", format!("{one}/retry")), ("POST", format!("{one}/stop"))] {
        for authorization in [None, Some("Bearer wrong"), Some("Basic Zm9vOmJhcg==")] {
            let headers: Vec<(&str, &str)> = authorization.map(|value| ("authorization", value)).into_iter().collect();
            let reply = app.call(method, &path, &headers, Value::Null).await;
            assert_eq!(reply.status, 401, "{method} {path}");
            assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"guichet\"");
        }
    }
    assert_eq!(app.upload(&[], "a.txt", b"text", &[]).await.status, 401);
    assert_eq!(app.visitor("GET", &one, Value::Null).await.status, 200, "nothing was changed");
    // A wrong token is refused even where none is needed, so that nobody mistakes one view for another.
    let reply = app.call("GET", "/api/v1/documents", &[("authorization", "Bearer wrong")], Value::Null).await;
    assert_eq!(reply.status, 401);
}
