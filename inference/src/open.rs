//! Opens the best embedder that a models folder and this machine offer.

use std::{path::PathBuf, sync::Arc};

use tokenizers::Tokenizer;

use crate::{
    EmbedService, Embedder, Error, QueueLimits,
    candle::CandleEmbedder,
    models::{InstalledEmbedder, Located},
    onnx::{self, OnnxEmbedder, Precision},
    tokens,
};

/// What the operator prefers; the default lets the folder decide.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// A name of the catalogue; otherwise the first that is installed.
    pub name: Option<String>,
    pub precision: Precision,
    /// ONNX Runtime's library (`GUICHET_ONNXRUNTIME`); otherwise the one in the models folder.
    pub onnxruntime: Option<PathBuf>,
    /// Processor cores; 0 means all.
    pub threads: usize,
}

/// An embedder with the tokenizer that belongs to it.
pub struct Opened {
    pub embedder: Box<dyn Embedder>,
    pub tokenizer: Arc<Tokenizer>,
    /// Why it is not the faster one, for the log.
    pub note: Option<String>,
}

impl Opened {
    /// Puts it behind a queue.
    #[must_use]
    pub fn start(self, limits: QueueLimits) -> EmbedService {
        EmbedService::start(self.embedder, self.tokenizer, limits)
    }
}

/// ONNX Runtime where it is there, candle otherwise.
///
/// # Errors
/// [`Error::NoModel`] when no embedder is installed, [`Error::UnknownModel`] when the chosen one is not, and what opening
/// its files says.
pub fn open(located: &Located, choice: &Choice) -> Result<Opened, Error> {
    let model = pick(located, choice.name.as_deref())?;
    let tokenizer = Arc::new(tokens::load(&model.tokenizer())?);
    let library = choice.onnxruntime.clone().or_else(|| located.onnxruntime.clone());
    let note = match library {
        Some(library) => {
            let mut options = onnx::Options::new(library).with_precision(choice.precision);
            options.threads = choice.threads;
            match OnnxEmbedder::open(model, &options) {
                Ok(embedder) => return Ok(Opened { embedder: Box::new(embedder), tokenizer, note: None }),
                Err(error @ Error::Missing { .. }) => error.to_string(),
                Err(error) => return Err(error),
            }
        }
        None => "ONNX Runtime is not installed: run `guichet models pull onnxruntime`".to_owned(),
    };
    let note = format!("{note}. The embedder runs through candle, several times as slow");
    Ok(Opened { embedder: Box::new(CandleEmbedder::open(model)?), tokenizer, note: Some(note) })
}

fn pick<'a>(located: &'a Located, name: Option<&str>) -> Result<&'a InstalledEmbedder, Error> {
    let none = || Error::NoModel { folder: located.folder.clone() };
    let Some(name) = name else { return located.embedders.first().ok_or_else(none) };
    let known = || located.embedders.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
    let unknown = || Error::UnknownModel { name: name.to_owned(), known: format!("installed are: {}", known()) };
    located.embedders.iter().find(|model| model.name == name).ok_or_else(unknown)
}
