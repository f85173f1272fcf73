//! Files parsed in the limited worker processes, as ingestion does it.

use std::{collections::BTreeMap, fmt::Write as _, time::Instant};

use futures::{StreamExt as _, stream};
use ingest::{parse::Outcome as Parsed, source::SourceFile};
use serde::Serialize;

use super::{Bench, Parse, number};
use crate::{config::Config, failure::Outcome, wiring};

#[derive(Debug, Serialize)]
pub struct Report {
    pub files: usize,
    pub megabytes: f64,
    pub seconds: f64,
    pub files_per_second: f64,
    pub megabytes_per_second: f64,
    pub workers: usize,
    /// How many files came to which end.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// By the end of the file's name.
    pub formats: BTreeMap<String, Format>,
}

#[derive(Debug, Default, Serialize)]
pub struct Format {
    pub files: usize,
    pub parsed: usize,
    pub megabytes: f64,
    /// Summed over workers.
    pub seconds: f64,
}

pub async fn run(bench: &Bench<'_>, args: &Parse) -> Outcome<Report> {
    let folder = args.folder.as_ref().unwrap_or(&bench.documents);
    let mut files = ingest::source::find(&[folder.display().to_string()])?.files;
    if let Some(only) = &args.only {
        files.retain(|file| extension(file) == *only);
    }
    let workers = args.workers.or(bench.config.parse_workers);
    let workers = workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from).min(4)).max(1);
    let pool = wiring::parser_pool(&Config { parse_workers: Some(workers), ..bench.config.clone() })?;
    let progress = super::progress();
    let started = Instant::now();
    let parsed = stream::iter(&files).map(|file| {
        let pool = &pool;
        async move {
            let started = Instant::now();
            let outcome = pool.parse(&file.path, &file.origin).await;
            (file, outcome, started.elapsed().as_secs_f64())
        }
    });
    let mut parsed = parsed.buffer_unordered(workers);
    let mut report = Report {
        files: files.len(),
        megabytes: 0.0,
        seconds: 0.0,
        files_per_second: 0.0,
        megabytes_per_second: 0.0,
        workers,
        outcomes: BTreeMap::new(),
        formats: BTreeMap::new(),
    };
    let mut done = 0;
    while let Some((file, outcome, seconds)) = parsed.next().await {
        report.count(file, &outcome, seconds);
        done += 1;
        progress("parsing", done, files.len());
    }
    report.seconds = started.elapsed().as_secs_f64();
    report.files_per_second = number(report.files) / report.seconds;
    report.megabytes_per_second = report.megabytes / report.seconds;
    Ok(report)
}

fn extension(file: &SourceFile) -> String {
    file.path.extension().map(|end| end.to_string_lossy().to_lowercase()).unwrap_or_default()
}

impl Report {
    fn count(&mut self, file: &SourceFile, outcome: &Parsed, seconds: f64) {
        let bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
        let megabytes = number(usize::try_from(bytes).unwrap_or(usize::MAX)) / 1e6;
        let name = match outcome {
            Parsed::Parsed(_) => "parsed",
            Parsed::NeedsOcr { .. } => "needs_ocr",
            Parsed::Unsupported { .. } => "unsupported",
            Parsed::Failed { .. } => "failed",
        };
        *self.outcomes.entry(name).or_default() += 1;
        self.megabytes += megabytes;
        let format = self.formats.entry(extension(file)).or_default();
        format.files += 1;
        format.parsed += usize::from(name == "parsed");
        format.megabytes += megabytes;
        format.seconds += seconds;
    }

    pub fn table(&self) -> String {
        let Self { files, megabytes, seconds, files_per_second, megabytes_per_second, workers, outcomes, .. } = self;
        let mut text = format!("parsing {files} files, {megabytes:.1} MB, {workers} workers, {seconds:.1} s\n");
        let _ = writeln!(text, "  {files_per_second:.1} files/s, {megabytes_per_second:.2} MB/s, {outcomes:?}");
        for (name, format) in &self.formats {
            let Format { files, parsed, megabytes, seconds } = format;
            let _ = writeln!(text, "  {name:8} {parsed:4}/{files:<4} {megabytes:7.2} MB {seconds:7.2} s");
        }
        text
    }
}
