//! The product's parts as the harness takes them.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use indicatif::{ProgressBar, ProgressStyle};
use models::SystemClock;
use serde::Serialize;
use store::Store;

use crate::{
    config::Config,
    failure::{Failure, Outcome},
    wiring,
};

/// The commit of the sources that this program was built from, where they are still there; with `+` when they differ.
pub fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-C", env!("CARGO_MANIFEST_DIR")]).args(arguments).stderr(Stdio::null());
        let output = git.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"]).filter(|commit| !commit.is_empty())?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    Some(if changed { format!("{commit}+") } else { commit })
}

/// A bar on stderr; nothing where stderr is no terminal.
pub fn progress() -> Arc<eval::Progress> {
    let style = ProgressStyle::with_template("{msg:36} [{bar:30}] {pos}/{len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::no_length().with_style(style);
    Arc::new(move |doing, done, total| {
        bar.set_length(total as u64);
        bar.set_message(doing.to_owned());
        bar.set_position(done as u64);
        if done == total {
            bar.reset();
        }
    })
}

/// Parts for measuring; `wants_vectors` fails without an embedder. The folder is where vectors are kept: hold it while
/// measuring.
pub async fn parts(
    config: &Config,
    cache: Option<&PathBuf>,
    wants_vectors: bool,
) -> Outcome<(eval::Parts, Option<tempfile::TempDir>)> {
    let embedder = if wants_vectors { Some(embedder(config).await?) } else { None };
    let scratch = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    let (folder, scratch) = match cache {
        Some(folder) => (folder.clone(), None),
        None => (scratch.path().to_owned(), Some(scratch)),
    };
    let vectors = Store::open(&folder).await?;
    let (indexes, clock) = (Arc::new(wiring::make_indexes), Arc::new(SystemClock));
    Ok((eval::Parts { embedder, indexes, clock, vectors, progress: progress() }, scratch))
}

/// The configured embedder.
pub async fn embedder(config: &Config) -> Outcome<inference::EmbedService> {
    wiring::open_embedder(config).await.map_err(|reason| {
        Failure::new(format!("there is no embedder: {reason}")).hint("`--mode lexical` measures words alone")
    })
}

/// One JSON object a line.
pub fn write_lines(file: &Path, lines: impl IntoIterator<Item = impl Serialize>) -> Outcome {
    let write = || {
        let mut out = BufWriter::new(File::create(file)?);
        for line in lines {
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    write().map_err(|error: std::io::Error| Failure::new(format!("cannot write {}: {error}", file.display())))
}
