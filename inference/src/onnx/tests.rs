//! A tiny BERT with random weights: the written file must compute what candle computes.

use std::{collections::HashMap, fs};

use safetensors::{Dtype, tensor::TensorView};

use super::*;
use crate::{
    candle::CandleEmbedder,
    models::{Manifest, catalogue::MINILM, locate},
};

const WORDS: [&str; 12] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "le", "rapport", "de", "stage", "est", "à", "rendre", "vendredi"];
const HIDDEN: usize = 24;
const INNER: usize = 40;

/// A models folder with one tiny embedder under the name of the catalogue's.
pub(crate) fn tiny_model() -> (tempfile::TempDir, InstalledEmbedder) {
    let root = tempfile::tempdir().expect("a folder");
    let folder = root.path().join(MINILM.name);
    fs::create_dir(&folder).expect("a folder");
    let vocabulary: HashMap<&str, usize> = WORDS.iter().enumerate().map(|(id, word)| (*word, id)).collect();
    let config = serde_json::json!({
        "model_type": "bert", "hidden_size": HIDDEN, "num_hidden_layers": 2, "num_attention_heads": 3,
        "intermediate_size": INNER, "max_position_embeddings": 16, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
    });
    let tokenizer = serde_json::json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2],
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    });
    fs::write(folder.join("config.json"), config.to_string()).expect("written");
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).expect("written");
    fs::write(folder.join("model.safetensors"), weights()).expect("written");
    let files = ["config.json", "tokenizer.json", "model.safetensors"];
    Manifest::of(&folder, "a test", &files).and_then(|it| it.write(&folder)).expect("listed");
    let model = locate(root.path()).embedders.pop().expect("is found");
    (root, model)
}

fn weights() -> Vec<u8> {
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![WORDS.len(), HIDDEN]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![16, HIDDEN]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, HIDDEN]),
    ];
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..2 {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        let roles = ["query", "key", "value"].map(|role| format!("attention.self.{role}"));
        let dense = roles.iter().map(|role| (role.as_str(), HIDDEN, HIDDEN)).chain([
            ("attention.output.dense", HIDDEN, HIDDEN),
            ("intermediate.dense", INNER, HIDDEN),
            ("output.dense", HIDDEN, INNER),
        ]);
        for (part, to, from) in dense {
            shapes.push((name(&format!("{part}.weight")), vec![to, from]));
            shapes.push((name(&format!("{part}.bias")), vec![to]));
        }
        norms.extend(["attention.output.LayerNorm", "output.LayerNorm"].map(name));
    }
    for norm in norms {
        shapes.push((format!("{norm}.weight"), vec![HIDDEN]));
        shapes.push((format!("{norm}.bias"), vec![HIDDEN]));
    }
    let mut state = 42_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f32::from(u16::try_from(state >> 48).unwrap()) / 65_536.0 - 0.5
    };
    let data: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let count = shape.iter().product::<usize>();
            (name, shape, (0..count).flat_map(|_| random().to_le_bytes()).collect())
        })
        .collect();
    let views = data.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("fits its shape"))
    });
    safetensors::serialize(views, None).expect("serialises")
}

fn written(model: &InstalledEmbedder, precision: Precision) -> PathBuf {
    match ensure_written(model, precision).expect("written") {
        Written::File(path) => path,
        Written::Memory(_) => panic!("the folder can be written"),
    }
}

const TEXTS: [&str; 4] = [
    "Le rapport de stage est à rendre vendredi",
    "stage",
    "",
    "de de de de de de de de de de de de de de de de de de de de de de de de de de de",
];

#[test]
fn the_same_weights_give_the_same_file() {
    let (_root, model) = tiny_model();
    let path = written(&model, Precision::Fp32);
    let first = fs::read(&path).expect("a file");
    fs::remove_file(&path).expect("removed");
    assert_eq!(first, fs::read(written(&model, Precision::Fp32)).expect("a file"));
}

#[test]
fn a_newer_writer_replaces_the_file_and_its_line_in_the_manifest() {
    let (_root, model) = tiny_model();
    let old = ["fp32.v0.onnx", "int8.v0.onnx"];
    let mut manifest = Manifest::read(&model.folder).expect("reads").expect("is there");
    for name in old {
        fs::write(model.folder.join(name), "old").expect("written");
        manifest.add(&model.folder, name).expect("listed");
    }
    manifest.write(&model.folder).expect("written");
    written(&model, Precision::Fp32);
    let manifest = Manifest::read(&model.folder).expect("reads").expect("is there");
    manifest.check_contents(&model.folder).expect("nothing is listed that is gone");
    let listed: Vec<&str> = manifest.files.keys().map(String::as_str).filter(|name| is_derived(name)).collect();
    assert_eq!(listed, [file_name(Precision::Fp32).as_str(), "int8.v0.onnx"], "the other precision stays");
    assert!(!model.folder.join("fp32.v0.onnx").exists());
}

#[test]
fn a_folder_that_cannot_be_written_costs_no_more_than_the_time() {
    let (_root, model) = tiny_model();
    let part = format!("{}.{}.new", file_name(Precision::Fp32), std::process::id());
    fs::create_dir(model.folder.join(part)).expect("is in the way, whoever runs the test");
    assert!(matches!(ensure_written(&model, Precision::Fp32), Ok(Written::Memory(_))));
    let Some(library) = crate::testing::onnxruntime("the ONNX file in memory") else { return };
    let mut embedder = OnnxEmbedder::open(&model, &Options::new(library)).expect("opens");
    assert_eq!(embedder.embed(&TEXTS, TextKind::Query).expect("runs").len(), TEXTS.len());
}

#[test]
fn a_weight_of_another_shape_is_refused() {
    let (_root, model) = tiny_model();
    let config = fs::read_to_string(model.config())
        .expect("read")
        .replace("\"intermediate_size\":40", "\"intermediate_size\":41");
    fs::write(model.config(), config).expect("written");
    let error = ensure_written(&model, Precision::Fp32).expect_err("does not fit");
    assert!(error.to_string().contains("has the shape"), "{error}");
}

#[test]
fn candle_reads_it_and_batches_do_not_matter() {
    let (_root, model) = tiny_model();
    let mut candle = CandleEmbedder::open(&model).expect("opens");
    let together = candle.embed(&TEXTS, TextKind::Passage).expect("runs");
    for (text, vector) in TEXTS.iter().zip(&together) {
        let alone = candle.embed(&[text], TextKind::Passage).expect("runs").remove(0);
        assert!(cosine(&alone, vector) > 0.999_99, "{text}");
        assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
    }
}

#[test]
fn onnx_runtime_computes_what_candle_computes() {
    let Some(library) = crate::testing::onnxruntime("onnx runtime against candle on a tiny model") else { return };
    let (_root, model) = tiny_model();
    let reference = CandleEmbedder::open(&model).and_then(|mut it| it.embed(&TEXTS, TextKind::Query)).expect("runs");
    for (precision, least) in [(Precision::Fp32, 0.999_99), (Precision::Int8, 0.98)] {
        let options = Options::new(&library).with_precision(precision);
        let mut onnx = OnnxEmbedder::open(&model, &options).expect("opens");
        let vectors = onnx.embed(&TEXTS, TextKind::Query).expect("runs");
        for ((text, vector), expected) in TEXTS.iter().zip(&vectors).zip(&reference) {
            let cosine = cosine(vector, expected);
            assert!(cosine > least, "{precision:?} {text:?}: {cosine}");
        }
    }
}

#[test]
fn a_vector_does_not_depend_on_its_neighbours() {
    let Some(library) = crate::testing::onnxruntime("neighbours in a batch") else { return };
    let (_root, model) = tiny_model();
    for (precision, least) in [(Precision::Fp32, 0.999_99), (Precision::Int8, 0.999_999)] {
        let mut onnx = OnnxEmbedder::open(&model, &Options::new(&library).with_precision(precision)).expect("opens");
        let together = onnx.embed(&TEXTS, TextKind::Passage).expect("runs");
        for (text, vector) in TEXTS.iter().zip(&together) {
            let alone = onnx.embed(&[text], TextKind::Passage).expect("runs").remove(0);
            assert!(cosine(&alone, vector) > least, "{precision:?} {text:?}: {}", cosine(&alone, vector));
        }
    }
}

#[test]
fn padding_changes_nothing() {
    let Some(library) = crate::testing::onnxruntime("padding") else { return };
    let (_root, model) = tiny_model();
    let mut onnx = OnnxEmbedder::open(&model, &Options::new(&library)).expect("opens");
    let (short, long): (&[u32], &[u32]) = (&[2, 4, 5, 3], &[2, 4, 5, 6, 7, 8, 9, 10, 11, 3]);
    let mut check = |batch: &[&[u32]]| {
        let together = run(&mut onnx.session, batch).expect("runs");
        for (ids, vector) in batch.iter().zip(&together) {
            let alone = run(&mut onnx.session, &[ids]).expect("runs").remove(0);
            assert!(cosine(&alone, vector) > 0.999_99, "{ids:?} in {batch:?}");
        }
    };
    check(&[short, long]);
    check(&[long, short]);
    check(&[long, short, short, long]);
    check(&[short, short]);
}

#[test]
fn fastembed_opens_the_same_file() {
    let Some(library) = crate::testing::onnxruntime("fastembed opens our file") else { return };
    let (_root, model) = tiny_model();
    let bytes = fs::read(written(&model, Precision::Fp32)).expect("read");
    let read = |name: &str| fs::read(model.folder.join(name)).expect("read");
    let tokenizer_files = fastembed::TokenizerFiles {
        tokenizer_file: read("tokenizer.json"),
        config_file: read("config.json"),
        special_tokens_map_file: b"{}".to_vec(),
        tokenizer_config_file: br#"{"model_max_length": 16, "pad_token": "[PAD]"}"#.to_vec(),
    };
    let defined =
        fastembed::UserDefinedEmbeddingModel::new(bytes, tokenizer_files).with_pooling(fastembed::Pooling::Mean);
    let environment = environment(&library).expect("the runtime");
    let options = fastembed::InitOptionsUserDefined::new().with_environment(environment).with_max_length(16);
    let mut theirs = fastembed::TextEmbedding::try_new_from_user_defined(defined, options).expect("opens");
    let theirs = theirs.embed(TEXTS, None).expect("runs");
    let mut ours = OnnxEmbedder::open(&model, &Options::new(&library)).expect("opens");
    let ours = ours.embed(&TEXTS, TextKind::Passage).expect("runs");
    for ((text, a), b) in TEXTS.iter().zip(&theirs).zip(&ours) {
        assert!(cosine(a, b) > 0.999_9, "{text:?}: {}", cosine(a, b));
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
