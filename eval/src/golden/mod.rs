//! Questions with their right answers, asked of the sample documents: the quick check that is committed with the code.

mod report;

use std::{collections::BTreeMap, path::Path};

use models::{Answer, Grant};
use serde::{Deserialize, Serialize};

pub use report::{Report, Tally};

use crate::{Error, beir::json_lines};

/// One line of `golden.jsonl`; `samples/README.md` describes the fields.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    pub id: String,
    pub language: String,
    pub question: String,
    /// `false`: this reader must get "I don't know".
    pub answerable: bool,
    /// Held besides `everyone`.
    #[serde(rename = "as", default)]
    pub grants: Vec<Grant>,
    /// Any one of them will do.
    #[serde(default)]
    pub answers: Vec<String>,
    #[serde(default)]
    pub passages: Vec<GoldPassage>,
    pub kind: String,
}

/// Where the answer stands.
#[derive(Debug, Clone, Deserialize)]
pub struct GoldPassage {
    /// The end of the document's origin.
    pub document: String,
    pub page: Option<u32>,
    /// The document's words; ` | ` stands between cells of one row.
    pub quote: String,
}

/// What became of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The answer is right and cites a right document; or there is none and none was given.
    Right,
    /// "I don't know", although the documents hold the answer.
    Abstained,
    /// An answer to what the documents do not answer.
    Answered,
    /// An answer that lacks the gold answer, or cites only other documents.
    Wrong,
    /// Worst of all: something of a document that this reader may not see.
    Leaked,
}

/// One question with its verdict.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    pub id: String,
    pub language: String,
    pub kind: String,
    pub question: String,
    pub verdict: Verdict,
    /// Whether a gold passage was among those retrieved; `None` where there is none.
    pub retrieved: Option<bool>,
    /// Whether a citation is on the gold page, where documents have pages.
    pub page: Option<bool>,
    pub confidence: f32,
    /// What was said.
    pub answer: String,
    /// What was cited, as `origin: quote`.
    pub cited: Vec<String>,
}

/// Reads the questions.
///
/// # Errors
/// The line that cannot be read.
pub fn read(path: &Path) -> Result<Vec<Question>, Error> {
    let questions: Vec<(usize, Question)> = json_lines(path)?;
    for (line, question) in &questions {
        if question.answerable && (question.passages.is_empty() || question.answers.is_empty()) {
            let reason = "an answerable question needs `answers` and `passages`".to_owned();
            return Err(Error::Line { path: path.to_owned(), line: *line, reason });
        }
    }
    Ok(questions.into_iter().map(|(_, question)| question).collect())
}

/// The documents that hold the answer of the same question when it is asked with rights: a question `x-everyone`
/// repeats `x`. Nothing of them may be shown without.
#[must_use]
pub fn forbidden(questions: &[Question]) -> BTreeMap<&str, Vec<&str>> {
    let by_id: BTreeMap<&str, &Question> = questions.iter().map(|question| (question.id.as_str(), question)).collect();
    let repeated = |question: &Question| {
        let original = by_id.get(question.id.strip_suffix("-everyone")?)?;
        Some(original.passages.iter().map(|passage| passage.document.as_str()).collect::<Vec<_>>())
    };
    questions.iter().filter_map(|question| Some((question.id.as_str(), repeated(question)?))).collect()
}

/// Judges one answer. `forbidden` documents must not show in it at all.
#[must_use]
pub fn judge(question: &Question, forbidden: &[&str], answer: &Answer) -> Case {
    let origins: BTreeMap<_, &str> =
        answer.passages.iter().map(|passage| (passage.document, passage.origin.as_str())).collect();
    let origin = |document| origins.get(&document).copied().unwrap_or_default();
    let is_gold = |origin: &str| question.passages.iter().any(|gold| is_of(origin, &gold.document));
    let leaked = answer.passages.iter().any(|passage| forbidden.iter().any(|name| is_of(&passage.origin, name)));
    let cites_gold = answer.citations.iter().any(|citation| is_gold(origin(citation.document)));
    let said: Vec<&str> =
        answer.citations.iter().map(|citation| citation.quote.as_str()).chain([answer.answer.as_str()]).collect();
    let holds_answer = question.answers.iter().any(|gold| said.iter().any(|text| holds(text, gold)))
        || question.passages.iter().any(|gold| said.iter().any(|text| holds(text, &gold.quote)));
    let verdict = match (question.answerable, answer.abstained) {
        _ if leaked => Verdict::Leaked,
        (false, true) => Verdict::Right,
        (false, false) => Verdict::Answered,
        (true, true) => Verdict::Abstained,
        (true, false) if cites_gold && holds_answer => Verdict::Right,
        (true, false) => Verdict::Wrong,
    };
    let retrieved = question.answerable.then(|| {
        answer.passages.iter().any(|passage| {
            question
                .passages
                .iter()
                .any(|gold| is_of(&passage.origin, &gold.document) && holds(&passage.text, &gold.quote))
        })
    });
    Case {
        id: question.id.clone(),
        language: question.language.clone(),
        kind: question.kind.clone(),
        question: question.question.clone(),
        verdict,
        retrieved,
        page: page(question, answer, &origins),
        confidence: answer.confidence,
        answer: answer.answer.clone(),
        cited: answer.citations.iter().map(|it| format!("{}: {}", origin(it.document), it.quote)).collect(),
    }
}

/// Of the citations in gold documents with pages, whether one is on the gold page.
fn page(question: &Question, answer: &Answer, origins: &BTreeMap<models::DocumentId, &str>) -> Option<bool> {
    let mut seen = None;
    for citation in &answer.citations {
        let origin = origins.get(&citation.document).copied().unwrap_or_default();
        for gold in question.passages.iter().filter(|gold| is_of(origin, &gold.document) && gold.page.is_some()) {
            seen = Some(seen.unwrap_or(false) || citation.page == gold.page);
        }
    }
    seen
}

fn is_of(origin: &str, document: &str) -> bool {
    origin.strip_suffix(document).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Whether all parts of `gold` stand in `text`, whatever the case, white space and punctuation marks between words.
fn holds(text: &str, gold: &str) -> bool {
    let text = format!(" {} ", bare(text));
    let mut parts = gold.split(" | ").map(bare).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some() && parts.all(|part| text.contains(&format!(" {part} ")))
}

/// Words and numbers alone, with single spaces.
fn bare(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
