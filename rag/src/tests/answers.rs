//! Answers: quotes that stand where they say, nothing outdated, and refusals.

use jiff::civil::date;
use models::{Abstention, Answer, Language, Validity};

use super::school::{Paper, School, paper, scope};
use crate::{AnswerEvent, AskRequest};

fn ask(question: &str) -> AskRequest {
    AskRequest { question: question.to_owned(), collections: Vec::new() }
}

async fn answer(school: &School, grants: &[&str], question: &str) -> Answer {
    school.assistant().answer(&scope(grants), &ask(question)).await.expect("answers")
}

fn library() -> Vec<Paper> {
    let year = |from, until| Validity { from: Some(from), until, superseded_by: None };
    vec![
        paper(
            "stage.txt",
            "Stages",
            &[
                "Le stage dure huit semaines. Le rapport de stage est à rendre avant le 15 mai. Il compte pour l’année.",
                "M. Durand signe la convention de stage. L’élève en garde une copie.",
            ],
        ),
        Paper {
            validity: year(date(2025, 9, 1), None),
            ..paper("absences-2025.txt", "Absences 2025", &["Cinq absences injustifiées sont tolérées par semestre."])
        },
        Paper {
            validity: year(date(2026, 9, 1), None),
            supersedes: Some("absences-2025.txt"),
            ..paper("absences-2026.txt", "Absences 2026", &["Trois absences injustifiées sont tolérées par semestre."])
        },
        Paper {
            audience: vec!["role:staff"],
            ..paper("salaires.txt", "Salaires", &["La prime des enseignants est versée en décembre."])
        },
        Paper {
            language: Language::En,
            ..paper("library.txt", "Library", &["The library lends laptops for two weeks. It opens at nine."])
        },
    ]
}

#[tokio::test]
async fn every_sentence_is_cited_where_it_stands() {
    let school = School::open(&library()).await;
    for (question, expected) in [
        ("Avant quelle date rendre le rapport de stage ?", "Le rapport de stage est à rendre avant le 15 mai."),
        ("Qui signe la convention de stage ?", "M. Durand signe la convention de stage."),
        ("For how many weeks does the library lend laptops?", "The library lends laptops for two weeks."),
    ] {
        let answer = answer(&school, &[], question).await;
        assert!(!answer.abstained, "{question}: {}", answer.confidence);
        assert!(answer.answer.contains(expected), "{question}: {}", answer.answer);
        assert_eq!(answer.sentences.len(), answer.citations.len());
        for (sentence, citation) in answer.sentences.iter().zip(&answer.citations) {
            assert_eq!(sentence.citation, citation.number);
            assert_eq!(sentence.text, citation.quote);
            let content = school.store.content(&scope(&[]).tenant, citation.document).await.expect("reads").text();
            let characters: Vec<char> = content.chars().collect();
            let there: String = characters[citation.span.start as usize..citation.span.end as usize].iter().collect();
            assert_eq!(there, citation.quote);
            assert!(citation.uri.ends_with(&format!("start={}&end={}", citation.span.start, citation.span.end)));
        }
    }
}

#[tokio::test]
async fn what_was_superseded_is_never_cited() {
    let school = School::open(&library()).await;
    let answer = answer(&school, &[], "Combien d'absences injustifiées sont tolérées par semestre ?").await;
    assert_eq!(answer.answer, "Trois absences injustifiées sont tolérées par semestre.");
    assert!(answer.passages.iter().all(|passage| passage.title != "Absences 2025"));
}

#[tokio::test]
async fn it_says_when_it_does_not_know() {
    let school = School::open(&library()).await;
    for (question, grants, reason, language) in [
        ("", &[][..], Abstention::EmptyQuestion, Language::Other),
        ("🎓", &[], Abstention::EmptyQuestion, Language::Other),
        ("Quel est le menu de la cantine végétarienne ?", &[], Abstention::NotConfident, Language::Fr),
        ("What is the capital of Australia?", &[], Abstention::NotConfident, Language::En),
        ("Quand est versée la prime des enseignants ?", &[], Abstention::NotConfident, Language::Fr),
    ] {
        let answer = answer(&school, grants, question).await;
        assert!(answer.abstained, "{question:?}: {} ({})", answer.answer, answer.confidence);
        assert_eq!((answer.reason, answer.language), (Some(reason), language), "{question:?}");
        assert!(answer.sentences.is_empty() && answer.citations.is_empty());
        let french = answer.answer.starts_with("Je ");
        assert_eq!(french, language == Language::Fr, "{}", answer.answer);
    }
    let staff = answer(&school, &["role:staff"], "Quand est versée la prime des enseignants ?").await;
    assert_eq!(staff.answer, "La prime des enseignants est versée en décembre.");
}

#[tokio::test]
async fn an_empty_library_knows_nothing() {
    let school = School::open(&[]).await;
    let answer = answer(&school, &[], "Quand commence l'année ?").await;
    assert_eq!((answer.abstained, answer.reason), (true, Some(Abstention::NothingFound)));
}

#[tokio::test]
async fn words_alone_can_answer_too() {
    let school = School::with_embedder(&library(), None).await;
    let known = answer(&school, &[], "Avant quelle date rendre le rapport de stage ?").await;
    assert!(known.answer.contains("15 mai"), "{} ({})", known.answer, known.confidence);
    let unknown = answer(&school, &[], "Quel est le menu de la cantine végétarienne ?").await;
    assert!(unknown.abstained, "{} ({})", unknown.answer, unknown.confidence);
}

#[tokio::test]
async fn the_steps_come_in_order() {
    let school = School::open(&library()).await;
    let mut steps = Vec::new();
    let assistant = school.assistant();
    let (scope, request) = (scope(&[]), ask("Qui signe la convention de stage ?"));
    let answer = assistant
        .answer_with(&scope, &request, |event| {
            steps.push(match event {
                AnswerEvent::Retrieval(passages) => format!("{} passages", passages.len()),
                AnswerEvent::Sentence(sentence, citation) => format!("{} {}", sentence.citation, citation.number),
                AnswerEvent::Done(answer) => answer.answer,
            });
        })
        .await
        .expect("answers");
    assert_eq!(steps.first(), Some(&format!("{} passages", answer.passages.len())));
    assert_eq!(steps.last(), Some(&answer.answer));
    assert_eq!(steps.len(), answer.sentences.len() + 2);
}
