//! The offline harness: does retrieval find the passage, does the answer cite it, does "I don't know" come when it should.
//!
//! Everything is measured through the product's own parts, so that a number here is a number a reader of the product
//! gets. Nothing here names a concrete index or model: the caller hands them in.

pub mod abstention;
pub mod beir;
pub mod corpus;
pub mod error;
pub mod golden;
pub mod metrics;
pub mod parts;
pub mod retrieval;

pub use error::Error;
pub use parts::{MakeIndexes, Parts, Progress};

/// A folder that goes away with its handle.
fn scratch() -> Result<tempfile::TempDir, Error> {
    tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })
}
