//! Search over HTTP on many chunks, the memory that takes, and the vector index's recall.

use std::collections::HashSet;

use inference::{EmbedService, TextKind};
use models::{Clock as _, Scope, SystemClock, TenantId};
use rag::Filter;
use serde::Serialize;

use super::{
    Bench, Search, SearchChoice, number, quantile,
    server::Server,
    synthetic::{self, Synthetic},
    texts, unwritable,
};
use crate::{
    commands::eval::embedder,
    failure::{Failure, Outcome},
};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const LIMIT: usize = 10;
/// Questions whose exact result is worked out.
const EXACT: usize = 50;

#[derive(Debug, Serialize)]
pub struct Report {
    pub chunks: usize,
    pub mode: &'static str,
    pub queries: usize,
    /// Over HTTP, the question's embedding included.
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Of the ten nearest vectors by exact scan, the share that the index finds.
    pub recall_at_10: Option<f64>,
    /// The server's, after the questions.
    pub megabytes: Option<f64>,
    /// Writing all chunks to store and indexes, without embedding.
    pub fill_seconds: f64,
    /// Until a server on that folder is ready.
    pub ready_seconds: f64,
}

pub async fn run(bench: &Bench<'_>, args: &Search) -> Outcome<Vec<Report>> {
    let embedder = match args.mode {
        SearchChoice::Lexical => None,
        _ => Some(embedder(bench.config).await?),
    };
    let sizes = if args.chunks.is_empty() { SIZES.to_vec() } else { args.chunks.clone() };
    let mut reports = Vec::with_capacity(sizes.len());
    for &size in &sizes {
        reports.push(measure(bench, args, size, embedder.as_ref()).await?);
    }
    Ok(reports)
}

async fn measure(bench: &Bench<'_>, args: &Search, size: usize, embedder: Option<&EmbedService>) -> Outcome<Report> {
    let folder = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    let questions = texts::questions(bench, args.queries.max(1))?;
    let started = std::time::Instant::now();
    let synthetic = synthetic::fill(bench, folder.path(), size, embedder).await?;
    let fill_seconds = started.elapsed().as_secs_f64();
    let recall_at_10 = match embedder {
        Some(embedder) => recall(&synthetic, embedder, &questions).await?,
        None => None,
    };
    if let Some(file) = &args.dump_texts {
        let json = serde_json::json!({ "chunks": synthetic.texts, "queries": questions });
        std::fs::write(file, json.to_string()).map_err(unwritable(file))?;
    }
    synthetic.store.close().await;
    // The server needs the folder, and the machine's memory, for itself.
    drop(synthetic);
    let server = Server::start(folder.path(), embedder.is_none()).await?;
    let mode = match args.mode {
        SearchChoice::Hybrid => "hybrid",
        SearchChoice::Dense => "dense",
        SearchChoice::Lexical => "lexical",
    };
    for question in questions.iter().take(20) {
        server.search(question, mode).await?;
    }
    let progress = super::progress();
    let mut times = Vec::with_capacity(questions.len());
    for question in &questions {
        times.push(server.search(question, mode).await?);
        progress("searching", times.len(), questions.len());
    }
    Ok(Report {
        chunks: size,
        mode,
        queries: questions.len(),
        p50_ms: quantile(&mut times, 0.5),
        p99_ms: quantile(&mut times, 0.99),
        recall_at_10,
        megabytes: server.memory(),
        fill_seconds,
        ready_seconds: server.ready_seconds,
    })
}

async fn recall(synthetic: &Synthetic, embedder: &EmbedService, questions: &[String]) -> Outcome<Option<f64>> {
    let Some(index) = &synthetic.indexes.vectors else { return Ok(None) };
    let questions: Vec<String> = questions.iter().take(EXACT).cloned().collect();
    let scope = Scope::new(TenantId::default(), "bench", Vec::new(), SystemClock.today());
    let filter = Filter::of(&scope, &[]);
    let (mut found, mut wanted) = (0, 0);
    for vector in embedder.embed(questions, TextKind::Query).await? {
        let exact: HashSet<_> = synthetic.exact(&vector, LIMIT).into_iter().collect();
        let hits = index.search(&vector, &filter, LIMIT).await?;
        found += hits.iter().filter(|hit| exact.contains(&hit.chunk)).count();
        wanted += exact.len();
    }
    Ok(Some(number(found) / number(wanted).max(1.0)))
}

impl Report {
    pub fn table(&self) -> String {
        let Self { chunks, mode, p50_ms, p99_ms, fill_seconds, ready_seconds, .. } = self;
        let recall = self.recall_at_10.map(|recall| format!(", index recall@10 {recall:.3}")).unwrap_or_default();
        let memory = self.megabytes.map(|megabytes| format!(", memory {megabytes:.0} MB")).unwrap_or_default();
        format!(
            "{mode} search over HTTP, {chunks} chunks: p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms{recall}{memory}\n  \
             filled in {fill_seconds:.1} s, served after {ready_seconds:.2} s\n"
        )
    }
}
