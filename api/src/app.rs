//! What the routes stand on: handles and traits only; the composition root fills them.

use std::{sync::Arc, time::Duration};

use inference::ModelInfo;
use ingest::Pipeline;
use models::{Clock, Code, TenantId};
use rag::{Assistant, Retriever};
use store::Store;
use subtle::ConstantTimeEq;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::{Pages, Problem};

/// The parts that read and write documents, opened together.
pub struct Engine {
    pub store: Store,
    pub retriever: Retriever,
    pub assistant: Assistant,
    pub pipeline: Pipeline,
    /// The embedder, or why there is none.
    pub embedder: Result<ModelInfo, String>,
}

/// Where an [`Engine`] appears once it is open, so that the server answers `live` before it is `ready`.
#[derive(Clone)]
pub struct EngineSlot(watch::Receiver<Option<Arc<Engine>>>);

impl EngineSlot {
    /// The slot, and the handle that fills it.
    #[must_use]
    pub fn empty() -> (watch::Sender<Option<Arc<Engine>>>, Self) {
        let (sender, receiver) = watch::channel(None);
        (sender, Self(receiver))
    }

    #[must_use]
    pub fn full(engine: Arc<Engine>) -> Self {
        Self(watch::channel(Some(engine)).1)
    }

    #[must_use]
    pub fn now(&self) -> Option<Arc<Engine>> {
        self.0.borrow().clone()
    }

    /// Waits a little for a server that is just starting.
    ///
    /// # Errors
    ///
    /// [`Code::Unavailable`] when it is still starting after `patience`, or could not start.
    pub async fn get(&self, patience: Duration) -> Result<Arc<Engine>, Problem> {
        if let Some(engine) = self.now() {
            return Ok(engine);
        }
        let mut receiver = self.0.clone();
        let opened = tokio::time::timeout(patience, receiver.wait_for(Option::is_some)).await;
        match opened {
            Ok(Ok(engine)) => engine.clone().ok_or_else(starting),
            _ => Err(starting()),
        }
    }
}

fn starting() -> Problem {
    Problem::new(Code::Unavailable, "The server is still opening its indexes. Try again in a few seconds.")
}

/// The secret that allows writing until accounts exist. It never prints.
#[derive(Clone)]
pub struct LocalToken(String);

impl LocalToken {
    /// 32 random bytes from the caller, as 64 hexadecimal digits.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        use std::fmt::Write as _;
        Self(bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    /// A token that the operator chose.
    #[must_use]
    pub fn chosen(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to hand to the person who started the server.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares without telling by its duration how much was right.
    #[must_use]
    pub fn matches(&self, candidate: &str) -> bool {
        self.0.as_bytes().ct_eq(candidate.as_bytes()).into()
    }
}

impl std::fmt::Debug for LocalToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LocalToken(…)")
    }
}

/// How the site behaves; plain values.
#[derive(Debug, Clone)]
pub struct Settings {
    pub tenant: TenantId,
    /// Names under which the site may be addressed, without port; `None` allows any. It defends a server on the
    /// loopback address against pages that point their own name at it (DNS rebinding).
    pub hosts: Option<Vec<String>>,
    /// How long a request may take; uploads get ten times that.
    pub timeout: Duration,
    /// Uploads handled at once; more are answered 429.
    pub uploads: usize,
    /// Searches and questions handled at once; more are answered 429.
    pub questions: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { tenant: TenantId::default(), hosts: None, timeout: Duration::from_secs(30), uploads: 4, questions: 64 }
    }
}

/// The state of every route.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What an [`App`] shares; only the routes see it.
pub struct Inner {
    pub(crate) engine: EngineSlot,
    pub(crate) token: LocalToken,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) settings: Settings,
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) questions: Arc<Semaphore>,
}

impl App {
    #[must_use]
    pub fn new(
        engine: EngineSlot,
        token: LocalToken,
        clock: Arc<dyn Clock>,
        pages: Arc<dyn Pages>,
        settings: Settings,
    ) -> Self {
        let uploads = Arc::new(Semaphore::new(settings.uploads));
        let questions = Arc::new(Semaphore::new(settings.questions));
        Self(Arc::new(Inner { engine, token, clock, pages, settings, uploads, questions }))
    }

    /// # Errors
    ///
    /// [`Code::TooManyRequests`] when enough searches and questions are running.
    pub(crate) fn take_question_turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.questions).try_acquire_owned().map_err(|_| busy("questions"))
    }

    /// # Errors
    ///
    /// [`Code::TooManyRequests`] when enough uploads are running.
    pub(crate) fn take_upload_turn(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.uploads).try_acquire_owned().map_err(|_| busy("uploads"))
    }
}

fn busy(what: &str) -> Problem {
    Problem::new(Code::TooManyRequests, format!("The server is busy with other {what}. Try again in a second."))
}

impl std::ops::Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
