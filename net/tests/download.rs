//! Downloads that break, lie and resume.

#[allow(dead_code, reason = "each test file uses its own part")]
mod support;

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use net::{AllowList, Client, Error, Settings};
use sha2::{Digest, Sha256};
use support::{Answer, Request, serve};

fn client() -> Client {
    let allow = AllowList::parse(["127.0.0.1"]).expect("a list");
    Client::new(Settings { allow, ..Settings::default() }).expect("a client")
}

fn content() -> Vec<u8> {
    (0..200_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

fn offset(request: &Request) -> usize {
    let range = request.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
    range.and_then(|range| range.trim_end_matches('-').parse().ok()).unwrap_or_default()
}

/// What a server with ranges sends; no more than `most` bytes at a time before the connection breaks.
fn ranged(request: &Request, all: &[u8], most: usize) -> Answer {
    let start = offset(request);
    let rest = &all[start.min(all.len())..];
    let mut answer = Answer::new(if start > 0 { 206 } else { 200 }, &rest[..rest.len().min(most)]);
    answer.announced = Some(rest.len());
    answer.header("Content-Range", format!("bytes {start}-{}/{}", all.len() - 1, all.len()))
}

#[tokio::test]
async fn a_broken_download_goes_on_where_it_stopped() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let base = serve(move |request| {
        counter.fetch_add(1, Ordering::SeqCst);
        ranged(&request, &content(), 300_000)
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/file");
    let (mut last, mut total) = (0, None);
    let expected = sha256(&content());
    let progress = |done, all| {
        assert!(done >= last, "progress goes forward");
        (last, total) = (done, all);
    };
    client().download(&base, Some(&expected), &path, progress).await.expect("arrives");
    assert_eq!(fs::read(&path).expect("there"), content());
    assert_eq!((last, total), (800_000, Some(800_000)));
    assert_eq!(requests.load(Ordering::SeqCst), 3);
    assert!(!path.with_added_extension("part").exists());

    client().download(&base, Some(&expected), &path, |_, _| ()).await.expect("is there already");
    assert_eq!(requests.load(Ordering::SeqCst), 3, "nothing is fetched twice");
}

#[tokio::test]
async fn an_earlier_part_is_continued_and_a_server_without_ranges_starts_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, ranges) in [("a", true), ("b", false)] {
        let path = folder.path().join(name);
        fs::write(path.with_added_extension("part"), &content()[..123_456]).expect("written");
        let base = serve(move |request| {
            assert_eq!(offset(&request), 123_456);
            if ranges { ranged(&request, &content(), usize::MAX) } else { Answer::new(200, content()) }
        })
        .await;
        client().download(&base, Some(&sha256(&content())), &path, |_, _| ()).await.expect("arrives");
        assert_eq!(fs::read(&path).expect("there"), content());
    }
}

#[tokio::test]
async fn a_part_that_is_whole_already_is_only_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    fs::write(path.with_added_extension("part"), content()).expect("written");
    let base = serve(|_| Answer::new(416, "")).await;
    client().download(&base, Some(&sha256(&content())), &path, |_, _| ()).await.expect("is whole");
    assert_eq!(fs::read(&path).expect("there"), content());
}

#[tokio::test]
async fn other_content_never_gets_the_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let base = serve(|_| Answer::new(200, "something else")).await;
    let error = client().download(&base, Some(&sha256(b"expected")), &path, |_, _| ()).await.expect_err("differs");
    assert!(matches!(error, Error::Checksum { .. }), "{error:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "neither file nor part");
}

#[tokio::test]
async fn a_missing_file_and_a_dead_server_are_errors_and_the_part_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let base = serve(|_| Answer::new(404, "no")).await;
    let error = client().download(&base, None, &path, |_, _| ()).await.expect_err("404");
    assert!(matches!(error, Error::Status { status: 404, .. }), "{error:?}");

    fs::write(path.with_added_extension("part"), b"begun").expect("written");
    let error = client().download("http://127.0.0.1:1/x", None, &path, |_, _| ()).await.expect_err("nobody there");
    assert!(error.is_transient(), "{error:?}");
    assert_eq!(fs::read(path.with_added_extension("part")).expect("stays"), b"begun");
}
