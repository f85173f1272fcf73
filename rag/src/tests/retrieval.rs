//! Passages: who may see them, in which state, and what becomes of odd questions.

use jiff::civil::date;
use models::{ChunkId, Language, Validity};

use super::school::{Paper, School, chunk_id, entry, paper, scope};
use crate::{LONGEST_QUESTION, Mode, SearchRequest, SearchResult};

async fn titles(school: &School, grants: &[&str], request: &SearchRequest) -> Vec<String> {
    let result = search(school, grants, request).await;
    result.passages.into_iter().map(|passage| passage.title).collect()
}

async fn search(school: &School, grants: &[&str], request: &SearchRequest) -> SearchResult {
    school.retriever().search(&scope(grants), request).await.expect("searches")
}

fn library() -> Vec<Paper> {
    let year = |from, until| Validity { from: Some(from), until: Some(until), superseded_by: None };
    vec![
        paper(
            "stage.txt",
            "Stages",
            &["Le rapport de stage est à rendre avant le 15 mai.", "Le tuteur signe la convention."],
        ),
        Paper {
            audience: vec!["role:staff"],
            ..paper("jury.txt", "Jury", &["Le jury lit le rapport de stage avant la soutenance."])
        },
        Paper {
            validity: year(date(2024, 9, 1), date(2025, 8, 31)),
            ..paper("ancien.txt", "Ancien", &["Le rapport de stage est à rendre avant le 2 juin."])
        },
        Paper { language: Language::En, ..paper("library.txt", "Library", &["The library opens at nine."]) },
    ]
}

#[tokio::test]
async fn every_mode_finds_only_what_may_be_read_and_holds_today() {
    let school = School::open(&library()).await;
    for mode in Mode::ALL {
        let request = SearchRequest { mode, ..SearchRequest::new("À quelle date rendre le rapport de stage ?") };
        for (grants, any_validity, sees_jury, sees_old) in
            [(&[][..], false, false, false), (&["role:staff"][..], false, true, false), (&[][..], true, false, true)]
        {
            let request = SearchRequest { any_validity, ..request.clone() };
            let titles = titles(&school, grants, &request).await;
            assert!(titles.contains(&"Stages".to_owned()), "{mode:?}");
            assert_eq!(titles.contains(&"Jury".to_owned()), sees_jury, "{mode:?} {grants:?}");
            assert_eq!(titles.contains(&"Ancien".to_owned()), sees_old, "{mode:?} {grants:?}");
        }
    }
}

#[tokio::test]
async fn a_passage_says_where_it_stands() {
    let school = School::open(&library()).await;
    let result = search(&school, &[], &SearchRequest::new("Qui signe la convention ?")).await;
    assert_eq!((result.language, result.mode), (Language::Fr, Mode::Hybrid));
    let passage = &result.passages[0];
    let content = school.store.content(&scope(&[]).tenant, passage.document).await.expect("reads").text();
    let characters: Vec<char> = content.chars().collect();
    let there: String = characters[passage.span.start as usize..passage.span.end as usize].iter().collect();
    assert_eq!(there, passage.text);
    assert_eq!(passage.uri, format!("/documents/{}?page=1&start=50&end=80", passage.document));
    assert!(passage.dense.is_some() && passage.lexical.is_some());
    assert!(result.passages.iter().all(|passage| (0.0..=1.0).contains(&passage.score)));
    assert!(result.passages.is_sorted_by(|a, b| a.score >= b.score));
}

#[tokio::test]
async fn without_an_embedder_there_are_words() {
    let school = School::with_embedder(&library(), None).await;
    for mode in Mode::ALL {
        let result = search(&school, &[], &SearchRequest { mode, ..SearchRequest::new("convention") }).await;
        assert_eq!(result.mode, Mode::Lexical);
        assert_eq!(result.passages[0].title, "Stages");
    }
}

#[tokio::test]
async fn odd_questions_are_answered_calmly() {
    let school = School::open(&library()).await;
    let huge = "convention ".repeat(100_000);
    let huge_word = "a".repeat(1_000_000);
    for (query, finds, truncated) in
        [("", false, false), ("🎓", false, false), ("?!…", false, false), (huge.as_str(), true, true)]
    {
        let result = search(&school, &[], &SearchRequest::new(query)).await;
        assert_eq!(!result.passages.is_empty(), finds, "{query:.20}");
        assert_eq!(result.truncated, truncated, "{query:.20}");
        assert!(result.query.chars().count() <= LONGEST_QUESTION);
    }
    for query in [huge_word.as_str(), "متى تفتح المكتبة؟", "\0\u{202e}", "'; DROP TABLE chunks; --"] {
        search(&school, &[], &SearchRequest::new(query)).await;
    }
}

#[tokio::test]
async fn a_chunk_of_no_published_document_is_dropped() {
    let school = School::open(&library()).await;
    // As after a crash between writing the index and publishing; and the tripwire must not let it fill up the list.
    let ghost = entry("ghost", "Le rapport de stage.", Language::Fr);
    school.indexes.upsert(&[ghost]).await.expect("writes");
    school.indexes.commit().await.expect("commits");
    let request = SearchRequest { limit: 1, ..SearchRequest::new("rapport de stage") };
    let result = search(&school, &[], &request).await;
    let chunks: Vec<ChunkId> = result.passages.iter().map(|passage| passage.chunk).collect();
    assert_eq!(chunks.len(), 1);
    assert!(!chunks.contains(&chunk_id("ghost")));
}

#[tokio::test]
async fn the_tripwire_stops_what_an_index_should_not_have_returned() {
    let school = School::open(&library()).await;
    let request = SearchRequest::new("Le jury lit le rapport de stage");
    let staff = search(&school, &["role:staff"], &request).await;
    let jury = staff.passages.iter().find(|passage| passage.title == "Jury").expect("staff sees it");
    // The index is tampered with: the chunk now says that everyone may read it.
    let mut opened = entry("jury", &jury.text, Language::Fr);
    opened.chunk.id = jury.chunk;
    school.indexes.upsert(&[opened]).await.expect("writes");
    school.indexes.commit().await.expect("commits");
    assert!(!titles(&school, &[], &request).await.contains(&"Jury".to_owned()));
}

#[tokio::test]
async fn the_same_search_gives_the_same_list() {
    let papers: Vec<Paper> = (0..8)
        .map(|at| paper(["a", "b", "c", "d", "e", "f", "g", "h"][at], "Copie", &["Le même texte partout."]))
        .collect();
    let school = School::open(&papers).await;
    let request = SearchRequest::new("texte partout");
    let first = search(&school, &[], &request).await.passages;
    assert_eq!(first.len(), 8);
    for _ in 0..3 {
        assert_eq!(search(&school, &[], &request).await.passages, first);
    }
}
