//! `guichet bench`: speed and size. `bench/peers.py` runs other programs on the same texts and files.

mod embed;
mod ingesting;
mod parse;
mod search;
mod server;
mod startup;
mod synthetic;
mod texts;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde::Serialize;

use crate::{
    commands::eval::{commit, progress},
    config::Config,
    failure::{Failure, Outcome},
    output,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
    /// Documents whose words are used
    #[arg(long, global = true, value_name = "DIR", default_value = "samples/documents")]
    documents: PathBuf,
    /// Chooses what is drawn at random
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Texts of about 200 tokens per second, for each embedder that is installed
    Embed(Embed),
    /// Files and megabytes parsed per second
    Parse(Parse),
    /// A whole ingest: what it costs besides the model, and when nothing has changed
    Ingest(Ingest),
    /// Search over many chunks: time, memory, and how much of the exact result the vector index finds
    Search(Search),
    /// From start to ready, memory at rest, size of the program
    Startup,
    /// All of them
    All {
        /// Folder of files for `parse` [default: the documents]
        #[arg(long, value_name = "DIR")]
        files: Option<PathBuf>,
    },
}

#[derive(Debug, clap::Args)]
struct Embed {
    /// How many texts
    #[arg(long, default_value_t = 200)]
    texts: usize,
    /// Write the texts to this file, as one JSON list
    #[arg(long, value_name = "FILE")]
    dump_texts: Option<PathBuf>,
    /// Write the texts and measure nothing
    #[arg(long, requires = "dump_texts")]
    only_dump: bool,
}

#[derive(Debug, clap::Args)]
struct Parse {
    /// Folder of files [default: the documents]
    folder: Option<PathBuf>,
    /// Only this format, such as `pdf`
    #[arg(long, value_name = "FORMAT")]
    only: Option<String>,
    /// Files parsed side by side [default: as configured]
    #[arg(long)]
    workers: Option<usize>,
}

#[derive(Debug, clap::Args)]
struct Ingest {
    /// Files or folders [default: the documents]
    paths: Vec<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Search {
    /// How many chunks; repeatable [default: 1000, 10000, 100000]
    #[arg(long, value_name = "NUMBER")]
    chunks: Vec<usize>,
    /// How many questions
    #[arg(long, default_value_t = 200)]
    queries: usize,
    #[arg(long, value_enum, default_value_t = SearchChoice::Hybrid)]
    mode: SearchChoice,
    /// Write chunks and questions of the last size to this file, as JSON
    #[arg(long, value_name = "FILE")]
    dump_texts: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SearchChoice {
    Hybrid,
    Dense,
    Lexical,
}

/// Everything that one run measured.
#[derive(Debug, Default, Serialize)]
struct Report {
    commit: Option<String>,
    machine: Machine,
    #[serde(skip_serializing_if = "Option::is_none")]
    embed: Option<embed::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parse: Option<parse::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ingest: Option<ingesting::Report>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    search: Vec<search::Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    startup: Option<startup::Report>,
}

/// Figures mean something only beside the machine that made them.
#[derive(Debug, Default, Serialize)]
struct Machine {
    processors: usize,
    /// As the system names it.
    model: Option<String>,
    /// Whether the program was built without optimisation of its own crates; dependencies are always optimised.
    development_build: bool,
}

pub async fn run(args: Args, config: &Config) -> Outcome {
    let mut report = Report { commit: commit(), machine: Machine::this(), ..Report::default() };
    let bench = Bench { config, documents: args.documents, seed: args.seed };
    match args.what {
        What::Embed(args) => {
            let Some(measured) = embed::run(&bench, &args).await? else { return Ok(()) };
            report.embed = Some(measured);
        }
        What::Parse(args) => report.parse = Some(parse::run(&bench, &args).await?),
        What::Ingest(args) => report.ingest = Some(ingesting::run(&bench, &args.paths).await?),
        What::Search(args) => report.search = search::run(&bench, &args).await?,
        What::Startup => report.startup = Some(startup::run(&bench).await?),
        What::All { files } => {
            let embed = Embed { texts: 200, dump_texts: None, only_dump: false };
            report.embed = embed::run(&bench, &embed).await?;
            let parse = Parse { folder: files, only: None, workers: None };
            report.parse = Some(parse::run(&bench, &parse).await?);
            report.ingest = Some(ingesting::run(&bench, &[]).await?);
            report.startup = Some(startup::run(&bench).await?);
            let search = Search { chunks: Vec::new(), queries: 200, mode: SearchChoice::Hybrid, dump_texts: None };
            report.search = search::run(&bench, &search).await?;
        }
    }
    if args.json { output::print_json(&report) } else { output::print(&report.table()) }
}

/// What every bench is given.
struct Bench<'a> {
    config: &'a Config,
    documents: PathBuf,
    seed: u64,
}

impl Bench<'_> {
    /// The configuration with another data folder.
    fn config_in(&self, data: PathBuf) -> Config {
        Config { data, ..self.config.clone() }
    }
}

impl Machine {
    fn this() -> Self {
        let named = std::fs::read_to_string("/proc/cpuinfo").ok();
        let model = named.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("model name")));
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            model: model.map(|name| name.trim_start_matches([':', ' ', '\t']).to_owned()),
            development_build: cfg!(debug_assertions),
        }
    }
}

impl Report {
    fn table(&self) -> String {
        let Machine { processors, model, development_build } = &self.machine;
        let build = if *development_build { "development build" } else { "release build" };
        let model = model.as_deref().unwrap_or("unknown processor");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        let mut text = format!("commit {commit}, {build}, {processors} x {model}\n");
        text += &self.embed.as_ref().map(embed::Report::table).unwrap_or_default();
        text += &self.parse.as_ref().map(parse::Report::table).unwrap_or_default();
        text += &self.ingest.as_ref().map(ingesting::Report::table).unwrap_or_default();
        text += &self.startup.as_ref().map(startup::Report::table).unwrap_or_default();
        self.search.iter().map(search::Report::table).fold(text, |text, table| text + &table)
    }
}

/// The `share` quantile, by nearest rank; sorts.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length is an index")]
    let rank = (number(values.len()) * share).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// A count as a number to divide by; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "nothing here counts to 2^53")]
const fn number(count: usize) -> f64 {
    count as f64
}

fn unwritable(file: &std::path::Path) -> impl FnOnce(std::io::Error) -> Failure + use<'_> {
    move |error| Failure::new(format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let mut values = [4.0, 1.0, 3.0, 2.0];
        for (share, expect) in [(0.5, 2.0), (0.99, 4.0), (0.0, 1.0), (1.0, 4.0)] {
            assert!((quantile(&mut values, share) - expect).abs() < f64::EPSILON, "{share}");
        }
        assert!(quantile(&mut [], 0.5).abs() < f64::EPSILON);
    }
}
