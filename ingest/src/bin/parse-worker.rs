//! The parser process alone, for tests; installed, `guichet parse-worker` is the same.

use std::process::ExitCode;

fn main() -> ExitCode {
    ingest::worker::run()
}
