//! Splits a passage into what can be quoted: sentences, list items, table rows, each with its place in the passage.

use models::ChunkKind;
use unicode_segmentation::UnicodeSegmentation;

/// A quotable piece of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Characters before it in the passage.
    pub start: usize,
    /// Exactly the passage's characters from `start`.
    pub text: String,
}

impl Sentence {
    /// Characters from the passage's start to the end of the sentence.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.chars().count()
    }
}

/// Words that end in a point without ending the sentence, folded.
const ABBREVIATIONS: &[&str] = &[
    // French
    "m", "mm", "mme", "mmes", "mlle", "mlles", "me", "dr", "pr", "st", "ste", "art", "al", "cf", "env", "ex", "p", "pp",
    "n", "no", "tel", "av", "bd", "bld", "apr", "min", "max", "chap", "vol", "ed", "eds", "fig", "ref", "resp", "dept",
    "janv", "fevr", "juill", "sept", "oct", "nov", "dec", "c.-a-d", "i.e", "e.g", "p.ex", // English
    "mr", "mrs", "ms", "prof", "sr", "jr", "vs", "inc", "ltd", "co", "corp", "dep", "univ", "approx", "jan", "feb",
    "mar", "apr", "jun", "jul", "aug", "sec", "u.s", "u.k",
];

/// All pieces in reading order; blank ones left out. A line break always separates; a table row is never split.
#[must_use]
pub fn split(text: &str, kind: ChunkKind) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        match kind {
            ChunkKind::Table => push(&mut sentences, start, line),
            ChunkKind::Text => split_line(&mut sentences, start, line),
        }
        start += line.chars().count() + 1;
    }
    sentences
}

fn split_line(sentences: &mut Vec<Sentence>, start: usize, line: &str) {
    let mut pending = 0;
    let mut at = 0;
    for piece in line.split_sentence_bounds() {
        at += piece.len();
        if at == line.len() || is_end(&line[pending..at], &line[at..]) {
            push(sentences, start + line[..pending].chars().count(), &line[pending..at]);
            pending = at;
        }
    }
}

/// Whether the sentence that reads `before` is over where `after` begins.
fn is_end(before: &str, after: &str) -> bool {
    if after.chars().next().is_some_and(char::is_lowercase) {
        return false;
    }
    let before = before.trim_end();
    let Some(stem) = before.strip_suffix('.') else { return true };
    let word =
        stem.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '«' | '"' | '’' | '\'')).next().unwrap_or(stem);
    let folded = crate::analysis::fold(word);
    let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    // "1." at the start of a line numbers the sentence; "en 2025." ends one.
    let number = stem == word && !word.is_empty() && word.chars().all(|c| c.is_ascii_digit());
    !(initial || number || ABBREVIATIONS.contains(&folded.as_str()))
}

fn push(sentences: &mut Vec<Sentence>, start: usize, text: &str) {
    let trimmed = text.trim();
    if trimmed.chars().any(char::is_alphanumeric) {
        let skipped = text.chars().take_while(|c| c.is_whitespace()).count();
        sentences.push(Sentence { start: start + skipped, text: trimmed.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ChunkKind, text: &str, expected: &[&str]) {
        let sentences = split(text, kind);
        let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        assert_eq!(texts, expected, "{text:?}");
        let characters: Vec<char> = text.chars().collect();
        for sentence in &sentences {
            let there: String = characters[sentence.start..sentence.end()].iter().collect();
            assert_eq!(there, sentence.text, "the span of a sentence reads as the sentence");
        }
    }

    #[test]
    fn text() {
        for (text, expected) in [
            ("Une règle. Une autre ! Et l’école ?", &["Une règle.", "Une autre !", "Et l’école ?"][..]),
            ("M. Durand reçoit Mme. Petit. Elle part.", &["M. Durand reçoit Mme. Petit.", "Elle part."]),
            ("See art. 5 and J. Smith, e.g. Monday. Then go.", &["See art. 5 and J. Smith, e.g. Monday.", "Then go."]),
            ("1. Remplir le formulaire. 2. Le signer.", &["1. Remplir le formulaire.", "2. Le signer."]),
            ("La rentrée est en 2025. Elle dure un an.", &["La rentrée est en 2025.", "Elle dure un an."]),
            ("Il coûte 12.50 €. Merci.", &["Il coûte 12.50 €.", "Merci."]),
            ("premier point\nsecond point\n\n—\n", &["premier point", "second point"]),
            ("  é  \n  à la fin.", &["é", "à la fin."]),
            ("", &[]),
        ] {
            check(ChunkKind::Text, text, expected);
        }
    }

    #[test]
    fn a_table_row_stays_whole() {
        check(
            ChunkKind::Table,
            "Jour: Lundi. | Heure: 8 h. Salle: B\nJour: Mardi | Heure: 9 h",
            &["Jour: Lundi. | Heure: 8 h. Salle: B", "Jour: Mardi | Heure: 9 h"],
        );
    }
}
