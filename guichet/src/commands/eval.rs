//! `guichet eval`: quality, measured through the product's own parts, without a network.

mod abstention;
mod golden;
mod parts;
mod retrieval;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use jiff::civil::Date;

pub use parts::{commit, embedder, progress};

use crate::{config::Config, failure::Outcome};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// nDCG@10, recall@5 and @10 and MRR@10 on test sets in the BEIR layout
    Retrieval(Retrieval),
    /// Whether "I don't know" comes when the documents do not hold the answer: ROC-AUC on test sets
    Abstention(Abstention),
    /// Questions with known answers, on the sample documents or on yours
    Golden(Golden),
}

#[derive(Debug, clap::Args)]
struct Retrieval {
    /// Folders with corpus.jsonl, queries.jsonl and qrels/test.tsv
    #[arg(required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,
    /// What is reported; with `hybrid`, both single modes are, for comparison
    #[arg(long, value_enum, default_value_t = ModeChoice::All)]
    mode: ModeChoice,
    /// Also tune the fusion on all sets but one, for each one, and report the one left out
    #[arg(long)]
    loso: bool,
    /// Write what both indexes found for each question, one JSON object a line
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Abstention {
    /// Folders as for `retrieval`; one with answers.jsonl also says which questions are unanswerable
    #[arg(required = true, value_name = "DIR")]
    sets: Vec<PathBuf>,
    /// At most this many questions of each set and situation
    #[arg(long, default_value_t = 400)]
    limit: usize,
    /// Write what the confidence model sees of each question, one JSON object a line
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Golden {
    /// Questions with their answers: samples/golden.jsonl
    file: PathBuf,
    /// The documents that are asked [default: the folder `documents` beside the file]
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Ask the data folder as it is instead, through its server where one is running
    #[arg(long, conflicts_with_all = ["documents", "cache", "as_of"])]
    here: bool,
    /// The day on which documents must be valid [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// Write what the confidence model sees of each question, and what the answer would be without it, one JSON object
    /// a line
    #[arg(long, value_name = "FILE", conflicts_with = "here")]
    dump: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// Keep vectors in this folder, so that the next run does not embed the same texts
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeChoice {
    Hybrid,
    Dense,
    Lexical,
    All,
}

pub async fn run(args: Args, config: &Config) -> Outcome {
    match args.what {
        What::Retrieval(args) => retrieval::run(args, config).await,
        What::Abstention(args) => abstention::run(args, config).await,
        What::Golden(args) => golden::run(args, config).await,
    }
}
