//! Texts like those that the product embeds: runs of words from real documents, the same for ours and the peers.

use std::path::Path;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::Bench;
use crate::failure::{Failure, Outcome};

/// About as many words as 200 tokens of MiniLM hold, in French and English mixed.
const WORDS: usize = 115;

/// `count` texts of about 200 tokens, drawn from the readable documents.
pub fn passages(bench: &Bench<'_>, count: usize) -> Outcome<Vec<String>> {
    let words = words(&bench.documents)?;
    let mut rng = StdRng::seed_from_u64(bench.seed);
    Ok((0..count).map(|_| run(&words, WORDS, &mut rng)).collect())
}

/// `count` texts of 3 to 9 words, as questions have them.
pub fn questions(bench: &Bench<'_>, count: usize) -> Outcome<Vec<String>> {
    let words = words(&bench.documents)?;
    let mut rng = StdRng::seed_from_u64(bench.seed ^ 0x5eed);
    let question = |_| {
        let length = rng.random_range(3..10);
        run(&words, length, &mut rng)
    };
    Ok((0..count).map(question).collect())
}

/// `count` words in a row from a random place.
fn run(words: &[String], count: usize, rng: &mut StdRng) -> String {
    let start = rng.random_range(0..words.len().saturating_sub(count).max(1));
    words[start..words.len().min(start + count)].join(" ")
}

/// The words of the Markdown and text files, in the order of their paths.
fn words(folder: &Path) -> Outcome<Vec<String>> {
    let sources = ingest::source::find(&[folder.display().to_string()])?;
    let readable = |path: &Path| path.extension().is_some_and(|extension| extension == "md" || extension == "txt");
    let mut words = Vec::new();
    for file in sources.files.iter().filter(|file| readable(&file.path)) {
        let text = std::fs::read_to_string(&file.path).map_err(super::unwritable(&file.path))?;
        words.extend(text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).map(str::to_owned));
    }
    if words.len() < 2 * WORDS {
        return Err(Failure::usage(format!("{} holds too few Markdown and text files", folder.display()))
            .hint("run it in a checkout, or name a folder with --documents"));
    }
    Ok(words)
}
