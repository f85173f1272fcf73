//! The adapters against vectors that sentence-transformers computed from the same weights (`tests/golden/make.py`).

use std::{fs, path::Path};

use crate::{
    Embedder, TextKind,
    candle::CandleEmbedder,
    models::{InstalledEmbedder, catalogue::MINILM},
    onnx::{OnnxEmbedder, Options, Precision},
    testing,
};

struct Golden {
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
}

fn golden() -> Golden {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let texts: Vec<String> =
        serde_json::from_slice(&fs::read(folder.join("minilm.json")).expect("the texts")).expect("a list of texts");
    let bytes = fs::read(folder.join("minilm.i16")).expect("the vectors");
    let components = bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32767.0);
    let components: Vec<f32> = components.collect();
    let vectors: Vec<Vec<f32>> = components.chunks_exact(384).map(<[f32]>::to_vec).collect();
    assert_eq!((texts.len(), vectors.len()), (200, 200));
    Golden { texts, vectors }
}

fn minilm(test: &str) -> Option<InstalledEmbedder> {
    let found = testing::located().embedders.into_iter().find(|model| model.name == MINILM.name);
    if found.is_none() {
        testing::skip(test, "all-minilm-l6-v2 is not installed (guichet models pull)");
    }
    found
}

/// The least cosine over all texts, and the mean.
fn compare(embedder: &mut dyn Embedder) -> (f32, f32) {
    let golden = golden();
    let texts: Vec<&str> = golden.texts.iter().map(String::as_str).collect();
    let vectors = embedder.embed(&texts, TextKind::Passage).expect("runs");
    let cosines: Vec<f32> = vectors
        .iter()
        .zip(&golden.vectors)
        .map(|(ours, theirs)| {
            let norm = theirs.iter().map(|x| x * x).sum::<f32>().sqrt();
            ours.iter().zip(theirs).map(|(a, b)| a * b).sum::<f32>() / norm
        })
        .collect();
    let least = cosines.iter().copied().fold(1.0, f32::min);
    (least, cosines.iter().sum::<f32>() / 200.0)
}

#[test]
fn onnx_runtime_agrees_with_sentence_transformers() {
    let test = "golden vectors, ONNX Runtime";
    let (Some(model), Some(library)) = (minilm(test), testing::onnxruntime(test)) else { return };
    let mut embedder = OnnxEmbedder::open(&model, &Options::new(&library)).expect("opens");
    let (least, mean) = compare(&mut embedder);
    println!("ONNX Runtime, fp32: least cosine {least}, mean {mean}");
    assert!(least >= 0.999_99, "least cosine {least}");
}

#[test]
fn eight_bits_stay_close_to_sentence_transformers() {
    let test = "golden vectors, ONNX Runtime int8";
    let (Some(model), Some(library)) = (minilm(test), testing::onnxruntime(test)) else { return };
    let options = Options::new(&library).with_precision(Precision::Int8);
    let (least, mean) = compare(&mut OnnxEmbedder::open(&model, &options).expect("opens"));
    println!("ONNX Runtime, int8: least cosine {least}, mean {mean}");
    assert!(mean >= 0.98 && least >= 0.93, "least cosine {least}, mean {mean}");
}

#[test]
fn candle_agrees_with_sentence_transformers() {
    let Some(model) = minilm("golden vectors, candle") else { return };
    let (least, mean) = compare(&mut CandleEmbedder::open(&model).expect("opens"));
    println!("candle: least cosine {least}, mean {mean}");
    assert!(least >= 0.999_99, "least cosine {least}");
}
