//! A whole ingest into an empty folder, and the same again with nothing changed.

use std::{path::PathBuf, sync::Arc, time::Instant};

use api::Engine;
use ingest::IngestOptions;
use models::{Clock, SystemClock};
use serde::Serialize;

use super::{Bench, embed};
use crate::{
    failure::{Failure, Outcome},
    wiring,
};

#[derive(Debug, Serialize)]
pub struct Report {
    files: u64,
    chunks: u64,
    seconds: f64,
    /// The model alone, given the same texts; `None` without a model.
    model_seconds: Option<f64>,
    /// The part of the time that is not the model's, 0 to 1.
    outside_model: Option<f64>,
    /// The same files again.
    unchanged_seconds: f64,
    /// How many times faster that is.
    unchanged_ratio: f64,
}

pub async fn run(bench: &Bench<'_>, paths: &[PathBuf]) -> Outcome<Report> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    let config = bench.config_in(folder.path().to_owned());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let engine = wiring::open_engine(&config, clock).await?.0;
    let paths = if paths.is_empty() { std::slice::from_ref(&bench.documents) } else { paths };
    let (report, seconds) = ingest(&engine, paths).await?;
    let (_, unchanged_seconds) = ingest(&engine, paths).await?;
    let model_seconds = match wiring::open_embedder(&config).await {
        Ok(service) => Some(embed::seconds(&service, &embedded(&engine).await?).await?),
        Err(_) => None,
    };
    engine.store.close().await;
    Ok(Report {
        files: report.total(),
        chunks: report.chunks,
        seconds,
        model_seconds,
        outside_model: model_seconds.map(|model| ((seconds - model) / seconds).max(0.0)),
        unchanged_seconds,
        unchanged_ratio: seconds / unchanged_seconds,
    })
}

async fn ingest(engine: &Engine, paths: &[PathBuf]) -> Outcome<(ingest::Report, f64)> {
    let started = Instant::now();
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let sources = ingest::source::find(&paths)?;
    engine.pipeline.add(sources, &IngestOptions::default()).await?;
    let progress = super::progress();
    let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let tell = |at: ingest::Progress| progress("ingesting", count(at.done), count(at.total));
    let report = engine.pipeline.run_until_idle(tell).await?;
    Ok((report, started.elapsed().as_secs_f64()))
}

/// Every text that was embedded: equal texts once, as the pipeline does it.
async fn embedded(engine: &Engine) -> Outcome<Vec<String>> {
    let (mut texts, mut after) = (Vec::new(), None);
    loop {
        let page = engine.store.all_chunks(after, 1000, None).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.chunk.id);
        texts.extend(page.iter().map(|stored| stored.chunk.embedded_text(&stored.document.title)));
    }
    texts.sort_unstable();
    texts.dedup();
    Ok(texts)
}

impl Report {
    pub fn table(&self) -> String {
        let Self { files, chunks, seconds, unchanged_seconds, unchanged_ratio, .. } = self;
        let model = self.model_seconds.zip(self.outside_model).map_or_else(
            || "without a model".to_owned(),
            |(model, outside)| format!("the model alone {model:.1} s, all else {:.1} %", outside * 100.0),
        );
        format!(
            "ingesting {files} files, {chunks} chunks: {seconds:.1} s; {model}\n  \
             again, unchanged: {unchanged_seconds:.3} s, {unchanged_ratio:.0} times faster\n"
        )
    }
}
