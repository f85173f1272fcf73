//! What kind of thing a question asks for, and whether a sentence holds one.

use models::Language;

use crate::analysis;

/// The expected kind of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// A day, month, year, hour or duration.
    Time,
    Number,
    Money,
    Person,
    Place,
}

const QUESTIONS: &[(&str, Cue)] = &[
    // French, before the shorter ones that they contain.
    ("combien de temps", Cue::Time),
    ("combien coute", Cue::Money),
    ("combien ca coute", Cue::Money),
    ("quel prix", Cue::Money),
    ("quel tarif", Cue::Money),
    ("quel est le prix", Cue::Money),
    ("quel est le tarif", Cue::Money),
    ("quel est le montant", Cue::Money),
    ("quels sont les tarifs", Cue::Money),
    ("combien", Cue::Number),
    ("quand", Cue::Time),
    ("quelle date", Cue::Time),
    ("quelles dates", Cue::Time),
    ("quelles sont les dates", Cue::Time),
    ("quel jour", Cue::Time),
    ("quelle heure", Cue::Time),
    ("quels horaires", Cue::Time),
    ("quels sont les horaires", Cue::Time),
    ("quel delai", Cue::Time),
    ("quel est le delai", Cue::Time),
    ("qui ", Cue::Person),
    ("ou se ", Cue::Place),
    ("ou est ", Cue::Place),
    ("ou puis", Cue::Place),
    // English
    ("how long", Cue::Time),
    ("how much", Cue::Money),
    ("how many", Cue::Number),
    ("what does it cost", Cue::Money),
    ("what is the price", Cue::Money),
    ("what is the fee", Cue::Money),
    ("when", Cue::Time),
    ("what date", Cue::Time),
    ("what time", Cue::Time),
    ("what year", Cue::Time),
    ("which year", Cue::Time),
    ("what day", Cue::Time),
    ("deadline", Cue::Time),
    ("who ", Cue::Person),
    ("where", Cue::Place),
];

const TIME_WORDS: &str = "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre lundi \
    mardi mercredi jeudi vendredi samedi dimanche jour jours semaine semaines mois an ans annee annees heure heures \
    minute minutes veille lendemain january february march april may june july august september october november \
    december monday tuesday wednesday thursday friday saturday sunday day days week weeks month months year years hour \
    hours century noon midnight";
const PLACE_WORDS: &str = "rue avenue boulevard place batiment salle etage campus bureau adresse guichet accueil ville \
    street road building room floor office address city located country north south east west";
const NUMBER_WORDS: &str = "deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente cent mille two \
    three four five six seven eight nine ten eleven twelve fifteen twenty thirty hundred thousand million";

/// What the question asks for, if its words say so.
#[must_use]
pub fn of(question: &str) -> Option<Cue> {
    let folded = format!("{} ", analysis::fold(question).replace('’', "'"));
    let starts_word = |at: usize| at == 0 || !folded[..at].ends_with(char::is_alphanumeric);
    let found = |(words, cue): &(&str, Cue)| folded.match_indices(words).any(|(at, _)| starts_word(at)).then_some(*cue);
    QUESTIONS.iter().find_map(found)
}

/// Whether the sentence holds something of that kind.
#[must_use]
pub fn answers(cue: Cue, sentence: &str) -> bool {
    let digit = || sentence.chars().any(|c| c.is_ascii_digit());
    let any = |list: &str| {
        analysis::words(sentence, Language::Other).any(|word| list.split_whitespace().any(|entry| entry == word))
    };
    match cue {
        Cue::Time => digit() || any(TIME_WORDS),
        Cue::Number => digit() || any(NUMBER_WORDS),
        Cue::Money => {
            sentence.contains(['€', '$', '£'])
                || any("euro euros dollar dollars gratuit gratuite gratuitement gratuits free")
        }
        Cue::Person => names(sentence),
        Cue::Place => any(PLACE_WORDS) || names(sentence),
    }
}

/// A capital letter inside the sentence.
fn names(sentence: &str) -> bool {
    sentence
        .split_whitespace()
        .skip(1)
        .any(|word| word.trim_matches('"').chars().next().is_some_and(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_say_what_they_want() {
        for (question, expected) in [
            ("Quand commence l'année ?", Some(Cue::Time)),
            ("À quelle heure ouvre la bibliothèque ?", Some(Cue::Time)),
            ("Combien coûte l’inscription ?", Some(Cue::Money)),
            ("Combien d'absences sont tolérées ?", Some(Cue::Number)),
            ("Qui signe la convention ?", Some(Cue::Person)),
            ("Où se trouve le secrétariat ?", Some(Cue::Place)),
            ("How long does a loan last?", Some(Cue::Time)),
            ("how much is the fee", Some(Cue::Money)),
            ("Explain the attendance rules", None),
            ("Le quidam", None),
        ] {
            assert_eq!(of(question), expected, "{question:?}");
        }
    }

    #[test]
    fn sentences_hold_it_or_not() {
        for (cue, sentence, expected) in [
            (Cue::Time, "Les cours commencent le lundi.", true),
            (Cue::Time, "Les cours commencent bientôt.", false),
            (Cue::Number, "Trois absences sont tolérées.", true),
            (Cue::Money, "C’est gratuit.", true),
            (Cue::Money, "Il faut 3 photos.", false),
            (Cue::Person, "La convention est signée par Anne Petit.", true),
            (Cue::Place, "Il se trouve au deuxième étage.", true),
        ] {
            assert_eq!(answers(cue, sentence), expected, "{sentence:?}");
        }
    }
}
