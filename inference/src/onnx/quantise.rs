//! The matrices of the graph in full precision or in 8 bits.

use serde::{Deserialize, Serialize};

use super::graph::{
    Builder,
    Domain::{Microsoft, Standard},
};
use crate::bert::Weight;

/// How the matrices are stored and multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32-bit floats, as trained.
    #[default]
    Fp32,
    /// Weights in 8 bits with a scale per column; activations are reduced to 8 bits while the model runs, with one scale
    /// for all that runs together.
    Int8,
}

impl Precision {
    pub const ALL: [Self; 2] = [Self::Fp32, Self::Int8];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fp32 => "fp32",
            Self::Int8 => "int8",
        }
    }
}

/// An 8-bit matrix with one scale per column and no offset.
struct Quantised {
    values: Vec<i8>,
    scales: Vec<f32>,
}

/// Symmetric, per column: the largest magnitude becomes 127.
fn per_column(matrix: &Weight) -> Quantised {
    let columns = matrix.shape[1];
    let mut scales = vec![0.0_f32; columns];
    for row in matrix.values.chunks_exact(columns) {
        scales.iter_mut().zip(row).for_each(|(scale, value)| *scale = scale.max(value.abs()));
    }
    for scale in &mut scales {
        *scale = if *scale > 0.0 { *scale / 127.0 } else { 1.0 };
    }
    let values = matrix.values.iter().enumerate().map(|(index, value)| eight_bits(value / scales[index % columns]));
    Quantised { values: values.collect(), scales }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range first")]
fn eight_bits(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}

/// `input` × `matrix` + `bias`, for an input of two dimensions. Without a bias, the next operator adds it.
pub fn dense(
    graph: &mut Builder,
    precision: Precision,
    name: &str,
    input: &str,
    matrix: &Weight,
    bias: Option<&str>,
) -> String {
    let output = format!("{name}.product");
    match precision {
        Precision::Fp32 => {
            let matrix = graph.floats(format!("{name}.matrix"), &matrix.shape, &matrix.values);
            match bias {
                Some(bias) => graph.node(Standard, "Gemm", &[input, &matrix, bias], output, &[]),
                None => graph.node(Standard, "MatMul", &[input, &matrix], output, &[]),
            }
        }
        Precision::Int8 => {
            let [matrix, scales, zeros] = constants(graph, name, matrix);
            // An empty name leaves the bias out.
            let inputs = [input, &matrix, &scales, &zeros, bias.unwrap_or_default()];
            graph.node(Microsoft, "DynamicQuantizeMatMul", &inputs, output, &[])
        }
    }
}

fn constants(graph: &mut Builder, name: &str, matrix: &Weight) -> [String; 3] {
    let quantised = per_column(matrix);
    let columns = [matrix.shape[1]];
    [
        graph.int8(format!("{name}.matrix"), &matrix.shape, &quantised.values),
        graph.floats(format!("{name}.scales"), &columns, &quantised.scales),
        graph.int8(format!("{name}.zeros"), &columns, &vec![0; columns[0]]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bits_keep_a_matrix_within_half_a_step() {
        let values: Vec<f32> = (0..60).map(|i| f32::from(i16::try_from(i * 37 % 101).unwrap()) / 50.0 - 1.0).collect();
        let matrix = Weight { shape: vec![10, 6], values };
        let quantised = per_column(&matrix);
        for (index, value) in matrix.values.iter().enumerate() {
            let scale = quantised.scales[index % 6];
            assert!((f32::from(quantised.values[index]) * scale - value).abs() <= scale * 0.501);
        }
    }

    #[test]
    fn a_column_of_zeros_stays_zero() {
        let quantised = per_column(&Weight { shape: vec![2, 2], values: vec![0.0, 1.0, 0.0, -1.0] });
        assert_eq!(quantised.values, [0, 127, 0, -127]);
        assert!((quantised.scales[0] - 1.0).abs() < f32::EPSILON);
    }
}
