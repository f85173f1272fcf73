//! What retrieval finds and what an answer says, with the evidence for each sentence.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{ChunkId, Collection, DocumentId, Language, Span, Validity};

/// A retrieved chunk with everything a reader needs to judge and open it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Passage {
    pub chunk: ChunkId,
    pub document: DocumentId,
    pub title: String,
    pub collection: Collection,
    pub origin: String,
    pub language: Language,
    pub headings: Vec<String>,
    pub page: Option<u32>,
    pub span: Span,
    pub text: String,
    /// The document's own date; unknown is `null`.
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
    pub validity: Validity,
    /// Fused score, 0 to 1 within one result list; higher is better.
    pub score: f32,
    /// Cosine similarity, where the dense index found it.
    pub dense: Option<f32>,
    /// BM25, where the word index found it.
    pub lexical: Option<f32>,
    /// Where a browser opens it, passage highlighted: `/documents/doc_…?page=3&start=120&end=260`.
    pub uri: String,
}

/// The proof of one sentence of an answer: words that stand in the document at `span`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Citation {
    /// As referred to by [`AnswerSentence::citation`], from 1.
    pub number: u32,
    pub chunk: ChunkId,
    pub document: DocumentId,
    pub title: String,
    pub headings: Vec<String>,
    pub page: Option<u32>,
    /// The cited characters of the document's text.
    pub span: Span,
    pub quote: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub date: Option<Date>,
    pub validity: Validity,
    /// How well the quote answers the question, 0 to 1.
    pub score: f32,
    pub uri: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AnswerSentence {
    pub text: String,
    pub citation: u32,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Abstention {
    /// The question holds nothing that can be searched.
    EmptyQuestion,
    /// Nothing that this person may read came back.
    NothingFound,
    /// Passages came back, none good enough.
    NotConfident,
}

/// An answer in the documents' own words, or an honest "I don't know".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    pub question: String,
    /// The sentences joined; a message in the question's language when abstaining.
    pub answer: String,
    pub abstained: bool,
    pub reason: Option<Abstention>,
    pub language: Language,
    /// Calibrated probability that the answer is in the cited passages, 0 to 1.
    pub confidence: f32,
    pub sentences: Vec<AnswerSentence>,
    pub citations: Vec<Citation>,
    /// What was found, best first; also when abstaining, so that a person can look.
    pub passages: Vec<Passage>,
    pub timings_ms: Timings,
}

/// Milliseconds spent in each step.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Timings {
    pub embed: f64,
    pub retrieve: f64,
    pub answer: f64,
    pub total: f64,
}
