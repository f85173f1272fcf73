//! The words of the house: records, ids, scopes, errors. No I/O, no async, no SQL, no HTTP.

// The derives name this crate from outside, wherever they stand.
extern crate self as models;

pub mod answer;
pub mod chunk;
pub mod clock;
pub mod content;
pub mod context;
pub mod document;
pub mod error;
pub mod id;
pub mod language;
pub mod record;
pub mod records;
pub mod scope;

pub use answer::{Abstention, Answer, AnswerSentence, Citation, Passage, Timings};
pub use chunk::{Chunk, ChunkId, ChunkKind, Span};
pub use clock::{Clock, FixedClock, SystemClock};
pub use content::{Block, BlockKind, Content};
pub use context::{Context, Origin, Random, SeededRandom};
pub use document::{Collection, Document, DocumentId, DocumentState, Format, Validity};
pub use error::{Code, Coded};
pub use id::{Id, Prefixed};
pub use language::Language;
pub use scope::{Audience, Grant, Scope, TenantId};
