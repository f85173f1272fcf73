//! The sub-commands, one file each.

pub mod ask;
pub mod doctor;
pub mod documents;
pub mod eval;
pub mod ingest;
pub mod models;
pub mod search;
pub mod serve;

use std::io::Read as _;

use crate::failure::{Failure, Outcome};

/// The longest question, in bytes; the server has the same limit.
const QUESTION_LIMIT: usize = api::QUESTION_LIMIT;

/// The text itself, or standard input for `-`.
fn text_or_stdin(text: String) -> Outcome<String> {
    let text = if text == "-" {
        let mut read = Vec::new();
        let limit = u64::try_from(QUESTION_LIMIT + 1).unwrap_or(u64::MAX);
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut read)
            .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
        String::from_utf8_lossy(&read).into_owned()
    } else {
        text
    };
    if text.len() > QUESTION_LIMIT {
        return Err(Failure::usage(format!("a question is at most {QUESTION_LIMIT} bytes long"))
            .hint("ask in a few sentences; to add a long text to the documents, use `guichet ingest`"));
    }
    Ok(text)
}

/// Completes when the person asks the program to stop, by Ctrl-C or by a service manager.
pub async fn stop_requested() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
