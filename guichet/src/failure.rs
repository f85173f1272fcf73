//! How a command fails: what happened, what to do next, which exit status.

use std::{fmt, io::Write as _, process::ExitCode};

use models::{Code, Coded};

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    message: String,
    hint: Option<String>,
    status: u8,
}

impl Failure {
    /// Something went wrong: exit status 1.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, status: 1 }
    }

    /// The command was called in a way that cannot work: exit status 2.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: 2, ..Self::new(message) }
    }

    /// What to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What was being done when it failed.
    #[must_use]
    pub fn during(mut self, doing: &str) -> Self {
        self.message = format!("{doing}: {}", self.message);
        self
    }

    /// Prints it on stderr.
    pub fn report(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // Nobody is left to tell when stderr is closed.
        let _ = writeln!(stderr, "error: {self}");
        if let Some(hint) = &self.hint {
            let _ = writeln!(stderr, "  hint: {hint}");
        }
        ExitCode::from(self.status)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error of a lower floor, with its causes; the hint follows from its code.
impl<E: Coded + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let failure = Self::new(causes(&error));
        match error.code() {
            Code::StorageFull => failure.hint("free some space on the disk of the data folder, then run it again"),
            Code::TooManyRequests => failure.hint("wait a second, then run it again"),
            Code::Internal => failure.hint("`guichet doctor` checks the data folder; `--log debug` tells more"),
            _ => failure,
        }
    }
}

/// An error with everything that led to it, in one line, without repeating what a cause says again.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

pub type Outcome<T = ()> = Result<T, Failure>;
