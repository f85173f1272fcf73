//! Which language a question is asked in.

use models::Language;
use unicode_segmentation::UnicodeSegmentation;
use whatlang::{Detector, Lang};

use crate::analysis;

/// Below this many characters a trigram model guesses.
const LONG: usize = 40;
/// What is read of a text; more does not change the result.
const READ: usize = 2_000;

/// Function words that the other language does not have.
const FRENCH: &str = "le la les un une des du de et est ce cette ces que qui quoi quel quelle quels quelles comment \
                      combien pourquoi quand dans pour avec sans sur sous je tu il elle nous vous ils elles mon ma mes \
                      son sa ses leur leurs peut peux puis dois doit faut faire sont suis etre avoir aux au ou pas ne \
                      si se jusqu votre vos notre nos quel est-ce";
const ENGLISH: &str = "the an and is are was were what who whom which when where why how do does did can could should \
                       would will may my your our their his her its i you he she we they of to in for with without by \
                       from at if not this that these those be have has there many much it am";

/// French, English, or neither; texts without letters are [`Language::Other`].
#[must_use]
pub fn detect(text: &str) -> Language {
    let text: String = text.chars().take(READ).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let latin = text.chars().filter(|c| c.is_alphabetic() && *c < '\u{250}').count();
    if letters == 0 || latin * 2 < letters {
        return Language::Other;
    }
    let (french, english) = votes(&text);
    if (text.chars().count() >= LONG || french == english)
        && let Some(found) = whatlang::detect(&text).filter(whatlang::Info::is_reliable)
    {
        let language = Language::from_tag(found.lang().code());
        // Trigrams alone take a question full of foreign names for a foreign question.
        if language != Language::Other || (french < 2 && english < 2) {
            return language;
        }
    }
    match french.cmp(&english) {
        std::cmp::Ordering::Greater => Language::Fr,
        std::cmp::Ordering::Less => Language::En,
        std::cmp::Ordering::Equal => match Detector::with_allowlist(vec![Lang::Fra, Lang::Eng]).detect_lang(&text) {
            Some(Lang::Fra) => Language::Fr,
            Some(Lang::Eng) => Language::En,
            _ => Language::Other,
        },
    }
}

/// Function words of each language; French letters and elisions count as one each.
fn votes(text: &str) -> (usize, usize) {
    let (mut french, mut english) = (0, 0);
    for word in text.unicode_words() {
        let folded = analysis::fold(word);
        let is_in = |list: &str| list.split_whitespace().any(|entry| entry == folded);
        let elided = folded.split_once(['\'', '’']).is_some_and(|(head, tail)| {
            tail.len() > 1
                && matches!(head, "l" | "d" | "j" | "n" | "s" | "c" | "m" | "t" | "qu" | "jusqu" | "lorsqu" | "puisqu")
        });
        french += usize::from(is_in(FRENCH) || elided || word.contains(['é', 'è', 'ê', 'à', 'ç', 'ù', 'œ', 'î', 'û']));
        english += usize::from(is_in(ENGLISH) || folded.ends_with("'s") || folded.ends_with("n't"));
    }
    (french, english)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions() {
        for (text, expected) in [
            ("Combien d'absences sont tolérées ?", Language::Fr),
            ("carte étudiant perdue", Language::Fr),
            ("qui est le directeur", Language::Fr),
            ("Puis-je rattraper un examen ?", Language::Fr),
            ("Quelles sont les dates des examens de rattrapage pour la deuxième année ?", Language::Fr),
            ("How many absences are allowed?", Language::En),
            ("where is the library", Language::En),
            ("What happens when a student misses an exam because of illness?", Language::En),
            ("Who is the director of the École supérieure?", Language::En),
            ("كم عدد أيام الغياب المسموح بها؟", Language::Other),
            ("Сколько пропусков разрешено?", Language::Other),
            ("Wie viele Fehlstunden sind in einem Semester ohne Entschuldigung erlaubt?", Language::Other),
            ("🎓", Language::Other),
            ("", Language::Other),
            ("12 34", Language::Other),
        ] {
            assert_eq!(detect(text), expected, "{text:?}");
        }
    }
}
