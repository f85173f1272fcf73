//! Writes a BERT encoder as one ONNX file, with the fused operators that ONNX Runtime has for it.
//!
//! Inputs `input_ids` and `attention_mask` (both int64, batch × sequence, padding on the right); outputs
//! `last_hidden_state` (batch × sequence × hidden), for `fastembed`'s mean pooling, and `sentence_embedding`
//! (batch × hidden), which is pooled over the mask and has norm 1.
//!
//! Operators: <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>.

use super::{
    graph::{
        Builder,
        Domain::{Microsoft, Standard},
        Value, signed,
    },
    proto::{Element, Extent},
    quantise::{self, Precision},
};
use crate::{
    Error,
    bert::{Config, Gelu, Weight, Weights},
};

/// Raised whenever the same weights would give another file.
pub const WRITER_VERSION: u32 = 1;

/// The file's bytes.
///
/// # Errors
/// When a weight is missing or has another shape than `config` says.
pub fn write(config: &Config, weights: &Weights, precision: Precision) -> Result<Vec<u8>, Error> {
    let mut writer = Writer { config, weights, precision, graph: Builder::default() };
    let named = |name: &str| Extent::Named(name.to_owned());
    let hidden = Extent::Fixed(signed(config.hidden_size));
    for input in ["input_ids", "attention_mask"] {
        writer.graph.input(input, Element::Int64, &[named("batch"), named("sequence")]);
    }
    let mut state = writer.embeddings()?;
    for layer in 0..config.num_hidden_layers {
        state = writer.layer(layer, &state)?;
    }
    writer.pooling(&state);
    writer.graph.output("last_hidden_state", Element::Float, &[named("batch"), named("sequence"), hidden.clone()]);
    writer.graph.output("sentence_embedding", Element::Float, &[named("batch"), hidden]);
    Ok(writer.graph.finish("bert"))
}

struct Writer<'a> {
    config: &'a Config,
    weights: &'a Weights,
    precision: Precision,
    graph: Builder,
}

impl Writer<'_> {
    fn vector(&mut self, name: &str, length: usize) -> Result<String, Error> {
        let weight = self.weights.get(name, &[length])?;
        Ok(self.graph.floats(name, &[length], &weight.values))
    }

    fn epsilon(&self) -> [(&'static str, Value); 1] {
        [("epsilon", Value::Float(self.config.layer_norm_eps))]
    }

    /// Words, positions and normalisation in one operator. Every text is of type 0, so that row of the type table is
    /// added to the positions once and for all.
    fn embeddings(&mut self) -> Result<String, Error> {
        let hidden = self.config.hidden_size;
        let to_int32 = [("to", Value::Int(Element::Int32 as i64))];
        let ids = self.graph.node(Standard, "Cast", &["input_ids"], "ids", &to_int32);
        let mask = self.graph.node(Standard, "Cast", &["attention_mask"], "mask", &to_int32);

        let name = "embeddings.word_embeddings.weight";
        let rows = self.weights.rows(name)?;
        let words = self.graph.floats(name, &[rows, hidden], &self.weights.get(name, &[rows, hidden])?.values);

        let types = "embeddings.token_type_embeddings.weight";
        let types = self.weights.get(types, &[self.weights.rows(types)?, hidden])?;
        let name = "embeddings.position_embeddings.weight";
        let rows = self.config.max_position_embeddings;
        let mut positions = self.weights.get(name, &[rows, hidden])?.values.clone();
        for row in positions.chunks_exact_mut(hidden) {
            row.iter_mut().zip(&types.values).for_each(|(position, first)| *position += first);
        }
        let positions = self.graph.floats(name, &[rows, hidden], &positions);

        let gamma = self.vector("embeddings.LayerNorm.weight", hidden)?;
        let beta = self.vector("embeddings.LayerNorm.bias", hidden)?;
        let epsilon = self.epsilon();
        self.graph.node_many(
            Microsoft,
            "EmbedLayerNormalization",
            &[&ids, "", &words, &positions, "", &gamma, &beta, &mask],
            &["state", "lengths"],
            &epsilon,
        );
        Ok("state".to_owned())
    }

    fn layer(&mut self, layer: usize, input: &str) -> Result<String, Error> {
        let (hidden, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let prefix = format!("encoder.layer.{layer}");
        let context = self.attention(&prefix, input)?;
        let projected = self.dense(&format!("{prefix}.attention.output.dense"), hidden, hidden, &context)?;
        let attended = self.residual(&format!("{prefix}.attention.output"), &projected, input)?;

        let widened = self.dense(&format!("{prefix}.intermediate.dense"), hidden, inner, &attended)?;
        let bias = self.vector(&format!("{prefix}.intermediate.dense.bias"), inner)?;
        let operator = match self.config.gelu()? {
            Gelu::Exact => "BiasGelu",
            Gelu::Tanh => "FastGelu",
        };
        let active = self.graph.node(Microsoft, operator, &[&widened, &bias], format!("{prefix}.active"), &[]);
        let narrowed = self.dense(&format!("{prefix}.output.dense"), inner, hidden, &active)?;
        self.residual(&format!("{prefix}.output"), &narrowed, &attended)
    }

    /// Query, key and value side by side in one matrix.
    fn attention(&mut self, prefix: &str, input: &str) -> Result<String, Error> {
        let hidden = self.config.hidden_size;
        let mut joined = vec![0.0; hidden * 3 * hidden];
        let mut bias = Vec::with_capacity(3 * hidden);
        for (part, role) in ["query", "key", "value"].into_iter().enumerate() {
            let name = format!("{prefix}.attention.self.{role}");
            let matrix = self.weights.get(&format!("{name}.weight"), &[hidden, hidden])?.transposed();
            for (row, values) in matrix.values.chunks_exact(hidden).enumerate() {
                let start = row * 3 * hidden + part * hidden;
                joined[start..start + hidden].copy_from_slice(values);
            }
            bias.extend_from_slice(&self.weights.get(&format!("{name}.bias"), &[hidden])?.values);
        }
        let name = format!("{prefix}.attention.self");
        let matrix = Weight { shape: vec![hidden, 3 * hidden], values: joined };
        let bias = self.graph.floats(format!("{name}.bias"), &[3 * hidden], &bias);
        let heads = signed(self.config.num_attention_heads);
        Ok(quantise::attention(&mut self.graph, self.precision, &name, input, &matrix, &bias, "lengths", heads))
    }

    /// A matrix without its bias, which the operator after it adds.
    fn dense(&mut self, name: &str, from: usize, to: usize, input: &str) -> Result<String, Error> {
        let matrix = self.weights.get(&format!("{name}.weight"), &[to, from])?.transposed();
        Ok(quantise::matmul(&mut self.graph, self.precision, name, input, &matrix))
    }

    fn residual(&mut self, prefix: &str, input: &str, skip: &str) -> Result<String, Error> {
        let hidden = self.config.hidden_size;
        let gamma = self.vector(&format!("{prefix}.LayerNorm.weight"), hidden)?;
        let beta = self.vector(&format!("{prefix}.LayerNorm.bias"), hidden)?;
        let bias = self.vector(&format!("{prefix}.dense.bias"), hidden)?;
        let inputs = [input, skip, &gamma, &beta, &bias];
        let output = format!("{prefix}.state");
        let epsilon = self.epsilon();
        Ok(self.graph.node(Microsoft, "SkipLayerNormalization", &inputs, output, &epsilon))
    }

    /// The mean over the unmasked tokens, scaled to norm 1. Dividing by their number would change nothing after that.
    fn pooling(&mut self, state: &str) {
        let graph = &mut self.graph;
        let state = graph.node(Standard, "Identity", &[state], "last_hidden_state", &[]);
        let to_float = [("to", Value::Int(Element::Float as i64))];
        let mask = graph.node(Standard, "Cast", &["attention_mask"], "mask_float", &to_float);
        let axis = graph.int64("axis", &[1]);
        let row = graph.node(Standard, "Unsqueeze", &[&mask, &axis], "mask_row", &[]);
        let sum = graph.node(Standard, "MatMul", &[&row, &state], "sum_row", &[]);
        let sum = graph.node(Standard, "Squeeze", &[&sum, &axis], "sum", &[]);
        let unit = [("axis", Value::Int(-1)), ("p", Value::Int(2))];
        graph.node(Standard, "LpNormalization", &[&sum], "sentence_embedding", &unit);
    }
}
