//! `guichet ingest`: files, folders and patterns become searchable documents.

use std::{path::PathBuf, sync::Arc, time::Duration};

use api::Engine;
use indicatif::{ProgressBar, ProgressStyle};
use ingest::{IngestOptions, Progress, Report, Sources, source};
use models::TenantId;

use super::stop_requested;
use crate::{
    cli::{Given, Ingest},
    config::Config,
    desk::{Desk, Local},
    failure::{Failure, Outcome, causes},
    output, uploads,
};

/// What the paths lead to.
///
/// # Errors
///
/// Wrong use when a path leads to nothing, or is an address.
pub fn find(paths: &[PathBuf], given: &Given) -> Outcome<Sources> {
    let paths: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if let Some(address) = paths.iter().find(|path| path.starts_with("http://") || path.starts_with("https://")) {
        return Err(Failure::usage(format!("{address}: addresses are not read yet"))
            .hint("download the page or file, then ingest it from the folder"));
    }
    let mut sources = source::find(&paths).map_err(|error| Failure::usage(error.to_string()))?;
    for file in &mut sources.files {
        file.beside.command.collection.clone_from(&given.collection);
        if !given.audience.is_empty() {
            file.beside.command.audience = Some(given.audience.clone());
        }
    }
    Ok(sources)
}

pub async fn run(args: Ingest, config: &Config) -> Outcome {
    let sources = find(&args.paths, &args.given)?;
    let bar = bar(sources.files.len());
    let desk = Desk::open(config, "ingest").await?;
    let report = match &desk {
        Desk::Local(local) => here(local, sources, &bar).await,
        Desk::Server(client) => uploads::run(client, sources, &bar).await,
    };
    bar.finish_and_clear();
    desk.close().await;
    let report = report?;
    if args.json { output::print_json(&report) } else { output::print(&output::report(&report)) }
}

/// Ctrl-C puts what is being read back into the queue, where the next run finds it, and reports.
async fn here(local: &Local, sources: Sources, bar: &ProgressBar) -> Outcome<Report> {
    let pipeline = &local.engine.pipeline;
    let stopper = tokio::spawn({
        let (pipeline, bar) = (pipeline.clone(), bar.clone());
        async move {
            stop_requested().await;
            bar.println("stopping; what is not read yet stays in the queue");
            pipeline.halt();
        }
    });
    pipeline.add(sources, &IngestOptions::default()).await?;
    let report = pipeline.run_until_idle(|progress| show(bar, progress)).await;
    stopper.abort();
    Ok(report?)
}

/// Queues the files for the server's worker, and says on stderr how far it is.
pub async fn in_background(engine: Arc<Engine>, sources: Sources) {
    if sources.files.is_empty() {
        return;
    }
    for problem in &sources.problems {
        tracing::warn!(origin = problem.origin, "{}", problem.reason);
    }
    if let Err(error) = engine.pipeline.add(sources, &IngestOptions::default()).await {
        tracing::error!("the files cannot be read in: {}", causes(&error));
        return;
    }
    let mut said = None;
    loop {
        let Ok(counts) = engine.store.counts(&TenantId::default(), None).await else { return };
        let pending: u64 =
            counts.documents.iter().filter(|(state, _)| state.is_pending()).map(|(_, count)| count).sum();
        if pending == 0 {
            break;
        }
        if said != Some(pending) {
            eprintln!("reading documents: {pending} to go");
            said = Some(pending);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    if said.is_some() {
        eprintln!("all documents are read");
    }
}

fn bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(files).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {msg} [{elapsed}, {eta} left]");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.done);
    bar.set_message(format!("{} chunks", progress.chunks));
}
