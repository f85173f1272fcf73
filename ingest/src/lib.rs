//! From files to searchable documents: find them, read them in limited processes, cut them, embed them, index them.

pub mod chunk;
pub mod error;
pub mod format;
pub mod parse;
pub mod pipeline;
pub mod pool;
pub mod report;
pub mod side_metadata;
pub mod source;
pub mod worker;

pub use error::{Error, Result};
pub use parse::{Outcome, PARSER_VERSION, Parsed};
pub use pipeline::{IngestOptions, Parse, Pipeline, Recovery, Upload, Worker};
pub use pool::{Limits, ParserCommand, ParserPool};
pub use report::{Problem, Progress, Report};
pub use side_metadata::{Beside, Statements};
pub use source::{SourceFile, Sources};
