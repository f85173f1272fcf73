//! The offline harness: does retrieval find the passage, does the answer cite it, does "I don't know" come when it should.
//!
//! Everything is measured through the product's own parts, so that a number here is a number a reader of the product
//! gets. Nothing here names a concrete index or model: the caller hands them in.

pub mod beir;
pub mod error;
pub mod metrics;

pub use error::Error;
