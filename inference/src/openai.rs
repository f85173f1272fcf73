//! The adapter for a server that speaks OpenAI's `/embeddings`: Ollama, vLLM, LM Studio, text-embeddings-inference, or a
//! provider.

use std::{fmt, time::Duration};

use async_openai::{
    Client,
    config::OpenAIConfig,
    error::OpenAIError,
    types::embeddings::{CreateEmbeddingRequest, EmbeddingInput},
};
use models::Language;
use net::{AllowList, Settings};
use tokio::runtime::{Builder, Runtime};

use crate::{Embedder, Error, ModelInfo, TextKind, normalise};

/// Texts in one request; servers commonly accept 32 to 2048.
const BATCH: usize = 32;

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
    client: Client<OpenAIConfig>,
    /// Its connections live and die here, so the client is not shared with anyone.
    runtime: Runtime,
}

impl OpenAiEmbedder {
    /// Connects, and asks for one vector to learn its length. Must not be called from within an async runtime.
    ///
    /// # Errors
    /// [`Error::Net`] when the address is refused, [`Error::Remote`] when the server does not answer as it should.
    pub fn connect(options: Options) -> Result<Self, Error> {
        let settings = Settings { allow: options.allow.clone(), read_timeout: options.timeout, ..Settings::default() };
        let http = net::Client::new(settings)?.for_server(&options.base)?;
        let config = OpenAIConfig::new()
            .with_api_base(options.base.trim_end_matches('/'))
            .with_api_key(options.api_key.as_str());
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
        let mut embedder = Self { info, options, client: Client::build(http, config), runtime };
        let probe = embedder.request(vec!["guichet".to_owned()])?;
        embedder.info.dimensions = probe.first().map(Vec::len).unwrap_or_default();
        if embedder.info.dimensions == 0 {
            return Err(Error::Remote { doing: "sent an empty vector".to_owned() });
        }
        embedder.info.id = format!("openai:{}:{}", embedder.options.model, embedder.info.dimensions);
        Ok(embedder)
    }

    fn request(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, Error> {
        let patience = self.options.timeout;
        let sent = self.runtime.block_on(async { tokio::time::timeout(patience, self.once(texts)).await });
        let doing = match sent {
            Ok(Ok(vectors)) => return Ok(vectors),
            Ok(Err(doing)) => doing,
            Err(_) => format!("did not answer within {} s", patience.as_secs_f32()),
        };
        Err(Error::Remote { doing })
    }

    /// One request, or what the server did instead. The library itself tries three times more where it says 429 or
    /// 5xx, or cannot be reached.
    async fn once(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, String> {
        let count = texts.len();
        let request = CreateEmbeddingRequest {
            model: self.options.model.clone(),
            input: EmbeddingInput::StringArray(texts),
            ..CreateEmbeddingRequest::default()
        };
        let response = self.client.embeddings().create(request).await.map_err(|error| describe(&error))?;
        let mut data = response.data;
        data.sort_by_key(|embedding| embedding.index);
        if data.len() != count {
            return Err(format!("sent {} vectors for {count} texts", data.len()));
        }
        Ok(data.into_iter().map(|embedding| embedding.embedding).collect())
    }
}

fn describe(error: &OpenAIError) -> String {
    match error {
        // Without the address: it may hold credentials.
        OpenAIError::Reqwest(error) if error.is_timeout() => "did not answer in time".to_owned(),
        OpenAIError::Reqwest(_) => "cannot be reached".to_owned(),
        OpenAIError::ApiError(response) => format!("answered {}: {response}", response.status_code.as_u16()),
        OpenAIError::JSONDeserialize(..) => "sent something other than embeddings".to_owned(),
        other => format!("failed: {other}"),
    }
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
