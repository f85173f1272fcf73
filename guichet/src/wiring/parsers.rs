//! The worker processes that parse files: this program, called with a hidden sub-command.

use std::thread;

use ingest::{Limits, ParserCommand, ParserPool};

use crate::{
    config::Config,
    failure::{Failure, Outcome},
};

/// # Errors
///
/// When the system does not say where this program stands.
pub fn pool(config: &Config) -> Outcome<ParserPool> {
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("cannot find this program to start parsers: {error}")))?;
    // A worker reads no configuration file: it finds PDFium by its environment.
    let env = config.models.iter().map(|folder| ("GUICHET_MODELS".into(), folder.into())).collect();
    let command = ParserCommand { program, args: vec!["parse-worker".into()], env };
    let limits =
        Limits { seconds: config.parse_seconds, memory: config.parse_memory_mb * 1024 * 1024, ..Limits::default() };
    Ok(ParserPool::new(command, limits, workers(config)))
}

fn workers(config: &Config) -> usize {
    config.parse_workers.unwrap_or_else(|| thread::available_parallelism().map_or(2, usize::from).min(4)).max(1)
}
