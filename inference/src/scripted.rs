//! A deterministic embedder without a model: for tests, and for trying the program without one.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use models::Language;
use tokenizers::{
    Tokenizer, models::wordlevel::WordLevel, normalizers::Lowercase, pre_tokenizers::bert::BertPreTokenizer,
};

use crate::{EmbedService, Embedder, Error, ModelInfo, QueueLimits, TextKind, normalise};

/// Texts that share words get similar vectors: each word adds its own pseudo-random direction.
#[derive(Debug, Clone)]
pub struct ScriptedEmbedder {
    info: ModelInfo,
}

impl ScriptedEmbedder {
    #[must_use]
    pub fn new(dimensions: usize) -> Self {
        Self {
            info: ModelInfo {
                id: format!("scripted:{dimensions}"),
                name: "scripted".to_owned(),
                variant: "scripted".to_owned(),
                dimensions,
                max_tokens: 256,
                languages: Vec::<Language>::new(),
            },
        }
    }

    /// Starts it as a service, with [`tokenizer`].
    #[must_use]
    pub fn service(dimensions: usize) -> EmbedService {
        EmbedService::start(Box::new(Self::new(dimensions)), Arc::new(tokenizer()), QueueLimits::default())
    }

    /// The vector of one text, without a queue.
    #[must_use]
    pub fn vector(&self, text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; self.info.dimensions];
        let lowered = text.to_lowercase();
        let words = lowered.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        for word in words.take(self.info.max_tokens) {
            let mut state = seed(word);
            for component in &mut vector {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bits = u16::try_from(state >> 48).unwrap_or_default();
                *component += f32::from(bits) / 32_768.0 - 1.0;
            }
        }
        if vector.iter().all(|&x| x == 0.0) {
            vector[0] = 1.0;
        }
        normalise(&mut vector);
        vector
    }
}

/// `DefaultHasher::new` has fixed keys, so a word hashes alike in every run.
fn seed(word: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

impl Embedder for ScriptedEmbedder {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn embed(&mut self, texts: &[&str], _kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        Ok(texts.iter().map(|text| self.vector(text)).collect())
    }
}

/// A tokenizer that counts words and punctuation marks; every word is the same token.
///
/// # Panics
/// Never: its vocabulary is fixed.
#[must_use]
pub fn tokenizer() -> Tokenizer {
    let vocabulary = [("[UNK]".to_owned(), 0_u32)].into_iter().collect();
    let model = WordLevel::builder()
        .vocab(vocabulary)
        .unk_token("[UNK]".to_owned())
        .build()
        .expect("a fixed vocabulary with its unknown token");
    let mut tokenizer = Tokenizer::new(model);
    let _ = tokenizer.with_normalizer(Some(Lowercase));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn shared_words_bring_texts_together() {
        let embedder = ScriptedEmbedder::new(64);
        let [question, near, far] =
            ["Quand rendre le rapport de stage ?", "Le rapport de stage est à rendre", "vélo bleu"]
                .map(|text| embedder.vector(text));
        assert!((cosine(&question, &question) - 1.0).abs() < 1e-5);
        assert!(cosine(&question, &near) > cosine(&question, &far) + 0.3);
        assert_eq!(embedder.vector(""), embedder.vector(" ?"));
    }

    #[test]
    fn the_tokenizer_counts_words() {
        let encoding = tokenizer().encode("L'élève, présent.", true).expect("encodes");
        assert_eq!(encoding.len(), 6);
    }
}
