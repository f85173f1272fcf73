//! The process that parses: reads requests from standard input, answers on standard output, and dies rather than harm
//! its parent.
//!
//! A frame is four bytes of length (little-endian) and that many bytes of JSON.

use std::{
    io::{self, Read, Write},
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    process::{self, ExitCode},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::parse::{self, Limits, Outcome};

/// One file to parse.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Request {
    pub path: PathBuf,
    pub name: String,
    pub limits: Limits,
}

/// Longest frame that either side accepts, in bytes.
pub(crate) const MAX_FRAME: usize = 160 << 20;
/// Parsers recurse on nested input.
const STACK: usize = 64 << 20;
/// How much later than the parent's own limit the worker ends itself, should the parent be gone.
const GRACE: Duration = Duration::from_secs(5);

/// What the hidden sub-command `guichet parse-worker` runs: answers requests until standard input closes.
#[must_use]
pub fn run() -> ExitCode {
    // The parent reports a panic as the file's outcome; a backtrace on its standard error would only confuse.
    panic::set_hook(Box::new(|_| {}));
    let (requests, inbox) = mpsc::channel::<Request>();
    let (done, finished) = mpsc::channel::<()>();
    let parser = thread::Builder::new().name("parse".to_owned()).stack_size(STACK).spawn(move || serve(&inbox, &done));
    if parser.is_err() {
        return ExitCode::FAILURE;
    }
    // Standard input closes when the parent ends, however it ends. This thread sees it even while a parser hangs.
    let (frames, incoming) = mpsc::channel::<Request>();
    let reader = thread::Builder::new().name("requests".to_owned()).spawn(move || {
        while let Some(request) = read_request() {
            if frames.send(request).is_err() {
                break;
            }
        }
        process::exit(0);
    });
    if reader.is_err() {
        return ExitCode::FAILURE;
    }
    while let Ok(request) = incoming.recv() {
        let patience = Duration::from_secs(request.limits.seconds) + GRACE;
        if requests.send(request).is_err() || finished.recv_timeout(patience).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn serve(inbox: &mpsc::Receiver<Request>, done: &mpsc::Sender<()>) {
    // Whatever libraries map is mapped before the limit is measured.
    let _ = parse::engine();
    let mut limited = false;
    while let Ok(request) = inbox.recv() {
        if !limited {
            limit_memory(request.limits.memory);
            limited = true;
        }
        let outcome =
            panic::catch_unwind(AssertUnwindSafe(|| parse::parse_file(&request.path, &request.name, &request.limits)))
                .unwrap_or_else(|_| {
                    Outcome::Failed {
            reason: "The file is damaged in a way that the parser cannot handle: open it in the program that made it, \
                     save it again and upload it."
                .to_owned(),
        }
                });
        if write_frame(&mut io::stdout().lock(), &outcome).is_err() || done.send(()).is_err() {
            return;
        }
    }
}

/// Caps the address space at what is mapped now plus `beyond` bytes.
fn limit_memory(beyond: u64) {
    if let Some(mapped) = mapped() {
        // Without the limit the parent's time limit still stands.
        let _ = rlimit::setrlimit(rlimit::Resource::AS, mapped + beyond, mapped + beyond);
    }
}

/// Address space of this process in bytes, where the system tells.
fn mapped() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}

fn read_request() -> Option<Request> {
    let mut input = io::stdin().lock();
    let mut length = [0; 4];
    input.read_exact(&mut length).ok()?;
    let length = usize::try_from(u32::from_le_bytes(length)).ok().filter(|&length| length <= MAX_FRAME)?;
    let mut bytes = vec![0; length];
    input.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn write_frame(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    output.write_all(&frame(message)?)?;
    output.flush()
}

/// A message with its length in front.
pub(crate) fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}
