//! Answers in the documents' own words: the best sentences of the best passages, each with the place it stands at.

mod confidence;
mod cues;
mod evidence;
mod messages;
mod sentences;

use std::{collections::HashMap, time::Instant};

use inference::TextKind;
use models::{Abstention, Answer, AnswerSentence, Citation, Collection, Passage, Scope, Span, Timings};

use self::evidence::{Evidence, Question};
pub use self::{
    confidence::{ConfidenceProfile, FEATURES, Features, Logistic},
    evidence::EvidenceProfile,
};
use crate::{
    Candidates, Error, Retriever, SearchRequest, analysis,
    retriever::{document_uri, milliseconds},
};

/// Passages that come with an answer.
const PASSAGES: usize = 8;
/// Sentences of an answer at most.
const SENTENCES: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskRequest {
    pub question: String,
    /// Empty means all.
    pub collections: Vec<Collection>,
}

/// What happens while an answer is made, in this order: one retrieval, some sentences, done.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerEvent {
    Retrieval(Vec<Passage>),
    Sentence(AnswerSentence, Citation),
    Done(Box<Answer>),
}

/// Answers questions without a language model. Clones share the retriever.
#[derive(Clone)]
pub struct Assistant {
    retriever: Retriever,
}

impl Assistant {
    #[must_use]
    pub fn new(retriever: Retriever) -> Self {
        Self { retriever }
    }

    #[must_use]
    pub fn retriever(&self) -> &Retriever {
        &self.retriever
    }

    /// # Errors
    /// When an index or the store fails; not knowing is an answer, not an error.
    pub async fn answer(&self, scope: &Scope, request: &AskRequest) -> Result<Answer, Error> {
        self.answer_with(scope, request, |_| {}).await
    }

    /// Tells `on` of every step; the last one carries the answer that is also returned.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn answer_with(
        &self,
        scope: &Scope,
        request: &AskRequest,
        mut on: impl FnMut(AnswerEvent) + Send,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        let search = SearchRequest {
            limit: PASSAGES,
            collections: request.collections.clone(),
            ..SearchRequest::new(request.question.as_str())
        };
        let (candidates, passages) = self.retriever.retrieve(scope, &search).await?;
        let retrieved = milliseconds(started);
        on(AnswerEvent::Retrieval(passages.clone()));

        let mut answer = Answer {
            question: candidates.query.clone(),
            answer: String::new(),
            abstained: false,
            reason: None,
            language: candidates.language,
            confidence: 0.0,
            sentences: Vec::new(),
            citations: Vec::new(),
            passages,
            timings_ms: Timings::default(),
        };
        if let Some(reason) = self.fill(&mut answer, &candidates).await? {
            answer.abstained = true;
            answer.reason = Some(reason);
            answer.sentences.clear();
            answer.citations.clear();
            messages::abstention(reason, answer.language).clone_into(&mut answer.answer);
        }
        let total = milliseconds(started);
        let embed = candidates.timings_ms.embed;
        answer.timings_ms = Timings { embed, retrieve: retrieved - embed, answer: total - retrieved, total };
        for (sentence, citation) in answer.sentences.iter().zip(&answer.citations) {
            on(AnswerEvent::Sentence(sentence.clone(), citation.clone()));
        }
        on(AnswerEvent::Done(Box::new(answer.clone())));
        Ok(answer)
    }

    /// What the confidence model sees of a question and what it says, for evaluation and tuning. `None` when nothing was
    /// found, which is always an abstention.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn examine(&self, scope: &Scope, request: &AskRequest) -> Result<Option<(Features, f32)>, Error> {
        let search = SearchRequest {
            limit: PASSAGES,
            collections: request.collections.clone(),
            ..SearchRequest::new(request.question.as_str())
        };
        let (candidates, passages) = self.retriever.retrieve(scope, &search).await?;
        if passages.is_empty() {
            return Ok(None);
        }
        let (features, _) = self.evidence(&candidates, &passages).await?;
        Ok(Some((features, self.model(&candidates).probability(&features))))
    }

    fn model(&self, candidates: &Candidates) -> Logistic {
        let profile = self.retriever.profile().confidence;
        match (candidates.vector.is_some(), candidates.signals.trained) {
            (true, true) => profile.trained,
            (true, false) => profile.untrained,
            (false, _) => profile.words,
        }
    }

    /// Writes sentences, citations and confidence; the reason when there is no answer.
    async fn fill(&self, answer: &mut Answer, candidates: &Candidates) -> Result<Option<Abstention>, Error> {
        if analysis::words(&candidates.query, candidates.language).next().is_none() {
            return Ok(Some(Abstention::EmptyQuestion));
        }
        if answer.passages.is_empty() {
            return Ok(Some(Abstention::NothingFound));
        }
        let (features, found) = self.evidence(candidates, &answer.passages).await?;
        answer.confidence = self.model(candidates).probability(&features);
        if found.is_empty() || answer.confidence < self.retriever.profile().confidence.threshold {
            return Ok(Some(Abstention::NotConfident));
        }
        for (evidence, number) in choose(&found).into_iter().zip(1..) {
            let citation = cite(&answer.passages[evidence.passage], evidence, number);
            answer.sentences.push(AnswerSentence { text: citation.quote.clone(), citation: number });
            answer.citations.push(citation);
        }
        let texts: Vec<&str> = answer.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        answer.answer = texts.join(" ");
        Ok(None)
    }

    /// What the confidence model sees, and the sentences, best first.
    async fn evidence(
        &self,
        candidates: &Candidates,
        passages: &[Passage],
    ) -> Result<(Features, Vec<Evidence>), Error> {
        let mut terms = HashMap::new();
        for language in passages.iter().map(|passage| passage.language) {
            if let std::collections::hash_map::Entry::Vacant(entry) = terms.entry(language) {
                let words = &self.retriever.indexes().words;
                entry.insert(words.weigh(&candidates.query, candidates.language, language).await?);
            }
        }
        let question = Question { cue: cues::of(&candidates.query), terms };
        let mut found = evidence::collect(&question, passages);
        self.compare(candidates, &mut found).await?;
        let profile = self.retriever.profile();
        let trusted = candidates.signals.trained || candidates.vector.is_none();
        let weights = if trusted { &profile.evidence } else { &profile.untrained_evidence };
        evidence::rank(&mut found, passages, weights);
        let features = Features::of(&question, candidates, passages, &found);
        Ok((features, found))
    }

    async fn compare(&self, candidates: &Candidates, found: &mut [Evidence]) -> Result<(), Error> {
        let (Some(vector), Some(embedder)) = (&candidates.vector, self.retriever.embedder()) else { return Ok(()) };
        let texts: Vec<String> = found.iter().map(|evidence| evidence.sentence.text.clone()).collect();
        match embedder.embed(texts, TextKind::Passage).await {
            Ok(vectors) => {
                for (evidence, other) in found.iter_mut().zip(vectors) {
                    evidence.similarity = Some(vector.iter().zip(&other).map(|(a, b)| a * b).sum());
                }
            }
            Err(error) => tracing::warn!(%error, "the embedder failed; sentences are compared by their words"),
        }
        Ok(())
    }
}

/// The best sentence and those that come close, in reading order, none twice.
fn choose(found: &[Evidence]) -> Vec<&Evidence> {
    const CLOSE: f32 = 0.85;
    let Some(best) = found.first() else { return Vec::new() };
    let mut chosen: Vec<&Evidence> = Vec::new();
    for evidence in found.iter().filter(|evidence| evidence.score >= best.score * CLOSE) {
        let text = analysis::fold(&evidence.sentence.text);
        if chosen.len() < SENTENCES && chosen.iter().all(|other| analysis::fold(&other.sentence.text) != text) {
            chosen.push(evidence);
        }
    }
    chosen.sort_by_key(|evidence| evidence::place(evidence));
    chosen
}

fn cite(passage: &Passage, evidence: &Evidence, number: u32) -> Citation {
    let offset = |characters: usize| passage.span.start + u32::try_from(characters).unwrap_or(u32::MAX);
    let span = Span { start: offset(evidence.sentence.start), end: offset(evidence.sentence.end()) };
    Citation {
        number,
        chunk: passage.chunk,
        document: passage.document,
        title: passage.title.clone(),
        headings: passage.headings.clone(),
        page: passage.page,
        span,
        quote: evidence.sentence.text.clone(),
        date: passage.date,
        validity: passage.validity.clone(),
        score: evidence.score.clamp(0.0, 1.0),
        uri: document_uri(passage.document, passage.page, span),
    }
}
