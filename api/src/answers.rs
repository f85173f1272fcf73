//! Questions answered, at once or as a stream of events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::Stream;
use models::{Answer, Citation, Collection, Passage, Scope};
use rag::{AnswerEvent, AskRequest};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::{StreamExt as _, wrappers::UnboundedReceiverStream};

use crate::{
    App, Engine, Problem,
    extract::{ApiJson, Ready},
    identity::Reader,
};

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskBody {
    #[schema(example = "Combien d’absences sont tolérées ?")]
    pub question: String,
    /// Only these collections; empty or absent means all.
    #[serde(default)]
    pub collections: Vec<Collection>,
}

/// The event `retrieval`: what was found, before the answer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RetrievalEvent {
    pub passages: Vec<Passage>,
}

/// The event `sentence`: one more sentence with its proof.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SentenceEvent {
    pub text: String,
    pub citation: Citation,
}

/// Answers a question in the documents' own words, or says that it cannot.
///
/// With `Accept: text/event-stream` the answer comes as events: `retrieval` (`RetrievalEvent`), any number of `sentence`
/// (`SentenceEvent`), then `done` (`Answer`) or `error` (`Problem`).
#[utoipa::path(post, path = "/api/v1/answers", operation_id = "create_answer", tag = "answers",
    params(("Guichet-As" = Option<String>, Header, description = "Grants to read with; needs the token")),
    request_body = AskBody, security((), ("token" = [])),
    responses((status = 200, content((Answer = "application/json"), (SentenceEvent = "text/event-stream"))),
        (status = 413, body = Problem, content_type = "application/problem+json", description = "More than 64 KiB"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn create_answer(
    reader: Reader,
    Ready(engine): Ready,
    State(app): State<App>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<AskBody>,
) -> Result<Response, Problem> {
    let turn = app.take_question_turn()?;
    let request = AskRequest { question: body.question, collections: body.collections };
    if wants_events(&headers) {
        let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
        return Ok(Sse::new(events(engine, reader.scope, request, turn)).keep_alive(keep_alive).into_response());
    }
    Ok(Json(engine.assistant.answer(&reader.scope, &request).await?).into_response())
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("text/event-stream")
}

/// Runs the answer in a task that ends with the stream: nobody computes for a client that left.
fn events(
    engine: Arc<Engine>,
    scope: Scope,
    request: AskRequest,
    turn: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        let _turn = turn;
        let each = |event| drop(sender.send(wire(event)));
        if let Err(error) = engine.assistant.answer_with(&scope, &request, each).await {
            drop(sender.send(named("error", &Problem::from(error))));
        }
    });
    let guard = AbortOnDrop(task.abort_handle());
    UnboundedReceiverStream::new(receiver).map(move |event| {
        let _alive = &guard;
        Ok(event)
    })
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn wire(event: AnswerEvent) -> Event {
    match event {
        AnswerEvent::Retrieval(passages) => named("retrieval", &RetrievalEvent { passages }),
        AnswerEvent::Sentence(sentence, citation) => {
            named("sentence", &SentenceEvent { text: sentence.text, citation })
        }
        AnswerEvent::Done(answer) => named("done", &answer),
    }
}

fn named(name: &str, data: &impl Serialize) -> Event {
    let text = serde_json::to_string(data).unwrap_or_else(|_| "{}".to_owned());
    Event::default().event(name).data(text)
}
