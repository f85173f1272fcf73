//! From texts to token ids, as the model was trained to read them.

use std::path::Path;

use tokenizers::{Tokenizer, TruncationParams};

use crate::{
    Error, TextKind,
    batch::{self, Limits},
    models::InstalledEmbedder,
};

/// A tokenizer that neither pads nor cuts.
///
/// # Errors
/// [`Error::Damaged`] when the file cannot be read.
pub fn load(path: &Path) -> Result<Tokenizer, Error> {
    let damaged = |reason: String| Error::Damaged { path: path.to_owned(), reason };
    let mut tokenizer = Tokenizer::from_file(path).map_err(|error| damaged(error.to_string()))?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| damaged(error.to_string()))?;
    Ok(tokenizer)
}

/// Reads texts for one model: prefix in front, cut at the model's limit.
#[derive(Debug)]
pub(crate) struct Reader {
    tokenizer: Tokenizer,
    query_prefix: &'static str,
    passage_prefix: &'static str,
}

impl Reader {
    pub(crate) fn open(model: &InstalledEmbedder, max_tokens: usize) -> Result<Self, Error> {
        let path = model.tokenizer();
        let mut tokenizer = load(&path)?;
        tokenizer
            .with_truncation(Some(TruncationParams { max_length: max_tokens, ..TruncationParams::default() }))
            .map_err(|error| Error::Damaged { path, reason: error.to_string() })?;
        let (query_prefix, passage_prefix) = (model.facts.query_prefix, model.facts.passage_prefix);
        Ok(Self { tokenizer, query_prefix, passage_prefix })
    }

    /// Token ids of each text, markers included.
    pub(crate) fn read(&self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<u32>>, Error> {
        let prefix = match kind {
            TextKind::Query => self.query_prefix,
            TextKind::Passage => self.passage_prefix,
        };
        let failed = |error: tokenizers::Error| Error::Model { what: format!("its tokenizer says: {error}") };
        let ids = |text: &str| self.tokenizer.encode_fast(text, true).map(|encoding| encoding.get_ids().to_vec());
        texts
            .iter()
            .map(|text| if prefix.is_empty() { ids(text) } else { ids(&format!("{prefix}{text}")) }.map_err(failed))
            .collect()
    }
}

/// A batch as a rectangle: ids and mask, row by row, zeros on the right.
pub(crate) struct Rectangle<T> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) ids: Vec<T>,
    pub(crate) mask: Vec<T>,
}

impl<T: From<u32> + Copy> Rectangle<T> {
    pub(crate) fn of(texts: &[&[u32]]) -> Self {
        let columns = texts.iter().map(|ids| ids.len()).max().unwrap_or_default().max(1);
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for text in texts {
            let padding = columns - text.len();
            ids.extend(text.iter().map(|&id| T::from(id)).chain(std::iter::repeat_n(T::from(0), padding)));
            mask.extend(std::iter::repeat_n(T::from(1), text.len()).chain(std::iter::repeat_n(T::from(0), padding)));
        }
        Self { rows: texts.len(), columns, ids, mask }
    }
}

/// Runs every text once, batched by length, and puts the vectors back in the texts' order.
pub(crate) fn in_batches(
    ids: &[Vec<u32>],
    limits: Limits,
    mut run: impl FnMut(&[&[u32]]) -> Result<Vec<Vec<f32>>, Error>,
) -> Result<Vec<Vec<f32>>, Error> {
    let lengths: Vec<usize> = ids.iter().map(Vec::len).collect();
    let mut vectors = vec![Vec::new(); ids.len()];
    for batch in batch::plan(&lengths, limits) {
        let texts: Vec<&[u32]> = batch.iter().map(|&index| ids[index].as_slice()).collect();
        for (index, vector) in batch.into_iter().zip(run(&texts)?) {
            vectors[index] = vector;
        }
    }
    Ok(vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_on_the_right_and_masked() {
        let rectangle = Rectangle::<i64>::of(&[&[7, 8, 9], &[5]]);
        assert_eq!((rectangle.rows, rectangle.columns), (2, 3));
        assert_eq!(rectangle.ids, [7, 8, 9, 5, 0, 0]);
        assert_eq!(rectangle.mask, [1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn vectors_come_back_in_order() {
        let ids: Vec<Vec<u32>> = (1..40_u32).map(|n| vec![n; (n as usize * 13) % 29 + 1]).collect();
        let vectors = in_batches(&ids, Limits::tokens(64), |texts| {
            Ok(texts.iter().map(|ids| vec![f32::from(u16::try_from(ids[0]).unwrap())]).collect())
        });
        let expected: Vec<Vec<f32>> = (1..40_u16).map(|n| vec![f32::from(n)]).collect();
        assert_eq!(vectors.expect("runs"), expected);
    }
}
