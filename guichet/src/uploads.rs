//! Ingesting through the server that holds the data folder: each file is uploaded with what stands beside it, then the
//! server's worker is watched until all have come to their end.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use ingest::{Report, SourceFile, Sources};
use models::{Document, DocumentId, DocumentState};

use crate::{
    client::{Client, Upload},
    commands::stop_requested,
    failure::Outcome,
};

const POLL: Duration = Duration::from_millis(150);

pub async fn run(client: &Client, sources: Sources, bar: &ProgressBar) -> Outcome<Report> {
    let started = Instant::now();
    let mut tally = Tally::new();
    for problem in sources.problems {
        if problem.state != "skipped" {
            tally.count(&problem.state);
        }
        tally.report.problems.push(problem);
    }
    let work = async {
        let mut waiting = VecDeque::new();
        for file in sources.files {
            if let Some(id) = send(client, file, &mut tally).await? {
                waiting.push_back(id);
            }
            // The worker reads while we send.
            while let Some(&id) = waiting.front() {
                if !ended(client, id, &mut tally).await? {
                    break;
                }
                waiting.pop_front();
            }
            tally.show(bar);
        }
        while let Some(&id) = waiting.front() {
            if ended(client, id, &mut tally).await? {
                waiting.pop_front();
                tally.show(bar);
            } else {
                tokio::time::sleep(POLL).await;
            }
        }
        Outcome::Ok(())
    };
    tokio::select! {
        outcome = work => outcome?,
        () = stop_requested() => {
            bar.println("stopped sending; the server goes on with what it has (`guichet documents list --state queued`)");
        }
    }
    tally.report.seconds = started.elapsed().as_secs_f64();
    Ok(tally.report)
}

/// Uploads one file; its id where the server has to read it.
async fn send(client: &Client, file: SourceFile, tally: &mut Tally) -> Outcome<Option<DocumentId>> {
    let bytes = match tokio::fs::metadata(&file.path).await {
        Ok(metadata) if metadata.len() > u64::try_from(api::UPLOAD_LIMIT).unwrap_or(u64::MAX) => {
            let reason = "The file is larger than a server takes (100 MiB): stop the server, then ingest it.";
            tally.problem(file.origin, "failed", reason.to_owned());
            return Ok(None);
        }
        _ => tokio::fs::read(&file.path).await,
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            tally.problem(file.origin, "failed", format!("The file cannot be read: {error}."));
            return Ok(None);
        }
    };
    let name = file.origin.rsplit('/').next().unwrap_or_default().to_owned();
    let beside = serde_json::to_string(&file.beside).unwrap_or_default();
    let upload = Upload { name, bytes, fields: vec![("origin", file.origin), ("beside", beside)] };
    let (document, unchanged) = client.upload(upload).await?;
    if unchanged {
        tally.count("unchanged");
        return Ok(None);
    }
    Ok(Some(document.id))
}

/// Whether the document came to its end, which is then counted.
async fn ended(client: &Client, id: DocumentId, tally: &mut Tally) -> Outcome<bool> {
    let document = client.document(id).await?;
    if document.state.is_pending() {
        return Ok(false);
    }
    tally.document(document);
    Ok(true)
}

/// The report as it grows.
struct Tally {
    report: Report,
    done: u64,
}

impl Tally {
    fn new() -> Self {
        let mut report = Report::default();
        for state in ["indexed", "unchanged", "failed", "needs_ocr", "unsupported"] {
            report.documents.insert(state.to_owned(), 0);
        }
        Self { report, done: 0 }
    }

    fn count(&mut self, state: &str) {
        *self.report.documents.entry(state.to_owned()).or_default() += 1;
        self.done += 1;
    }

    fn problem(&mut self, origin: String, state: &str, reason: String) {
        self.count(state);
        self.report.problems.push(ingest::Problem { origin, state: state.to_owned(), reason });
    }

    fn document(&mut self, document: Document) {
        let state = document.state;
        if state == DocumentState::Indexed {
            self.report.chunks += u64::from(document.chunks);
        }
        match document.reason {
            Some(reason) => self.problem(document.origin, state.as_str(), reason),
            None => self.count(state.as_str()),
        }
    }

    fn show(&self, bar: &ProgressBar) {
        bar.set_position(self.done);
        bar.set_message(format!("{} chunks", self.report.chunks));
    }
}
