//! Results for a person, on stdout; `--json` prints the same things as JSON.

use std::{fmt::Write as _, io::Write as _};

use ingest::Report;
use models::{Answer, Document, Validity};
use rag::SearchResult;
use serde::Serialize;

use crate::failure::{Failure, Outcome};

/// Prints on stdout. A reader that closed the pipe early is content with what it has.
pub fn print(text: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

pub fn print_json(value: &impl Serialize) -> Outcome {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(format!("no JSON: {error}")))?;
    print(&format!("{text}\n"))
}

/// The answer, then its sources. `site` is a running server's address.
pub fn answer(answer: &Answer, site: Option<&str>) -> String {
    let mut text = String::new();
    if answer.abstained || answer.sentences.is_empty() {
        let _ = writeln!(text, "{}", answer.answer);
        if !answer.passages.is_empty() {
            let _ = writeln!(text, "\nClosest passages:");
        }
        for passage in answer.passages.iter().take(3) {
            let place = place(&passage.title, passage.page, &passage.headings, &passage.validity);
            let _ = writeln!(text, "  - {place}\n    {}", link(&passage.uri, site));
        }
        return text;
    }
    let sentences = answer.sentences.iter().map(|sentence| format!("{} [{}]", sentence.text, sentence.citation));
    let _ = writeln!(text, "{}\n", sentences.collect::<Vec<_>>().join("\n"));
    for citation in &answer.citations {
        let place = place(&citation.title, citation.page, &citation.headings, &citation.validity);
        let _ = writeln!(text, "[{}] {place}\n    {}", citation.number, link(&citation.uri, site));
    }
    text
}

/// Passages, best first.
pub fn passages(found: &SearchResult, site: Option<&str>) -> String {
    let mut text = String::new();
    if found.passages.is_empty() {
        text.push_str("Nothing found.\n");
    }
    for (number, passage) in found.passages.iter().enumerate() {
        let place = place(&passage.title, passage.page, &passage.headings, &passage.validity);
        let words = shortened(&passage.text, 300);
        let link = link(&passage.uri, site);
        let _ = writeln!(text, "{:2}. {:.3}  {place}\n    {words}\n    {link}", number + 1, passage.score);
    }
    text
}

/// One line per document.
pub fn documents(items: &[Document]) -> String {
    items.iter().fold(String::new(), |mut text, item| {
        let reason = item.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let state = item.state.as_str();
        let _ = writeln!(text, "{}  {state:11}  {}{reason}", item.id, item.origin);
        text
    })
}

/// What became of the files of an ingest.
pub fn report(report: &Report) -> String {
    let counts = report.documents.iter().filter(|(_, count)| **count > 0);
    let counts: Vec<String> = counts.map(|(state, count)| format!("{count} {}", state.replace('_', " "))).collect();
    let counts = if counts.is_empty() { "no files".to_owned() } else { counts.join(", ") };
    let mut text = format!("{counts}; {} chunks in {:.1} s\n", report.chunks, report.seconds);
    for problem in &report.problems {
        let _ = writeln!(text, "  {} ({}): {}", problem.origin, problem.state.replace('_', " "), problem.reason);
    }
    text
}

fn place(title: &str, page: Option<u32>, headings: &[String], validity: &Validity) -> String {
    let mut text = title.to_owned();
    if let Some(page) = page {
        let _ = write!(text, ", page {page}");
    }
    if let Some(heading) = headings.last().filter(|heading| *heading != title) {
        let _ = write!(text, ", “{heading}”");
    }
    match (validity.from, validity.until) {
        (Some(from), Some(until)) => drop(write!(text, " (valid {from} to {until})")),
        (Some(from), None) => drop(write!(text, " (valid from {from})")),
        (None, Some(until)) => drop(write!(text, " (valid until {until})")),
        (None, None) => {}
    }
    text
}

fn link(uri: &str, site: Option<&str>) -> String {
    site.map_or_else(|| uri.to_owned(), |site| format!("{site}{uri}"))
}

/// In one line, at most `limit` characters.
fn shortened(text: &str, limit: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= limit {
        return line;
    }
    let cut: String = line.chars().take(limit).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(start, _)| start))
}
