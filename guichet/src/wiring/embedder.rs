//! Which model computes vectors: the first that works of a configured server, ONNX Runtime, candle; else none, and why.

use std::{path::PathBuf, sync::Arc};

use inference::{
    Choice, EmbedService, Embedder, QueueLimits,
    candle::CandleEmbedder,
    models::{self, InstalledEmbedder, Located},
    onnx::{self, OnnxEmbedder},
    openai::{self, OpenAiEmbedder},
    scripted, tokens,
};
use net::{AllowList, Url};

use crate::{
    config::{Config, EmbedderChoice},
    failure::causes,
};

/// A server does not tell how it counts tokens: words are counted instead, with room for what a word is cut into.
const REMOTE_WORDS: usize = 256;

/// Where models and native libraries lie.
pub fn models_folder(config: &Config) -> PathBuf {
    config.models.clone().unwrap_or_else(|| models::default_folder(|name| std::env::var_os(name)))
}

/// Opens the embedder of the configuration, on threads where blocking is allowed.
///
/// # Errors
///
/// A sentence for a person: why there are words alone.
pub async fn open(config: &Config) -> Result<EmbedService, String> {
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || choose(&config)).await;
    opened.unwrap_or_else(|_| Err("the model's library panicked while it was opened".to_owned()))
}

fn choose(config: &Config) -> Result<EmbedService, String> {
    match config.embedder {
        EmbedderChoice::None => Err("switched off by the setting `embedder`".to_owned()),
        EmbedderChoice::Openai => remote(config),
        EmbedderChoice::Auto if config.embedder_url.is_some() => remote(config),
        EmbedderChoice::Auto => best(config),
        EmbedderChoice::Onnx => local(config, |model, located| {
            let library = config.onnxruntime.clone().or_else(|| located.onnxruntime.clone()).ok_or_else(|| {
                format!("ONNX Runtime is not in {}; run `guichet models pull onnxruntime`", located.folder.display())
            })?;
            let options = onnx::Options::new(library).with_precision(config.embedder_precision);
            let embedder = OnnxEmbedder::open(model, &options).map_err(|error| causes(&error))?;
            Ok(Box::new(embedder))
        }),
        EmbedderChoice::Candle => local(config, |model, _| {
            let embedder = CandleEmbedder::open(model).map_err(|error| causes(&error))?;
            Ok(Box::new(embedder))
        }),
    }
}

/// ONNX Runtime where it is there, candle otherwise.
fn best(config: &Config) -> Result<EmbedService, String> {
    let located = models::locate(&models_folder(config));
    let choice = Choice {
        name: config.embedder_model.clone(),
        precision: config.embedder_precision,
        onnxruntime: config.onnxruntime.clone(),
        ..Choice::default()
    };
    let opened = inference::open(&located, &choice).map_err(|error| causes(&error))?;
    if let Some(note) = &opened.note {
        tracing::warn!("{note}");
    }
    Ok(opened.start(QueueLimits::default()))
}

/// The model of the configuration, through one adapter and no other.
fn local(
    config: &Config,
    open: impl Fn(&InstalledEmbedder, &Located) -> Result<Box<dyn Embedder>, String>,
) -> Result<EmbedService, String> {
    let located = models::locate(&models_folder(config));
    let wanted = config.embedder_model.as_deref();
    let found = located.embedders.iter().find(|model| wanted.is_none_or(|name| name == model.name));
    let model = found.ok_or_else(|| {
        let what = wanted.unwrap_or("an embedding model");
        format!("{what} is not in {}; run `guichet models pull`", located.folder.display())
    })?;
    let tokenizer = tokens::load(&model.tokenizer()).map_err(|error| causes(&error))?;
    Ok(EmbedService::start(open(model, &located)?, Arc::new(tokenizer), QueueLimits::default()))
}

fn remote(config: &Config) -> Result<EmbedService, String> {
    let base = config.embedder_url.clone().unwrap_or_default();
    let model = config.embedder_model.clone().ok_or("the server at `embedder_url` needs `embedder_model`")?;
    let host = Url::parse(&base).ok().and_then(|url| url.host_str().map(str::to_owned));
    let host = host.ok_or_else(|| "`embedder_url` is no address".to_owned())?;
    let options = openai::Options {
        api_key: config.embedder_key.as_ref().map(|key| key.reveal().to_owned()).unwrap_or_default(),
        // The operator named it, so it may stand on the school's own network.
        allow: AllowList::default().with_host(&host),
        max_tokens: REMOTE_WORDS,
        ..openai::Options::new(base, model)
    };
    let embedder = OpenAiEmbedder::connect(options).map_err(|error| causes(&error))?;
    let tokenizer = scripted::tokenizer();
    Ok(EmbedService::start(Box::new(embedder), Arc::new(tokenizer), QueueLimits::default()))
}
