//! The adapter without ONNX Runtime: candle reads the same weights. Slower, but there is nothing to install.

use std::{fs, path::Path};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config as BertConfig, HiddenAct, PositionEmbeddingType};

use crate::{
    Embedder, Error, ModelInfo, TextKind,
    batch::Limits,
    bert::{Config, Gelu, Sizes, Weights},
    models::InstalledEmbedder,
    normalise,
    onnx::Precision,
    tokens::{Reader, Rectangle, in_batches},
};

/// Tokens in one run; candle gains nothing from more.
const BATCH: Limits = Limits::tokens(512);

pub struct CandleEmbedder {
    info: ModelInfo,
    reader: Reader,
    model: BertModel,
}

impl CandleEmbedder {
    /// Loads the weights. Its vectors compare with those of ONNX Runtime in full precision, so the id is the same.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the model's files cannot be read.
    pub fn open(model: &InstalledEmbedder) -> Result<Self, Error> {
        let config = Config::read(&model.config())?;
        let max_tokens = model.facts.max_tokens.min(config.max_position_embeddings);
        let mut info = model.info(Precision::Fp32.as_str(), config.hidden_size, max_tokens);
        "candle".clone_into(&mut info.variant);
        let bert = load(&config, &model.weights())?;
        Ok(Self { info, reader: Reader::open(model, max_tokens)?, model: bert })
    }
}

fn load(config: &Config, weights: &Path) -> Result<BertModel, Error> {
    let damaged = |reason: String| Error::Damaged { path: weights.to_owned(), reason };
    let bytes = fs::read(weights).map_err(|error| damaged(error.to_string()))?;
    let sizes = Sizes::of(&Weights::read(weights)?)?;
    let config = BertConfig {
        vocab_size: sizes.words,
        type_vocab_size: sizes.types,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.num_hidden_layers,
        num_attention_heads: config.num_attention_heads,
        intermediate_size: config.intermediate_size,
        hidden_act: match config.gelu()? {
            Gelu::Exact => HiddenAct::Gelu,
            Gelu::Tanh => HiddenAct::GeluApproximate,
        },
        max_position_embeddings: config.max_position_embeddings,
        layer_norm_eps: f64::from(config.layer_norm_eps),
        position_embedding_type: PositionEmbeddingType::Absolute,
        ..BertConfig::default()
    };
    let load = || -> candle_core::Result<BertModel> {
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
        BertModel::load(weights, &config)
    };
    load().map_err(|error| damaged(error.to_string()))
}

impl Embedder for CandleEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        let ids = self.reader.read(texts, kind)?;
        in_batches(&ids, BATCH, |batch| run(&self.model, batch).map_err(Error::failed("running the model")))
    }
}

fn run(model: &BertModel, batch: &[&[u32]]) -> candle_core::Result<Vec<Vec<f32>>> {
    let Rectangle { rows, columns, ids, mask } = Rectangle::<u32>::of(batch);
    let ids = Tensor::from_vec(ids, (rows, columns), &Device::Cpu)?;
    let mask = Tensor::from_vec(mask, (rows, columns), &Device::Cpu)?;
    let states = model.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
    // The sum over the unmasked tokens has the direction of their mean.
    let mask = mask.to_dtype(DType::F32)?.unsqueeze(1)?;
    let mut vectors = mask.matmul(&states)?.squeeze(1)?.to_vec2::<f32>()?;
    for vector in &mut vectors {
        normalise(vector);
    }
    Ok(vectors)
}
