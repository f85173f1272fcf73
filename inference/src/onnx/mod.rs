//! The adapter for ONNX Runtime, which is opened as a shared library at run time.

mod graph;
mod proto;
mod quantise;
mod write;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
    value::Tensor,
};

pub use quantise::Precision;
pub use write::WRITER_VERSION;

use crate::{
    Embedder, Error, ModelInfo, TextKind,
    bert::{Config, Weights},
    models::InstalledEmbedder,
    tokens::{Reader, Rectangle, in_batches},
};

/// Tokens in one run. Measured: the activations of more of them leave the processor's cache.
const BATCH_TOKENS: usize = 1024;

/// Where the runtime is and how it shall work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The shared library.
    pub library: PathBuf,
    pub precision: Precision,
    /// Processor cores to use; 0 means all.
    pub threads: usize,
    /// Most tokens in one run, padding included.
    pub batch_tokens: usize,
}

impl Options {
    #[must_use]
    pub fn new(library: impl Into<PathBuf>) -> Self {
        Self { library: library.into(), precision: Precision::default(), threads: 0, batch_tokens: BATCH_TOKENS }
    }

    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }
}

/// Runs the ONNX file that [`ensure_written`] makes of a model's weights.
pub struct OnnxEmbedder {
    info: ModelInfo,
    reader: Reader,
    session: Session,
    batch_tokens: usize,
}

impl OnnxEmbedder {
    /// Opens the model, writing its ONNX file first where that is missing.
    ///
    /// # Errors
    /// [`Error::Missing`] when the runtime cannot be opened, [`Error::Damaged`] when the model's files cannot be read.
    pub fn open(model: &InstalledEmbedder, options: &Options) -> Result<Self, Error> {
        let config = Config::read(&model.config())?;
        let file = ensure_written(model, options.precision)?;
        let max_tokens = model.facts.max_tokens.min(config.max_position_embeddings);
        let info = model.info(options.precision.as_str(), config.hidden_size, max_tokens);
        let session = session(&environment(&options.library)?, &file, options.threads)?;
        Ok(Self { info, reader: Reader::open(model, max_tokens)?, session, batch_tokens: options.batch_tokens })
    }
}

impl Embedder for OnnxEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        let ids = self.reader.read(texts, kind)?;
        in_batches(&ids, self.batch_tokens, |batch| run(&mut self.session, batch))
    }
}

fn run(session: &mut Session, batch: &[&[u32]]) -> Result<Vec<Vec<f32>>, Error> {
    let Rectangle { rows, columns, ids, mask } = Rectangle::<i64>::of(batch);
    let compute = || -> ort::Result<Vec<Vec<f32>>> {
        let inputs = ort::inputs! {
            "input_ids" => Tensor::from_array(([rows, columns], ids))?,
            "attention_mask" => Tensor::from_array(([rows, columns], mask))?,
        };
        let outputs = session.run(inputs)?;
        let (_, values) = outputs["sentence_embedding"].try_extract_tensor::<f32>()?;
        Ok(values.chunks_exact(values.len() / rows.max(1)).map(<[f32]>::to_vec).collect())
    };
    compute().map_err(Error::failed("running the model"))
}

fn session(environment: &Environment, file: &Path, threads: usize) -> Result<Session, Error> {
    let threads = if threads == 0 { available_parallelism().map_or(1, usize::from) } else { threads };
    let open = || -> ort::Result<Session> {
        Session::builder(environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?
            .commit_from_file(file)
    };
    open().map_err(Error::failed(format!("opening {}", file.display())))
}

/// One per process, as the runtime demands.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the runtime once; a second call with another path gives the first one.
///
/// # Errors
/// [`Error::Missing`] when it cannot be loaded.
pub(crate) fn environment(library: &Path) -> Result<Environment, Error> {
    let mut current = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = current.as_ref() {
        return Ok(environment.clone());
    }
    let missing = |reason: String| Error::Missing {
        what: format!("ONNX Runtime ({})", library.display()),
        hint: format!("{reason}. Run `guichet models pull onnxruntime`, or set GUICHET_ONNXRUNTIME to its library"),
    };
    if !library.is_file() {
        return Err(missing("no such file".to_owned()));
    }
    let builder = ort::init_from(library).map_err(|error| missing(error.to_string()))?;
    let environment =
        builder.with_name("guichet").with_telemetry(false).build().map_err(|error| missing(error.to_string()))?;
    Ok(current.insert(environment).clone())
}

/// The path of the model's ONNX file in this precision.
#[must_use]
pub fn file(model: &InstalledEmbedder, precision: Precision) -> PathBuf {
    model.folder.join(file_name(precision))
}

/// The name says which writer made it, so that a newer one does not take an older file for its own.
pub(crate) fn file_name(precision: Precision) -> String {
    format!("{}.v{WRITER_VERSION}.onnx", precision.as_str())
}

/// Writes the model's ONNX file where it is missing; the same weights give the same bytes.
///
/// # Errors
/// When the weights cannot be read or the file cannot be written.
pub fn ensure_written(model: &InstalledEmbedder, precision: Precision) -> Result<PathBuf, Error> {
    let path = file(model, precision);
    if path.is_file() {
        return Ok(path);
    }
    let config = Config::read(&model.config())?;
    let bytes = write::write(&config, &Weights::read(&model.weights())?, precision)?;
    crate::models::write_whole(&path, &bytes)?;
    remove_older(model, precision);
    Ok(path)
}

/// What an older writer left is of no use any more; failing to remove it only costs space.
fn remove_older(model: &InstalledEmbedder, precision: Precision) {
    let (current, prefix) = (file_name(precision), format!("{}.v", precision.as_str()));
    for entry in fs::read_dir(&model.folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && name.ends_with(".onnx") && name != current {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
