//! The language of a document, by its words.

use models::{Content, Language};
use whatlang::Lang;

/// Enough text to be sure, little enough to be quick.
const SAMPLE: usize = 20_000;

/// `None` where there are too few words to tell.
pub(crate) fn detect(content: &Content) -> Option<Language> {
    let mut sample = String::new();
    for block in &content.blocks {
        sample.push_str(&block.text);
        sample.push('\n');
        if sample.len() > SAMPLE {
            break;
        }
    }
    of_text(&sample)
}

fn of_text(text: &str) -> Option<Language> {
    let info = whatlang::detect(text)?;
    let guess = match info.lang() {
        Lang::Fra => Language::Fr,
        Lang::Eng => Language::En,
        _ => Language::Other,
    };
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    if info.is_reliable() && letters >= 200 {
        return Some(guess);
    }
    let count = |words: &[&str]| {
        let is_common = |word: &&str| words.contains(&word.to_lowercase().as_str());
        text.split(|c: char| !c.is_alphabetic()).filter(is_common).count()
    };
    let (french, english) = (count(&FRENCH), count(&ENGLISH));
    match french.cmp(&english) {
        std::cmp::Ordering::Greater if french >= 2 => Some(Language::Fr),
        std::cmp::Ordering::Less if english >= 2 => Some(Language::En),
        _ if info.is_reliable() && letters >= 40 => Some(guess),
        _ => None,
    }
}

const FRENCH: [&str; 22] = [
    "le", "la", "les", "des", "du", "une", "et", "est", "pour", "dans", "par", "sur", "avec", "vous", "que", "qui",
    "aux", "votre", "être", "à", "ou", "ce",
];
const ENGLISH: [&str; 22] = [
    "the", "of", "and", "to", "is", "in", "for", "with", "you", "that", "this", "are", "be", "by", "from", "your",
    "it", "as", "an", "or", "not", "will",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_decide() {
        for (text, expected) in [
            (
                "Les absences doivent être justifiées par un certificat médical dans les trois jours.",
                Some(Language::Fr),
            ),
            ("Absences must be justified with a medical certificate within three days.", Some(Language::En)),
            (
                "El reglamento interno se aplica a todos los alumnos desde el primer día del curso escolar, sin excepción.",
                Some(Language::Other),
            ),
            ("42 | 17", None),
        ] {
            assert_eq!(of_text(text), expected, "{text}");
        }
    }
}
