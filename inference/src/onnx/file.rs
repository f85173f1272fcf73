//! The ONNX file beside the weights that it was written from: made once, listed in the manifest, replaced by a newer writer.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    quantise::Precision,
    write::{self, WRITER_VERSION},
};
use crate::{
    Error,
    bert::{Config, Weights},
    models::{InstalledEmbedder, Manifest, write_whole},
};

/// The model's ONNX file.
#[derive(Debug)]
pub(crate) enum Written {
    File(PathBuf),
    /// Where the folder cannot be written.
    Memory(Vec<u8>),
}

/// The name says which writer made it, so that a newer one does not take an older file for its own.
pub(crate) fn file_name(precision: Precision) -> String {
    format!("{}.v{WRITER_VERSION}.onnx", precision.as_str())
}

/// Whether a file of this name is made from the others, so that it can be made again without fetching anything.
pub(crate) fn is_derived(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "onnx")
}

/// Writes the model's ONNX file where it is missing or an older writer's; the same weights give the same bytes.
///
/// # Errors
/// When the weights cannot be read.
pub(crate) fn ensure_written(model: &InstalledEmbedder, precision: Precision) -> Result<Written, Error> {
    let path = model.folder.join(file_name(precision));
    if path.is_file() {
        return Ok(Written::File(path));
    }
    let config = Config::read(&model.config())?;
    let bytes = write::write(&config, &Weights::read(&model.weights())?, precision)?;
    if let Err(error) = write_whole(&path, &bytes) {
        let reason = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::warn!("{error} ({reason}): the ONNX file is made anew at every start until the folder can be written");
        return Ok(Written::Memory(bytes));
    }
    let older = remove_older(&model.folder, precision);
    list(&model.folder, precision, &older);
    tracing::info!(path = %path.display(), replaces = ?older, "wrote the ONNX file from the model's weights");
    Ok(Written::File(path))
}

/// What an older writer left is of no use any more; failing to remove it only costs space.
fn remove_older(folder: &Path, precision: Precision) -> Vec<String> {
    let (current, prefix) = (file_name(precision), format!("{}.v", precision.as_str()));
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let older: Vec<String> = names
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with(&prefix) && is_derived(name) && *name != current)
        .collect();
    for name in &older {
        let _ = fs::remove_file(folder.join(name));
    }
    older
}

/// Without its line in the manifest the file works all the same; it is only not checked.
fn list(folder: &Path, precision: Precision, older: &[String]) {
    let add = || -> Result<(), Error> {
        let Some(mut manifest) = Manifest::read(folder)? else { return Ok(()) };
        manifest.files.retain(|name, _| !older.contains(name));
        manifest.add(folder, &file_name(precision))?;
        manifest.write(folder)
    };
    if let Err(error) = add() {
        tracing::warn!(%error, "the ONNX file is not in the manifest");
    }
}
