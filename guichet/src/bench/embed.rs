//! Texts embedded per second, by each embedder that this machine has.

use std::{fmt::Write as _, time::Instant};

use inference::{EmbedService, TextKind, onnx::Precision};
use serde::Serialize;

use super::{Bench, Embed, number, quantile, texts, unwritable};
use crate::{
    config::{Config, EmbedderChoice},
    failure::{Failure, Outcome},
    wiring,
};

#[derive(Debug, Serialize)]
pub struct Report {
    texts: usize,
    /// Mean length in the model's tokens.
    tokens: f64,
    adapters: Vec<Adapter>,
    /// What could not be measured, and why.
    unavailable: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Adapter {
    name: String,
    /// Name, variant and weights.
    model: String,
    texts_per_second: f64,
    /// One question of a few words, alone.
    query_p50_ms: f64,
}

/// `None` when only the texts were wanted.
pub async fn run(bench: &Bench<'_>, args: &Embed) -> Outcome<Option<Report>> {
    let texts = texts::passages(bench, args.texts)?;
    if let Some(file) = &args.dump_texts {
        let json = serde_json::to_string(&texts).map_err(|error| Failure::new(error.to_string()))?;
        std::fs::write(file, json).map_err(unwritable(file))?;
        if args.only_dump {
            return Ok(None);
        }
    }
    let mut report = Report { texts: texts.len(), tokens: 0.0, adapters: Vec::new(), unavailable: Vec::new() };
    for (name, embedder, embedder_precision) in [
        ("onnx", EmbedderChoice::Onnx, Precision::Fp32),
        ("onnx int8", EmbedderChoice::Onnx, Precision::Int8),
        ("candle", EmbedderChoice::Candle, Precision::Fp32),
    ] {
        let config = Config { embedder, embedder_precision, ..bench.config.clone() };
        match wiring::open_embedder(&config).await {
            Ok(service) => {
                report.tokens = tokens(&service, &texts);
                report.adapters.push(measure(bench, name, &service, &texts).await?);
            }
            Err(error) => report.unavailable.push(format!("{name}: {error}")),
        }
    }
    Ok(Some(report))
}

async fn measure(bench: &Bench<'_>, name: &str, service: &EmbedService, texts: &[String]) -> Outcome<Adapter> {
    // The first run pays for loading and for choosing kernels.
    service.embed(texts.iter().take(8).cloned().collect(), TextKind::Passage).await?;
    let seconds = seconds(service, texts).await?;
    let mut times = Vec::new();
    for question in texts::questions(bench, 50)? {
        let started = Instant::now();
        service.embed(vec![question], TextKind::Query).await?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Adapter {
        name: name.to_owned(),
        model: service.info().id.clone(),
        texts_per_second: number(texts.len()) / seconds,
        query_p50_ms: quantile(&mut times, 0.5),
    })
}

/// How long the model takes for these texts, with nothing else to do.
pub async fn seconds(service: &EmbedService, texts: &[String]) -> Outcome<f64> {
    let started = Instant::now();
    for texts in texts.chunks(1024) {
        service.embed(texts.to_vec(), TextKind::Passage).await?;
    }
    Ok(started.elapsed().as_secs_f64())
}

fn tokens(service: &EmbedService, texts: &[String]) -> f64 {
    let count =
        |text: &String| service.tokenizer().encode_fast(text.as_str(), true).map_or(0, |encoding| encoding.len());
    number(texts.iter().map(count).sum()) / number(texts.len()).max(1.0)
}

impl Report {
    pub fn table(&self) -> String {
        let mut text = format!("embedding {} texts of {:.0} tokens\n", self.texts, self.tokens);
        for Adapter { name, model, texts_per_second, query_p50_ms } in &self.adapters {
            let _ =
                writeln!(text, "  {name:9} {texts_per_second:8.1} texts/s, a question {query_p50_ms:.1} ms  {model}");
        }
        for line in &self.unavailable {
            let _ = writeln!(text, "  unavailable: {line}");
        }
        text
    }
}
