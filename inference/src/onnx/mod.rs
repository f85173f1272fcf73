//! The adapter for ONNX Runtime, which is opened as a shared library at run time.

mod file;
mod graph;
mod proto;
mod quantise;
mod write;

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread::available_parallelism,
};

use ort::{
    environment::Environment,
    session::{
        Session,
        builder::{GraphOptimizationLevel, SessionBuilder},
    },
    value::Tensor,
};

pub(crate) use file::{Written, ensure_written, file_name, is_derived};
pub use quantise::Precision;
pub use write::WRITER_VERSION;

use crate::{
    Embedder, Error, ModelInfo, TextKind,
    batch::Limits,
    bert::Config,
    models::InstalledEmbedder,
    tokens::{Reader, Rectangle, in_batches},
};

/// Measured: the activations of more tokens leave the processor's cache, and a run costs about as much as twenty tokens,
/// which is worth a little padding among short texts.
const BATCH: Limits = Limits { tokens: 512, padding: 16 };

/// Where the runtime is and how it shall work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The shared library.
    pub library: PathBuf,
    pub precision: Precision,
    /// Processor cores to use; 0 means all.
    pub threads: usize,
}

impl Options {
    #[must_use]
    pub fn new(library: impl Into<PathBuf>) -> Self {
        Self { library: library.into(), precision: Precision::default(), threads: 0 }
    }

    #[must_use]
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }
}

/// Runs the ONNX file that this module writes from a model's weights.
pub struct OnnxEmbedder {
    info: ModelInfo,
    reader: Reader,
    session: Session,
    batch: Limits,
}

impl OnnxEmbedder {
    /// Opens the model, writing its ONNX file first where that is missing.
    ///
    /// # Errors
    /// [`Error::Missing`] when the runtime cannot be opened, [`Error::Damaged`] when the model's files cannot be read.
    pub fn open(model: &InstalledEmbedder, options: &Options) -> Result<Self, Error> {
        let config = Config::read(&model.config())?;
        let max_tokens = model.facts.max_tokens.min(config.max_position_embeddings);
        let info = model.info(options.precision.as_str(), config.hidden_size, max_tokens);
        let environment = environment(&options.library)?;
        let session = session(&environment, model, options)?;
        let batch = match options.precision {
            Precision::Fp32 => BATCH,
            // A run has one scale, and a text's vector must not depend on its neighbours.
            Precision::Int8 => Limits::ALONE,
        };
        Ok(Self { info, reader: Reader::open(model, max_tokens)?, session, batch })
    }
}

impl Embedder for OnnxEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        let ids = self.reader.read(texts, kind)?;
        in_batches(&ids, self.batch, |batch| run(&mut self.session, batch))
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

fn session(environment: &Environment, model: &InstalledEmbedder, options: &Options) -> Result<Session, Error> {
    let threads = if options.threads == 0 { available_parallelism().map_or(1, usize::from) } else { options.threads };
    let builder = || -> ort::Result<SessionBuilder> {
        let builder = Session::builder(environment)?
            .with_optimization_level(GraphOptimizationLevel::All)?
            .with_intra_threads(threads)?
            .with_inter_threads(1)?;
        // Where the processor's 8-bit product can overflow (before VNNI), the runtime takes a slower exact one.
        Ok(builder.with_precise_qmm()?)
    };
    match ensure_written(model, options.precision)? {
        Written::File(file) => builder()
            .and_then(|mut builder| builder.commit_from_file(&file))
            .map_err(Error::failed(format!("opening {}", file.display()))),
        Written::Memory(bytes) => builder()
            .and_then(|mut builder| builder.commit_from_memory(&bytes))
            .map_err(Error::failed("opening the ONNX file in memory")),
    }
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

#[cfg(test)]
pub(crate) mod tests;
