//! Writes a BERT encoder as one ONNX file, with the fused operators that ONNX Runtime has for it.
//!
//! Inputs `input_ids` and `attention_mask` (both int64, batch × sequence, padding on the right); outputs
//! `last_hidden_state` (batch × sequence × hidden), for `fastembed`'s mean pooling, and `sentence_embedding`
//! (batch × hidden), which is pooled over the mask and has norm 1.
//!
//! Between the two, tokens stand in one long matrix (batch · sequence × hidden), because the products are fastest so, and
//! because ONNX Runtime then leaves `LayerNormalization` alone: what it would make of an addition before it is slower.
//! Attention has a mask only where the batch has padding, as the runtime is faster without one.
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
pub const WRITER_VERSION: u32 = 2;

/// The file's bytes.
///
/// # Errors
/// When a weight is missing or has another shape than `config` says.
pub fn write(config: &Config, weights: &Weights, precision: Precision) -> Result<Vec<u8>, Error> {
    let named = |name: &str| Extent::Named(name.to_owned());
    let hidden = Extent::Fixed(signed(config.hidden_size));
    let states = [named("batch"), named("sequence"), hidden.clone()];
    let mut writer = Writer { config, weights, precision, states, graph: Builder::default() };
    for input in ["input_ids", "attention_mask"] {
        writer.graph.input(input, Element::Int64, &[named("batch"), named("sequence")]);
    }
    let mut state = writer.embeddings()?;
    for layer in 0..config.num_hidden_layers {
        state = writer.layer(layer, &state)?;
    }
    writer.pooling(&state);
    writer.graph.output("last_hidden_state", Element::Float, &writer.states);
    writer.graph.output("sentence_embedding", Element::Float, &[named("batch"), hidden]);
    Ok(writer.graph.finish("bert"))
}

struct Writer<'a> {
    config: &'a Config,
    weights: &'a Weights,
    precision: Precision,
    /// Batch × sequence × hidden.
    states: [Extent; 3],
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
        self.graph.node(Standard, "Shape", &["state"], "shape", &[]);
        let flat = self.graph.int64("flat", &[-1, signed(hidden)]);
        self.graph.node(Standard, "ReduceMin", &[&mask], "least", &[("keepdims", Value::Int(0))]);
        let to_bool = [("to", Value::Int(Element::Bool as i64))];
        self.graph.node(Standard, "Cast", &["least"], "unpadded", &to_bool);
        Ok(self.graph.node(Standard, "Reshape", &["state", &flat], "tokens", &[]))
    }

    fn layer(&mut self, layer: usize, input: &str) -> Result<String, Error> {
        let (hidden, inner) = (self.config.hidden_size, self.config.intermediate_size);
        let prefix = format!("encoder.layer.{layer}");
        let context = self.attention(&prefix, input)?;
        let attended = self.residual(&format!("{prefix}.attention.output"), hidden, &context, input)?;

        let name = format!("{prefix}.intermediate.dense");
        let matrix = self.matrix(&name, hidden, inner)?;
        let widened = quantise::dense(&mut self.graph, self.precision, &name, &attended, &matrix, None);
        let bias = self.vector(&format!("{name}.bias"), inner)?;
        let operator = match self.config.gelu()? {
            Gelu::Exact => "BiasGelu",
            Gelu::Tanh => "FastGelu",
        };
        let active = self.graph.node(Microsoft, operator, &[&widened, &bias], format!("{prefix}.active"), &[]);
        self.residual(&format!("{prefix}.output"), inner, &active, &attended)
    }

    fn attention(&mut self, prefix: &str, input: &str) -> Result<String, Error> {
        let hidden = self.config.hidden_size;
        let mut parts = Vec::with_capacity(3);
        for role in ["query", "key", "value"] {
            let name = format!("{prefix}.attention.self.{role}");
            let projected = self.dense(&name, hidden, hidden, input)?;
            parts.push(self.graph.node(Standard, "Reshape", &[&projected, "shape"], format!("{name}.heads"), &[]));
        }
        let heads = [("num_heads", Value::Int(signed(self.config.num_attention_heads)))];
        let [query, key, value] = [parts[0].as_str(), parts[1].as_str(), parts[2].as_str()];
        let context = self.graph.either(
            "unpadded",
            (Microsoft, "MultiHeadAttention", &heads),
            [&[query, key, value], &[query, key, value, "", "mask"]],
            format!("{prefix}.attention.context"),
            &self.states,
        );
        Ok(self.graph.node(Standard, "Reshape", &[&context, "flat"], format!("{context}.flat"), &[]))
    }

    /// The published weights have a row per output.
    fn matrix(&self, name: &str, from: usize, to: usize) -> Result<Weight, Error> {
        Ok(self.weights.get(&format!("{name}.weight"), &[to, from])?.transposed())
    }

    fn dense(&mut self, name: &str, from: usize, to: usize, input: &str) -> Result<String, Error> {
        let matrix = self.matrix(name, from, to)?;
        let bias = self.vector(&format!("{name}.bias"), to)?;
        Ok(quantise::dense(&mut self.graph, self.precision, name, input, &matrix, Some(&bias)))
    }

    /// A projection of `input`, what went into the block before it, and their normalised sum.
    fn residual(&mut self, prefix: &str, from: usize, input: &str, skip: &str) -> Result<String, Error> {
        let hidden = self.config.hidden_size;
        let projected = self.dense(&format!("{prefix}.dense"), from, hidden, input)?;
        let sum = self.graph.node(Standard, "Add", &[&projected, skip], format!("{prefix}.sum"), &[]);
        let gamma = self.vector(&format!("{prefix}.LayerNorm.weight"), hidden)?;
        let beta = self.vector(&format!("{prefix}.LayerNorm.bias"), hidden)?;
        let [epsilon] = self.epsilon();
        let attributes = [("axis", Value::Int(-1)), epsilon];
        let output = format!("{prefix}.state");
        Ok(self.graph.node(Standard, "LayerNormalization", &[&sum, &gamma, &beta], output, &attributes))
    }

    /// The mean over the unmasked tokens, scaled to norm 1. Dividing by their number would change nothing after that.
    fn pooling(&mut self, state: &str) {
        let graph = &mut self.graph;
        let state = graph.node(Standard, "Reshape", &[state, "shape"], "last_hidden_state", &[]);
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
