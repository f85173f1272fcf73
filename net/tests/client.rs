//! What the client reaches, and what it refuses.

#[allow(dead_code, reason = "each test file uses its own part")]
mod support;

use std::time::Duration;

use net::{AllowList, Client, Error, Method, Redirects, Refusal, Settings};
use support::{Answer, serve};

fn client(allow: &[&str]) -> Client {
    let allow = AllowList::parse(allow).expect("a list");
    Client::new(Settings { allow, max_bytes: 1000, ..Settings::default() }).expect("a client")
}

#[tokio::test]
async fn nothing_private_is_reached_unless_the_operator_allows_it() {
    let base = serve(|_| Answer::new(200, "inside")).await;
    let strict = client(&[]);
    let error = strict.get(&base, Redirects::Refused).await.expect_err("loopback");
    assert!(matches!(error, Error::Refused { refusal: Refusal::Loopback, .. }), "{error:?}");
    let reply = client(&["127.0.0.1"]).get(&base, Redirects::Refused).await.expect("allowed");
    assert_eq!(reply.body, b"inside");
}

#[tokio::test]
async fn a_name_is_judged_by_what_it_resolves_to() {
    let base = serve(|_| Answer::new(200, "inside")).await.replace("127.0.0.1", "localhost");
    let error = client(&[]).get(&base, Redirects::Refused).await.expect_err("loopback");
    assert!(matches!(error, Error::Refused { refusal: Refusal::Loopback, .. }), "{error:?}");
    assert!(client(&["localhost"]).get(&base, Redirects::Refused).await.is_ok());
    assert!(client(&["127.0.0.0/8", "::1"]).get(&base, Redirects::Refused).await.is_ok());
}

#[tokio::test]
async fn addresses_in_disguise_are_refused() {
    let urls = [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://user@127.0.0.1/",
    ];
    for url in urls {
        let error = client(&[]).request(Method::GET, url).expect_err(url);
        assert!(matches!(error, Error::Refused { .. }), "{url}: {error:?}");
        assert!(client(&[]).for_server(url).is_err(), "{url}");
    }
    for url in ["file:///etc/passwd", "ftp://example.org/", "gopher://example.org/", "nonsense", "http://"] {
        assert!(matches!(client(&[]).request(Method::GET, url), Err(Error::InvalidUrl { .. })), "{url}");
    }
}

#[tokio::test]
async fn redirects_are_errors_unless_asked_for() {
    let base = serve(|request| match request.path.as_str() {
        "/end" => Answer::new(200, "end"),
        "/loop" => Answer::new(302, "").header("Location", "/loop"),
        _ => Answer::new(302, "").header("Location", "/end"),
    })
    .await;
    let client = client(&["127.0.0.1"]);
    let refused = client.get(&base, Redirects::Refused).await;
    assert!(matches!(refused, Err(Error::Redirected { .. })), "{refused:?}");
    let sent = client.send(client.request(Method::POST, &base).expect("allowed")).await;
    assert!(matches!(sent, Err(Error::Redirected { .. })), "{sent:?}");
    assert_eq!(client.get(&base, Redirects::Checked(1)).await.expect("followed").body, b"end");
    let endless = client.get(&format!("{base}/loop"), Redirects::Checked(3)).await;
    assert!(matches!(endless, Err(Error::TooManyRedirects { .. })), "{endless:?}");
}

#[tokio::test]
async fn every_hop_is_checked() {
    for target in ["http://169.254.169.254/", "http://[::1]/", "http://127.0.0.2/", "file:///etc/passwd"] {
        let base = serve(move |_| Answer::new(302, "").header("Location", target)).await;
        let error = client(&["127.0.0.1"]).get(&base, Redirects::Checked(5)).await.expect_err(target);
        assert!(matches!(error, Error::Refused { .. } | Error::InvalidUrl { .. }), "{target}: {error:?}");
    }
}

#[tokio::test]
async fn answers_are_limited_in_size_and_time() {
    let base = serve(|request| match request.path.as_str() {
        "/announced" => Answer::new(200, vec![b'x'; 1001]),
        _ => Answer::new(200, "x"),
    })
    .await;
    let large = client(&["127.0.0.1"]).get(&format!("{base}/announced"), Redirects::Refused).await;
    assert!(matches!(large, Err(Error::TooLarge { limit: 1000, .. })), "{large:?}");

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let allow = AllowList::parse(["127.0.0.1"]).expect("a list");
    let settings = Settings { allow, read_timeout: Duration::from_millis(100), ..Settings::default() };
    let error = Client::new(settings).expect("a client").get(&url, Redirects::Refused).await.expect_err("silence");
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_status_is_an_error_of_get_and_a_fact_of_send() {
    let base = serve(|_| Answer::new(503, "later")).await;
    let client = client(&["127.0.0.1"]);
    let got = client.get(&format!("{base}/?token=secret"), Redirects::Refused).await.expect_err("503");
    assert!(got.is_transient() && !got.to_string().contains("secret"), "{got}");
    let reply = client.send(client.request(Method::GET, &base).expect("allowed")).await.expect("whatever the status");
    assert_eq!((reply.status.as_u16(), reply.body.as_slice()), (503, b"later".as_slice()));
}
