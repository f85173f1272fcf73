//! The command line, as clap reads it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use models::{Collection, DocumentId, DocumentState, Grant};

use crate::{bench, commands::eval};

/// Ask a school's documents, with the source of every sentence.
#[derive(Debug, Parser)]
#[command(name = "guichet", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Every setting can also stand in the configuration file, or in the environment as GUICHET_NAME.\n\
    Results go to stdout, everything else to stderr. Exit: 0 done, 1 failed, 2 wrong use."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Default, Args)]
pub struct Global {
    /// Folder of everything that Guichet stores [default: ./data]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Configuration file (TOML) [default: ./guichet.toml, where it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to log on stderr: error, warn, info, debug, or a filter such as `rag=debug,warn`
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve pages, API and its documentation on one port
    Serve(Serve),
    /// Read files, folders or patterns into the searchable documents
    Ingest(Ingest),
    /// Find passages
    Search(Search),
    /// Answer a question in the documents' own words, or say that they do not hold the answer
    Ask(Ask),
    /// List, delete or retry documents
    #[command(subcommand)]
    Documents(Documents),
    /// Embedding models on this machine
    #[command(subcommand)]
    Models(Models),
    /// Check data folder, indexes, models, parsers, disk and configuration, and say how to mend them
    Doctor(Doctor),
    /// Measure retrieval and answers on data sets, without a network
    Eval(eval::Args),
    /// Measure speed and size
    Bench(bench::Args),
    /// Print the OpenAPI document
    #[command(hide = true)]
    Openapi,
    /// Parse one file under limits; the ingest pipeline starts it
    #[command(hide = true)]
    ParseWorker,
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port [default: 127.0.0.1:8080]; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Read these files or folders while serving; what was read before costs nothing
    #[arg(long, value_name = "PATH")]
    pub ingest: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Ingest {
    /// Files, folders or patterns such as `docs/**/*.pdf`
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub given: Given,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// What is said about all files of an ingest; it overrides what stands beside and in them.
#[derive(Debug, Clone, Default, Args)]
pub struct Given {
    /// Shelf to put them on: lower-case letters, digits, `-`, `_`
    #[arg(long, value_name = "NAME")]
    pub collection: Option<Collection>,
    /// Who may read them: `everyone`, `role:student`, `role:staff`, `group:…`; repeatable
    #[arg(long, value_name = "GRANT")]
    pub audience: Vec<Grant>,
}

#[derive(Debug, Args)]
pub struct Search {
    /// What to look for; `-` reads it from stdin
    pub query: String,
    /// Passages wanted, 1 to 100
    #[arg(short = 'k', long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub limit: u8,
    /// Which index answers
    #[arg(long, value_enum, default_value_t = SearchMode::Hybrid)]
    pub mode: SearchMode,
    #[command(flatten)]
    pub reader: Reader,
}

#[derive(Debug, Args)]
pub struct Ask {
    /// The question, in French or English; `-` reads it from stdin
    pub question: String,
    #[command(flatten)]
    pub reader: Reader,
}

/// On whose behalf, and where.
#[derive(Debug, Args)]
pub struct Reader {
    /// Read with this grant: `role:student`, `role:staff`, …; repeatable [default: everyone]
    #[arg(long = "as", value_name = "GRANT")]
    pub grants: Vec<Grant>,
    /// Only this collection; repeatable
    #[arg(long, value_name = "NAME")]
    pub collection: Vec<Collection>,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SearchMode {
    /// Words and vectors, fused
    Hybrid,
    /// Vectors only
    Dense,
    /// Words only
    Lexical,
}

#[derive(Debug, Subcommand)]
pub enum Documents {
    /// List documents, the newest first
    List {
        /// Only in this state: queued, parsing, indexed, failed, `needs_ocr`, unsupported, stopped
        #[arg(long, value_parser = state)]
        state: Option<DocumentState>,
        /// Only this collection
        #[arg(long)]
        collection: Option<Collection>,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Delete documents: they leave both indexes and the next answer at once
    Delete {
        /// `doc_…`, as `documents list` prints it
        #[arg(required = true, value_name = "ID")]
        ids: Vec<DocumentId>,
    },
    /// Read documents again that failed or were stopped
    Retry {
        #[arg(required = true, value_name = "ID")]
        ids: Vec<DocumentId>,
    },
}

fn state(text: &str) -> Result<DocumentState, String> {
    let found = DocumentState::ALL.into_iter().find(|state| state.as_str() == text);
    let names = DocumentState::ALL.map(DocumentState::as_str).join(", ");
    found.ok_or_else(|| format!("one of {names}"))
}

#[derive(Debug, Subcommand)]
pub enum Models {
    /// What is in the catalogue and what is on this machine
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model and prepare it; what is there already is kept
    Pull {
        /// As `models list` names them [default: what Guichet uses]
        names: Vec<String>,
    },
    /// Compare the files with their checksums, and run the model once
    Check {
        /// As `models list` names them [default: all that are installed]
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// Mend what can be mended without losing anything, such as rebuilding an index
    #[arg(long)]
    pub fix: bool,
}
