//! Turns texts into vectors: the [`Embedder`] port, its adapters, the queue in front of it and the models on disk.
//!
//! Callers hold an [`EmbedService`]; only the composition root chooses the adapter behind it.

pub mod batch;
mod bert;
pub mod candle;
pub mod error;
#[cfg(test)]
mod golden;
pub mod models;
pub mod onnx;
mod open;
pub mod openai;
mod queue;
pub mod scripted;
pub mod service;
#[cfg(test)]
mod testing;
pub mod tokens;

pub use error::Error;
pub use open::{Choice, Opened, open};
pub use service::{EmbedService, QueueLimits};

use ::models::Language;

/// What a text is to the search: some models read questions and passages differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextKind {
    Query,
    Passage,
}

/// What callers must know of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Name, variant and a hash of the weights: vectors compare only where this is equal.
    pub id: String,
    /// As in the catalogue: `all-minilm-l6-v2`.
    pub name: String,
    /// `fp32`, `int8`, `candle`, `remote`, `scripted`.
    pub variant: String,
    /// Length of a vector.
    pub dimensions: usize,
    /// Longest input in tokens, markers included; what is beyond is cut off.
    pub max_tokens: usize,
    /// The languages it was trained for; empty means any.
    pub languages: Vec<Language>,
}

/// A model backend. Synchronous: [`EmbedService`] gives it a thread of its own.
pub trait Embedder: Send {
    fn info(&self) -> &ModelInfo;

    /// One vector of [`ModelInfo::dimensions`] components per text, in the same order, with Euclidean norm 1
    /// (an empty text gives whatever the model makes of its markers).
    ///
    /// # Errors
    /// When the model or the server behind it fails; texts that are too long are cut, not refused.
    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error>;
}

/// Scales a vector to Euclidean norm 1; a zero vector stays as it is.
pub fn normalise(vector: &mut [f32]) {
    let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if norm > 0.0 {
        for component in vector {
            *component /= norm;
        }
    }
}
