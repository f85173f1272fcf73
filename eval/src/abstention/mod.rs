//! "I don't know" when the documents do not hold the answer: how well the confidence tells the two apart.
//!
//! Two situations: questions that their set marks as unanswerable although its passages are on topic, and questions
//! whose relevant documents were left out of the corpus.

mod logistic;
mod report;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use models::Language;
use rag::{AskRequest, Assistant, answer::FEATURES};
use serde::Serialize;

pub use logistic::Fit;
pub use report::{Report, Row};

use crate::{
    Error, Parts,
    beir::{Query, Set, SetDocument},
    corpus::Corpus,
    retrieval,
};

/// How a question came to be unanswerable, if it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Situation {
    /// The set marks it: the passages are on topic and lack the answer.
    OnTopic,
    /// Its relevant documents are not in the corpus.
    GoldRemoved,
}

/// One question asked of one corpus.
#[derive(Debug, Clone, Serialize)]
pub struct Case {
    pub set: String,
    pub situation: Situation,
    pub query: String,
    pub text: String,
    pub language: Language,
    /// Whether the embedder was trained for that language.
    pub trained: bool,
    /// What is to be told.
    pub answerable: bool,
    /// The best scores of either index, as they are.
    pub cosine: f32,
    pub bm25: f32,
    /// In the order of `rag::answer::Features`; zeros when nothing was found.
    pub features: [f32; FEATURES],
    /// What the product says.
    pub confidence: f32,
}

/// Asks every set's questions, at most `limit` of each set and situation, evenly drawn.
///
/// # Errors
/// When a set cannot be read, or a part of the product fails.
pub async fn measure(folders: &[PathBuf], limit: usize, parts: &Parts) -> Result<(Vec<Case>, f64), Error> {
    let started = Instant::now();
    let sets = folders.iter().map(|folder| Set::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let mut cases = Vec::new();
    for set in &sets {
        if set.answers.values().any(|gold| gold.is_impossible) {
            let documents: Vec<_> = set.documents.iter().collect();
            let label = |query: &Query| {
                let impossible = set.answers.get(&query.id).is_some_and(|gold| gold.is_impossible);
                if impossible { Some(false) } else { Some(true).filter(|_| !relevant(set, query).is_empty()) }
            };
            ask_all(set, Situation::OnTopic, &documents, &label, limit, parts, &mut cases).await?;
        }
        for half in [false, true] {
            let is_gone = |id: &str| is_gold(set, id) && is_in_half(id) == half;
            let documents: Vec<&SetDocument> = set.documents.iter().filter(|document| !is_gone(&document.id)).collect();
            let label = |query: &Query| {
                let relevant = relevant(set, query);
                let gone = relevant.iter().filter(|id| is_gone(id)).count();
                // With some of its documents gone, nobody can say whether it is answerable.
                let whole = !relevant.is_empty() && (gone == 0 || gone == relevant.len());
                whole.then_some(gone == 0)
            };
            ask_all(set, Situation::GoldRemoved, &documents, &label, limit / 2, parts, &mut cases).await?;
        }
    }
    Ok((cases, started.elapsed().as_secs_f64()))
}

fn relevant<'a>(set: &'a Set, query: &Query) -> Vec<&'a str> {
    let judged = set.judgements.get(&query.id).into_iter().flatten();
    judged.filter(|(_, relevance)| **relevance > 0).map(|(id, _)| id.as_str()).collect()
}

fn is_gold(set: &Set, document: &str) -> bool {
    set.judgements.values().any(|judged| judged.get(document).is_some_and(|relevance| *relevance > 0))
}

/// The same half on every machine.
fn is_in_half(id: &str) -> bool {
    draw(id) % 2 == 1
}

/// A number that the text determines (FNV-1a).
fn draw(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)) >> 7
}

async fn ask_all(
    set: &Set,
    situation: Situation,
    documents: &[&SetDocument],
    label: &dyn Fn(&Query) -> Option<bool>,
    limit: usize,
    parts: &Parts,
    cases: &mut Vec<Case>,
) -> Result<(), Error> {
    let mut asked: Vec<(&Query, bool)> = set.queries.iter().filter_map(|query| Some((query, label(query)?))).collect();
    asked.sort_by_key(|(query, _)| draw(&query.id));
    asked.truncate(limit);
    let folder = crate::scratch()?;
    let corpus = Corpus::build(&set.name, documents, folder.path(), parts).await?;
    let assistant = Assistant::new(corpus.retriever.clone());
    for (number, (query, answerable)) in asked.iter().enumerate() {
        cases.push(ask(set, situation, query, *answerable, &assistant, parts).await?);
        (parts.progress)(&format!("{}: asking", set.name), number + 1, asked.len());
    }
    corpus.store.close().await;
    Ok(())
}

async fn ask(
    set: &Set,
    situation: Situation,
    query: &Query,
    answerable: bool,
    assistant: &Assistant,
    parts: &Parts,
) -> Result<Case, Error> {
    let search = retrieval::request(query);
    let candidates = assistant.retriever().candidates(&parts.scope(), &search).await?;
    let request = AskRequest { question: search.query, collections: search.collections };
    let examined = assistant.examine(&parts.scope(), &request).await?;
    let (features, confidence) = examined.map_or(([0.0; FEATURES], 0.0), |(features, it)| (features.values(), it));
    let best = |hits: &[rag::Hit]| hits.first().map_or(0.0, |hit| hit.score);
    Ok(Case {
        set: set.name.clone(),
        situation,
        query: query.id.clone(),
        text: query.text.clone(),
        language: candidates.language,
        trained: candidates.signals.trained,
        answerable,
        cosine: best(&candidates.dense),
        bm25: best(&candidates.lexical),
        features,
        confidence,
    })
}

/// Cases by set and situation.
fn groups(cases: &[Case]) -> BTreeMap<(&str, Situation), Vec<&Case>> {
    let mut groups: BTreeMap<_, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        groups.entry((case.set.as_str(), case.situation)).or_default().push(case);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_about_even_and_do_not_move() {
        let ids: Vec<String> = (0..1000).map(|number| format!("d{number}")).collect();
        let odd = ids.iter().filter(|id| is_in_half(id)).count();
        assert!((400..600).contains(&odd), "{odd}");
        assert_eq!(draw("clapnq-1"), draw("clapnq-1"));
    }
}
