//! Worker processes that parse files, each with limits, so that no file can take the server down.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time,
};

pub use crate::parse::Limits;
use crate::{
    parse::Outcome,
    worker::{self, MAX_FRAME, Request},
};

/// How to start a worker: a program whose `args` lead to [`worker::run`].
#[derive(Debug, Clone)]
pub struct ParserCommand {
    pub program: PathBuf,
    pub args: Vec<OsString>,
    /// Variables beside those that this process has.
    pub env: Vec<(OsString, OsString)>,
}

/// Parses files in child processes, at most `size` at a time. Cloning shares the processes; dropping the last clone
/// kills them.
#[derive(Debug, Clone)]
pub struct ParserPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    command: ParserCommand,
    limits: Limits,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    files: u32,
}

/// A worker is replaced after so many files, which undoes whatever memory its libraries have leaked.
const FILES_PER_WORKER: u32 = 500;

enum Lost {
    /// Nothing was read of the request: another worker may try.
    BeforeRequest,
    TimedOut,
    Died(String),
}

impl ParserPool {
    /// Starts nothing yet: a worker starts with the first file. `size` 0 counts as 1.
    #[must_use]
    pub fn new(command: ParserCommand, limits: Limits, size: usize) -> Self {
        let places = Semaphore::new(size.clamp(1, 64));
        Self { shared: Arc::new(Shared { command, limits, places, idle: Mutex::default() }) }
    }

    /// Parses one file; waits for a free worker first. The limit of time begins when the worker does. Dropping the
    /// future kills the worker.
    pub async fn parse(&self, path: &Path, name: &str) -> Outcome {
        let Ok(_place) = self.shared.places.acquire().await else {
            return Outcome::Failed { reason: "The parsers are shutting down: try again.".to_owned() };
        };
        let limits = self.shared.limits;
        let request = Request { path: path.to_owned(), name: name.to_owned(), limits };
        for _ in 0..2 {
            let mut worker = match self.take() {
                Ok(worker) => worker,
                Err(error) => {
                    return Outcome::Failed {
                        reason: format!("The parser could not be started ({error}): try again, or reinstall."),
                    };
                }
            };
            match worker.parse(&request).await {
                Ok(outcome) => {
                    worker.files += 1;
                    if worker.files < FILES_PER_WORKER {
                        self.idle().push(worker);
                    }
                    return outcome;
                }
                Err(Lost::BeforeRequest) => {}
                Err(Lost::TimedOut) => return Outcome::Failed { reason: timed_out(limits.seconds) },
                Err(Lost::Died(how)) => return Outcome::Failed { reason: died(&how, &limits) },
            }
        }
        Outcome::Failed { reason: died("it ended at once", &limits) }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> std::io::Result<Worker> {
        if let Some(worker) = self.idle().pop() {
            return Ok(worker);
        }
        Worker::start(&self.shared.command)
    }
}

impl Worker {
    fn start(command: &ParserCommand) -> std::io::Result<Self> {
        let mut child = Command::new(&command.program)
            .args(&command.args)
            .envs(command.env.iter().map(|(name, value)| (name, value)))
            // One arena: glibc otherwise reserves 64 MiB of address space per thread, which the limit would count.
            .env("MALLOC_ARENA_MAX", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("no pipes"));
        };
        Ok(Self { child, input, output, files: 0 })
    }

    async fn parse(&mut self, request: &Request) -> Result<Outcome, Lost> {
        let frame = worker::frame(request).map_err(|error| Lost::Died(error.to_string()))?;
        if self.input.write_all(&frame).await.is_err() || self.input.flush().await.is_err() {
            return Err(Lost::BeforeRequest);
        }
        let patience = Duration::from_secs(request.limits.seconds);
        match time::timeout(patience, self.answer()).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(_)) => Err(Lost::Died(self.epitaph().await)),
            Err(_) => {
                let _ = self.child.kill().await;
                Err(Lost::TimedOut)
            }
        }
    }

    async fn answer(&mut self) -> std::io::Result<Outcome> {
        let length = self.output.read_u32_le().await? as usize;
        if length > MAX_FRAME {
            return Err(std::io::Error::other("an answer too long"));
        }
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// How the process ended, in words.
    async fn epitaph(&mut self) -> String {
        let _ = self.child.start_kill();
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

fn timed_out(seconds: u64) -> String {
    format!(
        "Reading the file took longer than {seconds} s, so it was stopped: split the file, or save it again in a simpler \
         form."
    )
}

fn died(how: &str, limits: &Limits) -> String {
    format!(
        "The parser stopped while reading the file ({how}); it may be damaged, or need more than {} MB of memory: save \
         it again or split it.",
        limits.memory >> 20
    )
}
