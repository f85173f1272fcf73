use models::{AnswerSentence, ChunkId, Citation, Id, Language, Passage, Span, Timings, Validity};

use super::*;

fn question(answerable: bool) -> Question {
    let line = r#"{"id": "date-1", "language": "fr", "question": "Quand ?", "answerable": true, "as": ["role:staff"],
        "answers": ["le 12 juin"], "kind": "date",
        "passages": [{"document": "policies/dates.pdf", "page": 2, "quote": "Oral | le 12 juin"}]}"#;
    let question: Question = serde_json::from_str(line).expect("parses");
    Question { answerable, ..question }
}

/// An answer that quotes `quote` from page 2 of `origin`.
fn answer(origin: &str, quote: &str) -> Answer {
    let (chunk, document, span) = (ChunkId::derive(&[b"c"]), Id::derive(&[b"d"]), Span { start: 0, end: 9 });
    let passage = Passage {
        chunk,
        document,
        title: String::new(),
        collection: models::Collection::default(),
        origin: origin.to_owned(),
        language: Language::Fr,
        headings: Vec::new(),
        page: Some(2),
        span,
        text: quote.to_owned(),
        date: None,
        validity: Validity::default(),
        score: 1.0,
        dense: None,
        lexical: None,
        uri: String::new(),
    };
    let citation = Citation {
        number: 1,
        chunk,
        document,
        title: String::new(),
        headings: Vec::new(),
        page: Some(2),
        span,
        quote: quote.to_owned(),
        date: None,
        validity: Validity::default(),
        score: 1.0,
        uri: String::new(),
    };
    Answer {
        question: String::new(),
        answer: quote.to_owned(),
        abstained: false,
        reason: None,
        language: Language::Fr,
        confidence: 0.9,
        sentences: vec![AnswerSentence { text: quote.to_owned(), citation: 1 }],
        citations: vec![citation],
        passages: vec![passage],
        timings_ms: Timings::default(),
    }
}

fn abstained(origin: &str) -> Answer {
    Answer { abstained: true, citations: Vec::new(), answer: "Je ne sais pas.".to_owned(), ..answer(origin, "") }
}

#[test]
fn verdicts() {
    let gold = "samples/documents/policies/dates.pdf";
    let right = "Oral : LE 12 JUIN.";
    for (answerable, forbidden, answer, expect) in [
        (true, &[][..], answer(gold, right), Verdict::Right),
        (true, &[], answer("other.pdf", right), Verdict::Wrong),
        (true, &[], answer("all-policies/dates.pdf", right), Verdict::Wrong),
        (true, &[], answer(gold, "Oral : le 13 juin."), Verdict::Wrong),
        (true, &[], abstained(gold), Verdict::Abstained),
        (false, &[], abstained(gold), Verdict::Right),
        (false, &[], answer(gold, right), Verdict::Answered),
        (false, &["policies/dates.pdf"], abstained(gold), Verdict::Leaked),
    ] {
        let case = judge(&question(answerable), forbidden, &answer);
        assert_eq!(case.verdict, expect, "{answer:?}");
    }
}

#[test]
fn passages_and_pages_are_counted() {
    let case = judge(&question(true), &[], &answer("policies/dates.pdf", "Oral : le 12 juin."));
    assert_eq!((case.retrieved, case.page), (Some(true), Some(true)));
    let elsewhere = judge(&question(true), &[], &answer("policies/other.pdf", "Oral : le 12 juin."));
    assert_eq!((elsewhere.retrieved, elsewhere.page), (Some(false), None));
    let report = Report::new(vec![(true, case), (true, elsewhere)], None, 1.0);
    assert_eq!((report.all.right, report.all.wrong, report.retrieved, report.pages), (1, 1, (1, 2), (1, 1)));
    assert_eq!(report.failing.len(), 1);
}

#[test]
fn texts_hold_whole_words() {
    for (text, gold, expect) in [
        ("dans les 48 heures", "48 heures", true),
        ("dans les 148 heures", "48 heures", false),
        ("Frais : 12,50 € | Carte", "carte | frais", true),
        ("L’école", "l'école", true),
        ("", "", false),
        ("x", " | ", false),
    ] {
        assert_eq!(holds(text, gold), expect, "{text:?} {gold:?}");
    }
}

#[test]
fn what_staff_may_see_is_forbidden_to_everyone() {
    let staff = question(true);
    let everyone =
        Question { id: "date-1-everyone".to_owned(), answerable: false, passages: Vec::new(), ..staff.clone() };
    let questions = [staff, everyone];
    let forbidden = forbidden(&questions);
    assert_eq!(forbidden.get("date-1-everyone"), Some(&vec!["policies/dates.pdf"]));
    assert_eq!(forbidden.len(), 1);
}
