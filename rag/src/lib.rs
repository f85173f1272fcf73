//! Finds passages and answers from them: two indexes, hybrid retrieval, cited sentences, or an honest "I don't know".

pub mod analysis;
pub mod answer;
pub mod edge;
pub mod error;
pub mod fusion;
pub mod index;
pub mod language;
mod payload;
pub mod profile;
pub mod qdrant;
pub mod retriever;
#[cfg(test)]
mod tests;
pub mod words;

pub use answer::{AnswerEvent, AskRequest, Assistant};
pub use error::Error;
pub use fusion::{Fused, FusionProfile, Signals};
pub use index::{Counts, Filter, Hit, IndexEntry, Indexes, VectorIndex, Weighed, WeighedTerm, WordIndex};
pub use profile::Profile;
pub use retriever::{Candidates, LONGEST_QUESTION, Mode, Retriever, SearchRequest, SearchResult};
