//! What is said when there is no answer, in the question's language.

use models::{Abstention, Language};

/// Other languages are answered in English.
#[must_use]
pub const fn abstention(reason: Abstention, language: Language) -> &'static str {
    match (reason, language) {
        (Abstention::EmptyQuestion, Language::Fr) => {
            "Je n’ai pas trouvé de question dans votre message. Pouvez-vous l’écrire avec quelques mots ?"
        }
        (Abstention::EmptyQuestion, _) => {
            "I could not find a question in your message. Could you write it in a few words?"
        }
        (Abstention::NothingFound, Language::Fr) => {
            "Je ne sais pas : aucun document que vous pouvez consulter ne parle de cela."
        }
        (Abstention::NothingFound, _) => "I don’t know: no document that you may read mentions this.",
        (Abstention::NotConfident, Language::Fr) => {
            "Je ne sais pas : les documents que vous pouvez consulter ne donnent pas de réponse assez sûre. \
             Les passages les plus proches sont ci-dessous."
        }
        (Abstention::NotConfident, _) => {
            "I don’t know: the documents that you may read give no answer that is certain enough. \
             The closest passages are below."
        }
    }
}
