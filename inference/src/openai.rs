//! The adapter for a server that speaks OpenAI's `/embeddings`: Ollama, vLLM, LM Studio, text-embeddings-inference, or a
//! provider.

use std::{fmt, time::Duration};

use async_openai::types::embeddings::{CreateEmbeddingRequest, CreateEmbeddingResponse, EmbeddingInput};
use models::Language;
use net::{AllowList, Method, Reply, Settings, StatusCode, header::RETRY_AFTER};
use serde_json::Value;
use tokio::{
    runtime::{Builder, Runtime},
    time::{Instant, sleep_until, timeout_at},
};

use crate::{Embedder, Error, ModelInfo, TextKind, normalise};

/// Texts in one request; servers commonly accept 32 to 2048.
const BATCH: usize = 32;

/// How often one batch is sent, where the server is busy or fails.
const TRIES: u32 = 4;

/// Before the second try, where the server names no time; twice as long before each further one.
const PAUSE: Duration = Duration::from_millis(200);

/// Which server and model, as the operator configures it.
#[derive(Clone)]
pub struct Options {
    /// Such as `http://ollama.school.lan:11434/v1`. A private address must be in `allow`.
    pub base: String,
    pub model: String,
    /// Empty where the server wants none.
    pub api_key: String,
    pub allow: AllowList,
    pub max_tokens: usize,
    pub languages: Vec<Language>,
    /// What the model expects in front of a question.
    pub query_prefix: String,
    /// What the model expects in front of a passage.
    pub passage_prefix: String,
    /// Longest wait for one batch, repeated tries included.
    pub timeout: Duration,
}

impl Options {
    #[must_use]
    pub fn new(base: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            model: model.into(),
            api_key: String::new(),
            allow: AllowList::default(),
            max_tokens: 512,
            languages: Vec::new(),
            query_prefix: String::new(),
            passage_prefix: String::new(),
            timeout: Duration::from_mins(1),
        }
    }
}

/// The key never shows.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("base", &self.base).field("model", &self.model).finish_non_exhaustive()
    }
}

pub struct OpenAiEmbedder {
    info: ModelInfo,
    options: Options,
    client: net::Client,
    /// Its connections live and die here, so the client is not shared with anyone.
    runtime: Runtime,
}

impl OpenAiEmbedder {
    /// Connects, and asks for one vector to learn its length. Must not be called from within an async runtime.
    ///
    /// # Errors
    /// [`Error::Net`] when the address is refused, [`Error::Remote`] when the server does not answer as it should.
    pub fn connect(options: Options) -> Result<Self, Error> {
        let settings = Settings {
            allow: options.allow.clone(),
            read_timeout: options.timeout,
            total_timeout: options.timeout,
            ..Settings::default()
        };
        let client = net::Client::new(settings)?;
        // An address that may not be reached is an error of the configuration, not of the server.
        drop(client.request(Method::POST, &options.base)?);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Error::failed("starting a runtime for the embedding server"))?;
        let info = ModelInfo {
            id: format!("openai:{}", options.model),
            name: options.model.clone(),
            variant: "remote".to_owned(),
            dimensions: 0,
            max_tokens: options.max_tokens,
            languages: options.languages.clone(),
        };
        let mut embedder = Self { info, options, client, runtime };
        let probe = embedder.request(vec!["guichet".to_owned()])?;
        embedder.info.dimensions = probe.first().map(Vec::len).unwrap_or_default();
        if embedder.info.dimensions == 0 {
            return Err(Error::Remote { doing: "sent an empty vector".to_owned() });
        }
        embedder.info.id = format!("openai:{}:{}", embedder.options.model, embedder.info.dimensions);
        Ok(embedder)
    }

    fn request(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, Error> {
        let request = CreateEmbeddingRequest {
            model: self.options.model.clone(),
            input: EmbeddingInput::StringArray(texts),
            ..CreateEmbeddingRequest::default()
        };
        self.runtime.block_on(self.patiently(&request)).map_err(|doing| Error::Remote { doing })
    }

    /// Tries again where that may help, as long as the operator's patience lasts.
    async fn patiently(&self, request: &CreateEmbeddingRequest) -> Result<Vec<Vec<f32>>, String> {
        let end = Instant::now() + self.options.timeout;
        let mut tries = 1;
        loop {
            let answer = timeout_at(end, self.once(request)).await;
            let late = || Refusal::of(format!("did not answer within {} s", self.options.timeout.as_secs_f32()));
            let refusal = match answer.unwrap_or_else(|_| Err(late())) {
                Ok(vectors) => return Ok(vectors),
                Err(refusal) => refusal,
            };
            let pause = refusal.pause.unwrap_or(PAUSE * 2_u32.pow(tries - 1));
            let next = Instant::now() + pause;
            if !refusal.again || tries == TRIES || next >= end {
                return Err(refusal.doing);
            }
            tracing::debug!(doing = refusal.doing, ?pause, "the embedding server is asked again");
            tries += 1;
            sleep_until(next).await;
        }
    }

    async fn once(&self, request: &CreateEmbeddingRequest) -> Result<Vec<Vec<f32>>, Refusal> {
        let url = format!("{}/embeddings", self.options.base.trim_end_matches('/'));
        let http = self.client.request(Method::POST, &url).map_err(|error| Refusal::from_net(&error))?.json(request);
        let key = self.options.api_key.as_str();
        let http = if key.is_empty() { http } else { http.bearer_auth(key) };
        let reply = self.client.send(http).await.map_err(|error| Refusal::from_net(&error))?;
        if !reply.status.is_success() {
            return Err(Refusal::from_reply(&reply));
        }
        let response: CreateEmbeddingResponse = serde_json::from_slice(&reply.body)
            .map_err(|_| Refusal::of("sent something other than embeddings".to_owned()))?;
        let EmbeddingInput::StringArray(texts) = &request.input else { return Ok(Vec::new()) };
        let mut data = response.data;
        data.sort_by_key(|embedding| embedding.index);
        if data.len() != texts.len() {
            return Err(Refusal::of(format!("sent {} vectors for {} texts", data.len(), texts.len())));
        }
        Ok(data.into_iter().map(|embedding| embedding.embedding).collect())
    }
}

/// What the server did instead of sending vectors.
struct Refusal {
    doing: String,
    /// Whether the same request may succeed later.
    again: bool,
    /// How long the server wants to be left alone.
    pause: Option<Duration>,
}

impl Refusal {
    fn of(doing: String) -> Self {
        Self { doing, again: false, pause: None }
    }

    fn from_net(error: &net::Error) -> Self {
        let doing = match error {
            net::Error::Http { source, .. } if source.is_timeout() => "did not answer in time".to_owned(),
            net::Error::Http { source, .. } if source.is_body() || source.is_decode() => "broke off".to_owned(),
            // Without the address: it may hold credentials.
            net::Error::Http { .. } => "cannot be reached".to_owned(),
            net::Error::TooLarge { limit, .. } => format!("sent more than {limit} bytes"),
            net::Error::Redirected { .. } => "redirects, which is not followed: name its real address".to_owned(),
            other => format!("failed: {other}"),
        };
        Self { doing, again: error.is_transient(), pause: None }
    }

    fn from_reply(reply: &Reply) -> Self {
        let body = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        let said = said(&body).unwrap_or_default();
        let colon = if said.is_empty() { "" } else { ": " };
        let busy = reply.status == StatusCode::TOO_MANY_REQUESTS;
        // An account without credit is refused in the same way, and stays refused.
        let broke = body["error"]["type"] == "insufficient_quota" || body["error"]["code"] == "insufficient_quota";
        let seconds = reply.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        Self {
            doing: format!("answered {}{colon}{said}", reply.status.as_u16()),
            again: (busy && !broke) || reply.status.is_server_error(),
            pause: seconds.map(Duration::from_secs),
        }
    }
}

/// The sentence in an error's body, wherever the many servers of this kind put it.
fn said(body: &Value) -> Option<String> {
    let places = [&body["error"]["message"], &body["error"], &body["message"], &body["detail"]];
    let text = places.into_iter().find_map(Value::as_str)?;
    Some(text.chars().take(200).collect())
}

impl Embedder for OpenAiEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        let prefix = match kind {
            TextKind::Query => &self.options.query_prefix,
            TextKind::Passage => &self.options.passage_prefix,
        };
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(BATCH) {
            // Servers refuse an empty text; a space means the same.
            let text = |text: &&str| if text.is_empty() { " ".to_owned() } else { format!("{prefix}{text}") };
            for mut vector in self.request(batch.iter().map(text).collect())? {
                if vector.len() != self.info.dimensions {
                    return Err(Error::Remote { doing: format!("sent a vector of length {}", vector.len()) });
                }
                normalise(&mut vector);
                vectors.push(vector);
            }
        }
        Ok(vectors)
    }
}

#[cfg(test)]
#[path = "openai_tests.rs"]
mod tests;
