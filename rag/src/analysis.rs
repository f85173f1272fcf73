//! From text to index terms, in the language of the text. Documents and questions go through the same steps.

mod words;

use std::sync::LazyLock;

use models::Language;
use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

pub(crate) use words::{is_question_word, is_stop_word};

static FRENCH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::French));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// Longer "words" are encoded data, not language.
const LONGEST: usize = 64;

/// The index terms of a text, in order, stop words left out.
#[must_use]
pub fn terms(text: &str, language: Language) -> Vec<String> {
    let telling = raw_words(text, language).filter(|word| !is_stop_word(&fold(word), language));
    telling.map(|word| stem(&word, language)).collect()
}

/// The terms of a question, asked in `asked`, as they stand in documents of `language`.
///
/// Words that only ask ("comment", "how many") say nothing about the answer and are dropped, unless nothing else is left.
#[must_use]
pub fn query_terms(query: &str, asked: Language, language: Language) -> Vec<String> {
    let keep = |word: &String| {
        let word = fold(word);
        !is_stop_word(&word, language) && !is_stop_word(&word, asked)
    };
    let words: Vec<String> = raw_words(query, asked).filter(keep).collect();
    let asking = |word: &&String| !is_question_word(&fold(word), asked);
    let telling: Vec<&String> = words.iter().filter(asking).collect();
    let chosen = if telling.is_empty() { words.iter().collect() } else { telling };
    chosen.into_iter().map(|word| stem(word, language)).collect()
}

/// Lower-case words without accents; French elisions (l', qu', jusqu'…) and English possessives are cut off.
pub(crate) fn words(text: &str, language: Language) -> impl Iterator<Item = String> {
    raw_words(text, language).map(|word| fold(&word))
}

/// The same words as they are written.
fn raw_words(text: &str, language: Language) -> impl Iterator<Item = String> {
    text.unicode_words()
        .flat_map(|word| word.split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c) || matches!(c, '.' | ','))))
        .flat_map(move |word| pieces(word, language))
        .filter(|word| !word.is_empty() && word.len() <= LONGEST)
}

/// Splits what the Unicode rules keep together: `l'école`, `fin.Début`; but not `12,5`.
fn pieces(word: &str, language: Language) -> Vec<String> {
    let number = word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    if number {
        return vec![word.trim_matches(['.', ',']).replace(',', ".")];
    }
    word.split(['.', ',']).flat_map(|part| apostrophes(part, language)).collect()
}

fn apostrophes(word: &str, language: Language) -> Vec<String> {
    if !word.contains(is_apostrophe) {
        return vec![word.to_owned()];
    }
    let parts: Vec<&str> = word.split(is_apostrophe).filter(|part| !part.is_empty()).collect();
    match (language, parts.as_slice()) {
        // aujourd'hui, prud'homme, presqu'île: one word.
        (Language::Fr, [head, ..]) if words::is_inseparable(&fold(head)) => vec![parts.concat()],
        (Language::Fr, _) => {
            let last = parts.len().saturating_sub(1);
            let kept = parts.iter().enumerate().filter(|(at, part)| *at == last || !words::is_elision(&fold(part)));
            kept.map(|(_, part)| (*part).to_owned()).collect()
        }
        // school's, students': the owner. don't, we'll: one word, which is a stop word.
        (_, [owner, "s" | "S"]) => vec![(*owner).to_owned()],
        _ => vec![parts.concat()],
    }
}

const fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '‘' | '`')
}

/// Lower case, compatibility forms (ﬁ, ²) resolved, accents removed: `Œuvre` and `oeuvre` are one word, like `élève` and `eleve`.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            other => folded.push(other),
        }
    }
    folded
}

/// Takes a word as it is written, gives a folded stem.
fn stem(word: &str, language: Language) -> String {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return fold(word);
    }
    match language {
        // The rules need the accents (tolérées → toler), but people leave them out (tolerees → tolere): stemmed until
        // nothing changes, both become the same.
        Language::Fr => {
            let mut stem = fold(&FRENCH.stem(&word.to_lowercase()));
            loop {
                let shorter = FRENCH.stem(&stem).into_owned();
                if shorter == stem {
                    break stem;
                }
                stem = shorter;
            }
        }
        Language::En => ENGLISH.stem(&fold(word)).into_owned(),
        Language::Other => fold(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, text: &str, expected: &[&str]) {
        assert_eq!(terms(text, language), expected, "{text:?}");
    }

    #[test]
    fn french() {
        for (text, expected) in [
            ("L’école d'été", &["ecol", "ete"][..]),
            ("jusqu'aux absences, qu’ils", &["absenc"]),
            ("Aujourd'hui", &["aujourdhui"]),
            ("les étudiantes et l'étudiant", &["etud", "etud"]),
            ("tolérées toléré tolerees", &["tol", "tol", "tol"]),
            ("ÉTUDIANT etudiant", &["etud", "etud"]),
            ("l'œuvre OEUVRE", &["oeuvr", "oeuvr"]),
            ("12,5 % de 2 000 €", &["12.5", "2", "000"]),
            ("fin.Début", &["fin", "debut"]),
            ("règlement_intérieur", &["regl", "interieur"]),
        ] {
            check(Language::Fr, text, expected);
        }
    }

    #[test]
    fn english() {
        for (text, expected) in [
            ("The students' absences", &["student", "absenc"][..]),
            ("the school’s policy", &["school", "polici"]),
            ("You don't", &[]),
            ("max_tokens e-mail", &["max", "token", "e", "mail"]),
            ("naïve café", &["naiv", "cafe"]),
        ] {
            check(Language::En, text, expected);
        }
    }

    #[test]
    fn other_languages_are_folded() {
        for (text, expected) in [
            ("Straße Führerschein", &["strasse", "fuhrerschein"][..]),
            ("كم عدد الأيام", &["كم", "عدد", "الايام"]),
            ("休暇", &["休", "暇"]),
            ("🎓", &[]),
        ] {
            check(Language::Other, text, expected);
        }
    }

    #[test]
    fn questions_lose_the_words_that_only_ask() {
        for (asked, query, expected) in [
            (Language::Fr, "Combien d'absences sont tolérées ?", &["absenc", "tol"][..]),
            (Language::Fr, "Comment ?", &["comment"]),
            (Language::Fr, "Est-ce que je peux avoir une carte", &["cart"]),
            (Language::En, "How many absences are allowed?", &["absenc", "allow"]),
            (Language::En, "What is it?", &["what"]),
        ] {
            assert_eq!(query_terms(query, asked, asked), expected, "{query:?}");
        }
    }
}
