//! What the crate promises, against real indexes and a real store in temporary folders.

mod answers;
mod contract;
mod retrieval;
mod school;
mod words;
