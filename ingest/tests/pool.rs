//! Worker processes: what a file may cost, and that nothing is left behind.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ingest::{
    parse::Outcome,
    pool::{Limits, ParserCommand, ParserPool},
};
use tempfile::TempDir;

fn worker() -> ParserCommand {
    ParserCommand { program: PathBuf::from(env!("CARGO_BIN_EXE_parse-worker")), args: Vec::new(), env: Vec::new() }
}

fn shell(script: &str) -> ParserCommand {
    ParserCommand { program: PathBuf::from("/bin/sh"), args: vec!["-c".into(), script.into()], env: Vec::new() }
}

fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a temporary file");
    path
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed { reason } => reason,
        other => panic!("expected a failure, got {other:?}"),
    }
}

/// A PDF with a line of text on each page.
fn pdf(pages: usize) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        String::new(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut kids = String::new();
    for page in 0..pages {
        let content = format!("BT /F 12 Tf 72 700 Td (Page number {page} says something) Tj ET");
        write!(kids, "{} 0 R ", objects.len() + 1).expect("memory");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents {} 0 R>>",
            objects.len() + 2
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!("<</Type/Pages/Count {pages}/Kids[{kids}]>>");
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj{object}endobj\n", index + 1).bytes());
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for offset in &offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(format!("trailer<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF", offsets.len() + 1).bytes());
    out
}

#[tokio::test]
async fn one_worker_reads_many_files_and_survives_bad_ones() {
    let folder = TempDir::new().expect("a folder");
    let good = file(&folder, "a.md", "# Bonjour\n\nLe monde est à nous.".as_bytes());
    let bad = file(&folder, "b.pdf", b"%PDF-1.4 and nothing else");
    let pool = ParserPool::new(worker(), Limits::default(), 1);
    for _ in 0..3 {
        let Outcome::Parsed(parsed) = pool.parse(&good, "a.md").await else { panic!("not parsed") };
        assert_eq!(parsed.title.as_deref(), Some("Bonjour"));
        assert!(reason(pool.parse(&bad, "b.pdf").await).contains("damaged"));
    }
    assert!(reason(pool.parse(Path::new("/nowhere"), "x.txt").await).contains("cannot be read"));
}

#[tokio::test]
async fn ten_thousand_pages_are_read_in_time_and_more_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = file(&folder, "long.pdf", &pdf(10_000));
    let start = Instant::now();
    let pool = ParserPool::new(worker(), Limits { seconds: 60, ..Limits::default() }, 1);
    let Outcome::Parsed(parsed) = pool.parse(&path, "long.pdf").await else { panic!("not parsed") };
    println!("10,000 pages in {:?}", start.elapsed());
    assert_eq!(parsed.pages, Some(10_000));
    assert_eq!(parsed.content.blocks.last().and_then(|block| block.page), Some(10_000));
    let small = ParserPool::new(worker(), Limits { seconds: 60, pages: 9_999, ..Limits::default() }, 1);
    assert!(reason(small.parse(&path, "long.pdf").await).contains("10000 pages, more than 9999"));
}

#[tokio::test]
async fn memory_is_limited() {
    let folder = TempDir::new().expect("a folder");
    let path = file(&folder, "big.txt", "un mot puis un autre\n".repeat(4_000_000).as_bytes());
    let pool = ParserPool::new(worker(), Limits { seconds: 60, memory: 48 << 20, ..Limits::default() }, 1);
    assert!(reason(pool.parse(&path, "big.txt").await).contains("48 MB of memory"));
    let small = file(&folder, "small.txt", b"fine");
    assert!(matches!(pool.parse(&small, "small.txt").await, Outcome::Parsed(_)));
}

#[tokio::test]
async fn a_hanging_worker_is_stopped() {
    let pool = ParserPool::new(shell("exec sleep 60"), Limits { seconds: 1, ..Limits::default() }, 1);
    let start = Instant::now();
    assert!(reason(pool.parse(Path::new("x"), "x").await).contains("longer than 1 s"));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_worker_that_dies_or_cannot_start_is_a_stated_failure() {
    for (command, expected) in [
        (shell("head -c 4 > /dev/null; exit 3"), "exit status: 3"),
        (shell("exit 0"), "The parser stopped"),
        (
            ParserCommand { program: "/nowhere/parser".into(), args: Vec::new(), env: Vec::new() },
            "could not be started",
        ),
    ] {
        let pool = ParserPool::new(command, Limits::default(), 1);
        let reason = reason(pool.parse(Path::new("x"), "x").await);
        assert!(reason.contains(expected), "{reason}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_worker_outlives_its_pool() {
    let folder = TempDir::new().expect("a folder");
    let pid = folder.path().join("pid");
    let pool = ParserPool::new(shell(&format!("echo $$ > {}; exec sleep 60", pid.display())), Limits::default(), 1);
    let parse = pool.parse(Path::new("x"), "x");
    assert!(tokio::time::timeout(Duration::from_millis(500), parse).await.is_err());
    drop(pool);
    let process = PathBuf::from("/proc").join(fs::read_to_string(pid).expect("the worker wrote it").trim());
    let start = Instant::now();
    while fs::read_to_string(process.join("stat")).is_ok_and(|stat| !stat.contains(") Z")) {
        assert!(start.elapsed() < Duration::from_secs(5), "the worker is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
