//! Parses every file below the given paths the way the server does, and prints what became of each.
//!
//! `cargo run -p ingest --example parse -- [--dump FOLDER] PATH…` — with `--dump`, each outcome is also written as JSON
//! under its path, for `docs/decisions/0002-document-parsers.md`.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use ingest::{
    format,
    parse::{self, Outcome},
    pool::{Limits, ParserCommand, ParserPool},
    worker,
};

/// The hidden first argument that turns this program into its own worker.
const WORKER: &str = "--worker";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|argument| argument == WORKER).is_some() {
        return worker::run();
    }
    let dump = arguments.next_if(|argument| argument == "--dump").and_then(|_| arguments.next()).map(PathBuf::from);
    let mut files = Vec::new();
    for argument in arguments {
        collect(Path::new(&argument), &mut files);
    }
    if files.is_empty() {
        eprintln!("usage: parse [--dump FOLDER] PATH…");
        return ExitCode::from(2);
    }
    files.sort();
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    runtime.block_on(report(&files, dump.as_deref()));
    ExitCode::SUCCESS
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(path) else {
        files.push(path.to_owned());
        return;
    };
    for entry in entries.flatten() {
        collect(&entry.path(), files);
    }
}

async fn report(files: &[PathBuf], dump: Option<&Path>) {
    println!("PDF is read by {:?}", parse::engine());
    let Ok(program) = std::env::current_exe() else { return };
    let pool =
        ParserPool::new(ParserCommand { program, args: vec![WORKER.into()], env: Vec::new() }, Limits::default(), 1);
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let start = Instant::now();
    let mut slowest = (0.0, PathBuf::new());
    for path in files {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let begun = Instant::now();
        let outcome = pool.parse(path, name).await;
        let seconds = begun.elapsed().as_secs_f64();
        if seconds > slowest.0 {
            slowest = (seconds, path.clone());
        }
        let head = fs::read(path).unwrap_or_default();
        let kind = format::sniff(&head, name).as_str().to_owned();
        let (word, detail) = describe(&outcome);
        println!("{word:<12} {kind:<9} {seconds:>7.3} s  {} | {detail}", path.display());
        *counts.entry((kind, word)).or_default() += 1;
        if let Some(folder) = dump {
            write(folder, path, &outcome);
        }
    }
    println!(
        "\n{} files in {:.1} s; slowest {:.2} s: {}",
        files.len(),
        start.elapsed().as_secs_f64(),
        slowest.0,
        slowest.1.display()
    );
    for ((kind, word), count) in counts {
        println!("{kind:<9} {word:<12} {count}");
    }
}

fn describe(outcome: &Outcome) -> (&'static str, String) {
    match outcome {
        Outcome::Parsed(parsed) => {
            let characters: usize = parsed.content.blocks.iter().map(|block| block.text.chars().count()).sum();
            let detail = format!(
                "{} blocks, {characters} characters, {} pages ({} scanned), {}, {:?}",
                parsed.content.blocks.len(),
                parsed.pages.map_or_else(|| "no".to_owned(), |pages| pages.to_string()),
                parsed.scanned_pages.len(),
                parsed.language.map_or("language unknown", models::Language::code),
                parsed.title.as_deref().unwrap_or_default(),
            );
            ("parsed", detail)
        }
        Outcome::NeedsOcr { pages } => ("needs OCR", format!("{pages} pages")),
        Outcome::Unsupported { what } => ("unsupported", what.clone()),
        Outcome::Failed { reason } => ("failed", reason.clone()),
    }
}

fn write(folder: &Path, path: &Path, outcome: &Outcome) {
    let name = path.to_string_lossy().replace(['/', '\\'], "__");
    let written = fs::create_dir_all(folder)
        .and_then(|()| Ok(serde_json::to_vec(outcome)?))
        .and_then(|bytes| fs::write(folder.join(format!("{name}.json")), bytes));
    if let Err(error) = written {
        eprintln!("{}: {error}", path.display());
    }
}
