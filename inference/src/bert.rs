//! What every adapter reads of a BERT model: its configuration and its weights.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

use crate::Error;

/// `config.json`, as far as the computation depends on it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Config {
    pub model_type: String,
    pub hidden_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub intermediate_size: usize,
    pub max_position_embeddings: usize,
    pub layer_norm_eps: f32,
    pub hidden_act: String,
}

impl Config {
    /// # Errors
    /// [`Error::Damaged`] when the file cannot be read, [`Error::Model`] when it is not a BERT that we can compute.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
        let bytes = fs::read(path).map_err(|error| damaged(error.to_string()))?;
        let config: Self = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if config.model_type != "bert" {
            return Err(Error::Model { what: format!("its type is {:?}, only \"bert\" is known", config.model_type) });
        }
        if config.num_attention_heads == 0 || !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return Err(Error::Model { what: "its heads do not divide its hidden size".to_owned() });
        }
        config.gelu().map(|_| config.clone())
    }

    /// Which of the two usual functions `hidden_act` names.
    ///
    /// # Errors
    /// [`Error::Model`] for any other.
    pub fn gelu(&self) -> Result<Gelu, Error> {
        match self.hidden_act.as_str() {
            "gelu" => Ok(Gelu::Exact),
            "gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" => Ok(Gelu::Tanh),
            other => Err(Error::Model { what: format!("its activation {other:?} is not known") }),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gelu {
    /// With the error function.
    Exact,
    /// With the hyperbolic tangent.
    Tanh,
}

/// A matrix or vector, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Weight {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Weight {
    /// Rows become columns.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let (rows, columns) = (self.shape[0], self.shape[1]);
        let mut values = vec![0.0; self.values.len()];
        for row in 0..rows {
            for column in 0..columns {
                values[column * rows + row] = self.values[row * columns + column];
            }
        }
        Self { shape: vec![columns, rows], values }
    }
}

/// All weights of a safetensors file, in 32 bits.
#[derive(Debug)]
pub struct Weights {
    path: PathBuf,
    tensors: HashMap<String, Weight>,
}

impl Weights {
    /// # Errors
    /// [`Error::Damaged`] when the file cannot be read or holds other than 32-bit floats.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
        let bytes = fs::read(path).map_err(|error| damaged(error.to_string()))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged(error.to_string()))?;
        let mut tensors = HashMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                // `embeddings.position_ids`, in older files: the position itself.
                continue;
            }
            let words = view.data().chunks_exact(4);
            let values = words.map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
            let name = name.strip_prefix("bert.").unwrap_or(name).to_owned();
            tensors.insert(name, Weight { shape: view.shape().to_vec(), values });
        }
        Ok(Self { path: path.to_owned(), tensors })
    }

    /// # Errors
    /// [`Error::Damaged`] when it is missing or has another shape.
    pub fn get(&self, name: &str, shape: &[usize]) -> Result<&Weight, Error> {
        let damaged = |reason: String| Error::Damaged { path: self.path.clone(), reason };
        let weight = self.tensors.get(name).ok_or_else(|| damaged(format!("{name} is missing")))?;
        if weight.shape == shape {
            Ok(weight)
        } else {
            Err(damaged(format!("{name} has the shape {:?}, not {shape:?}", weight.shape)))
        }
    }

    /// The rows of an embedding table.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is missing.
    pub fn rows(&self, name: &str) -> Result<usize, Error> {
        let missing = || Error::Damaged { path: self.path.clone(), reason: format!("{name} is missing") };
        self.tensors.get(name).and_then(|weight| weight.shape.first().copied()).ok_or_else(missing)
    }
}

/// Rows of the two embedding tables, which `config.json` need not state rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub words: usize,
    pub types: usize,
}

impl Sizes {
    /// # Errors
    /// [`Error::Damaged`] when the file cannot be read or lacks a table.
    pub fn of(weights: &Weights) -> Result<Self, Error> {
        let rows = |table: &str| weights.rows(&format!("embeddings.{table}_embeddings.weight"));
        Ok(Self { words: rows("word")?, types: rows("token_type")? })
    }
}
