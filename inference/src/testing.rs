//! What tests share: where the models of this machine are, and how a test says that it cannot run without them.

use std::{env, fs::OpenOptions, io::Write, path::PathBuf};

use crate::models::{self, Located};

/// The models folder of this machine.
pub(crate) fn located() -> Located {
    models::locate(&models::default_folder(|name| env::var_os(name)))
}

/// ONNX Runtime's library, or `None` after saying that `test` is skipped.
pub(crate) fn onnxruntime(test: &str) -> Option<PathBuf> {
    let library = env::var_os("GUICHET_ONNXRUNTIME").map(PathBuf::from).or_else(|| located().onnxruntime);
    if library.is_none() {
        skip(test, "ONNX Runtime is not installed (guichet models pull onnxruntime)");
    }
    library
}

/// Says so loudly, and adds a line to the file that `GUICHET_TEST_SKIPS` names, for the summary of the whole run.
pub(crate) fn skip(test: &str, reason: &str) {
    let line = format!("inference: {test}: {reason}");
    eprintln!("SKIPPED {line}");
    if let Some(path) = env::var_os("GUICHET_TEST_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the list of skipped tests can be written");
    }
}
