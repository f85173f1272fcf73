//! What goes to stderr while a command runs.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

use crate::failure::{Failure, Outcome};

/// Libraries that say more than anybody needs at `info`.
const QUIET: &str = "tantivy=warn,ort=warn,qdrant_edge=error,hyper=warn,sqlx=warn,h2=warn,pdf_extract=error";

/// Starts logging; `default` is the level where nothing was asked for.
///
/// # Errors
///
/// Wrong use when the filter cannot be read.
pub fn start(asked: Option<&str>, default: &str) -> Outcome {
    let text = format!("{QUIET},{}", asked.unwrap_or(default));
    let filter = EnvFilter::try_new(&text).map_err(|error| {
        Failure::usage(format!("the setting `log` cannot be read: {error}"))
            .hint("write error, warn, info or debug, or something like `rag=debug,warn`")
    })?;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let subscriber =
        fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).with_target(true).compact();
    // A second start in one process is for tests only and changes nothing.
    let _ = subscriber.try_init();
    Ok(())
}
