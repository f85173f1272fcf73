//! From the start of the process to ready, memory at rest, and the program's size.

use std::time::Duration;

use serde::Serialize;

use super::{Bench, number, quantile, server::Server};
use crate::failure::{Failure, Outcome};

/// Starts that are measured, after one that fills the disk cache.
const TURNS: usize = 5;
/// After which a server that is asked nothing has come to rest.
const REST: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
pub struct Report {
    /// With an empty data folder; median.
    ready_seconds: f64,
    slowest_seconds: f64,
    /// The model loaded, nothing asked yet.
    idle_megabytes: Option<f64>,
    /// After one question.
    asked_megabytes: Option<f64>,
    program_megabytes: f64,
}

pub async fn run(_: &Bench<'_>) -> Outcome<Report> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    drop(Server::start(folder.path(), false).await?);
    let mut seconds = Vec::with_capacity(TURNS);
    let (mut idle, mut asked) = (None, None);
    for _ in 0..TURNS {
        let server = Server::start(folder.path(), false).await?;
        seconds.push(server.ready_seconds);
        tokio::time::sleep(REST).await;
        idle = server.memory();
        server.search("Quand ouvre la bibliothèque ?", "hybrid").await?;
        asked = server.memory();
    }
    let program = std::env::current_exe().and_then(std::fs::metadata).map_or(0, |metadata| metadata.len());
    Ok(Report {
        ready_seconds: quantile(&mut seconds, 0.5),
        slowest_seconds: quantile(&mut seconds, 1.0),
        idle_megabytes: idle,
        asked_megabytes: asked,
        program_megabytes: number(usize::try_from(program).unwrap_or(usize::MAX)) / 1e6,
    })
}

impl Report {
    pub fn table(&self) -> String {
        let Self { ready_seconds, slowest_seconds, program_megabytes, .. } = self;
        let memory =
            |megabytes: Option<f64>| megabytes.map_or_else(|| "unknown".to_owned(), |it| format!("{it:.0} MB"));
        format!(
            "starting: ready after {ready_seconds:.2} s (slowest {slowest_seconds:.2} s), memory {} at rest, {} after a \
             question, program {program_megabytes:.0} MB\n",
            memory(self.idle_megabytes),
            memory(self.asked_megabytes),
        )
    }
}
