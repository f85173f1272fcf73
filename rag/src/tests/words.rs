//! The word index: languages, boosts, filters, durability.

use std::{collections::BTreeSet, fs, path::Path};

use jiff::civil::date;
use models::{Audience, ChunkId, Language, TenantId, Validity};

use super::school::{TODAY, chunk_id, entry, filter, grant};
use crate::{Error, Filter, IndexEntry, WordIndex, words::TantivyIndex};

async fn index_of(folder: &Path, entries: &[IndexEntry]) -> TantivyIndex {
    let index = TantivyIndex::open(folder).expect("opens");
    index.upsert(entries).await.expect("writes");
    index.flush().await.expect("flushes");
    index
}

async fn found(index: &TantivyIndex, query: &str, language: Language, filter: &Filter) -> Vec<ChunkId> {
    let hits = index.search(query, language, filter, 20).await.expect("searches");
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
    hits.into_iter().map(|hit| hit.chunk).collect()
}

#[tokio::test]
async fn each_document_is_found_in_its_own_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = [
        entry("absences", "Trois absences injustifiées sont tolérées à l’école.", Language::Fr),
        entry("oeuvre", "Les œuvres de l'élève sont exposées jusqu’au 3 juin.", Language::Fr),
        entry("library", "The library lends laptops to students for two weeks.", Language::En),
        entry("ferien", "Die Straße zur Schule ist in den Ferien gesperrt.", Language::Other),
        entry("moodle", "Moodle est la plateforme des cours.", Language::Fr),
        entry("moodle-en", "Moodle is where courses live.", Language::En),
    ];
    let index = index_of(folder.path(), &entries).await;
    for (query, language, expected) in [
        ("Combien d'absence tolère l'ecole ?", Language::Fr, &["absences"][..]),
        ("oeuvre exposee de l’eleve", Language::Fr, &["oeuvre"]),
        ("Which laptop does the student library lend?", Language::En, &["library"]),
        ("strasse", Language::Other, &["ferien"]),
        // Words that both languages share are found in both.
        ("Moodle", Language::Fr, &["moodle", "moodle-en"]),
        ("Moodle", Language::En, &["moodle-en", "moodle"]),
        ("qu'est-ce que c'est ?", Language::Fr, &[]),
        ("🎓", Language::Other, &[]),
        ("\"AND (* OR", Language::En, &[]),
    ] {
        let expected: BTreeSet<ChunkId> = expected.iter().map(|name| chunk_id(name)).collect();
        let found: BTreeSet<ChunkId> = found(&index, query, language, &filter(&[])).await.into_iter().collect();
        assert_eq!(found, expected, "{query:?}");
    }
}

#[tokio::test]
async fn titles_and_headings_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "Il se demande par courrier.";
    let mut headed = entry("headed", text, Language::Fr);
    headed.chunk.headings = vec!["Remboursement".to_owned()];
    let titled = IndexEntry { title: "Remboursement des frais".to_owned(), ..entry("titled", text, Language::Fr) };
    let index = index_of(folder.path(), &[entry("plain", text, Language::Fr), headed, titled]).await;
    let hits = found(&index, "remboursements", Language::Fr, &filter(&[])).await;
    assert_eq!(hits.len(), 2);
    assert!(!hits.contains(&chunk_id("plain")));
}

#[tokio::test]
async fn filters_apply_inside_the_search() {
    let folder = tempfile::tempdir().expect("a folder");
    let plain = |name| entry(name, "le rapport de stage", Language::Fr);
    let year = |from, until| Validity { from: Some(from), until: Some(until), superseded_by: None };
    let entries = [
        plain("open"),
        IndexEntry { audience: Audience::new(vec![grant("role:staff")]), ..plain("staff") },
        IndexEntry { tenant: TenantId::new("other"), ..plain("other tenant") },
        IndexEntry { collection: "courses".parse().expect("a name"), ..plain("course") },
        IndexEntry { validity: year(date(2024, 9, 1), TODAY.yesterday().expect("a day")), ..plain("expired") },
        IndexEntry { validity: year(TODAY.tomorrow().expect("a day"), date(2027, 8, 31)), ..plain("future") },
        IndexEntry { validity: year(TODAY, TODAY), ..plain("today") },
    ];
    let index = index_of(folder.path(), &entries).await;
    let courses = vec!["courses".parse().expect("a name")];
    for (what, filter, expected) in [
        ("everyone", filter(&[]), &["open", "course", "today"][..]),
        ("staff", filter(&["role:staff"]), &["open", "staff", "course", "today"]),
        ("any day", Filter { as_of: None, ..filter(&[]) }, &["open", "course", "expired", "future", "today"]),
        ("one collection", Filter { collections: courses, ..filter(&[]) }, &["course"]),
        ("another tenant", Filter { tenant: TenantId::new("other"), ..filter(&[]) }, &["other tenant"]),
        ("no grant at all", Filter { grants: Vec::new(), ..filter(&[]) }, &[]),
    ] {
        let mut expected: Vec<ChunkId> = expected.iter().map(|name| chunk_id(name)).collect();
        expected.sort();
        assert_eq!(found(&index, "stage", Language::Fr, &filter).await, expected, "{what}");
        let narrow = index.search("stage", Language::Fr, &filter, 1).await.expect("searches");
        assert_eq!(narrow.len(), expected.len().min(1), "{what}: a filter applied afterwards would lose hits");
    }
}

#[tokio::test]
async fn writing_again_replaces_and_deleting_removes() {
    let folder = tempfile::tempdir().expect("a folder");
    let index = index_of(folder.path(), &[entry("a", "ancien texte", Language::Fr)]).await;
    index.upsert(&[entry("a", "nouveau texte", Language::Fr)]).await.expect("writes");
    assert_eq!(found(&index, "ancien", Language::Fr, &filter(&[])).await.len(), 1, "nothing is seen before the flush");
    index.flush().await.expect("flushes");
    assert!(found(&index, "ancien", Language::Fr, &filter(&[])).await.is_empty());
    assert_eq!(index.count().await.expect("counts"), 1);
    drop(index);

    let index = TantivyIndex::open(folder.path()).expect("opens again");
    assert_eq!(found(&index, "nouveau", Language::Fr, &filter(&[])).await, [chunk_id("a")]);
    index.delete(&[chunk_id("a"), chunk_id("unknown")]).await.expect("deletes");
    index.flush().await.expect("flushes");
    assert_eq!(index.count().await.expect("counts"), 0);
}

#[tokio::test]
async fn terms_are_weighed_by_how_rare_they_are_in_their_language() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = [
        entry("a", "stage obligatoire", Language::Fr),
        entry("b", "stage facultatif", Language::Fr),
        entry("c", "a stage for the play", Language::En),
    ];
    let index = index_of(folder.path(), &entries).await;
    let weighed = index.weigh("Le stage est-il obligatoire et stage payé ?", Language::Fr, Language::Fr).await;
    let weighed = weighed.expect("weighs");
    assert_eq!(weighed.documents, 2);
    let found: Vec<(&str, u64)> = weighed.terms.iter().map(|term| (term.term.as_str(), term.found)).collect();
    assert_eq!(found, [("stag", 2), ("obligatoir", 1), ("pai", 0)]);
    assert!(weighed.terms.is_sorted_by(|a, b| a.idf < b.idf));
}

#[tokio::test]
async fn what_is_not_ours_or_is_damaged_is_corrupt() {
    let make = |damage: &'static dyn Fn(&Path)| async move {
        let folder = tempfile::tempdir().expect("a folder");
        drop(index_of(folder.path(), &[entry("a", "texte", Language::Fr)]).await);
        damage(folder.path());
        folder
    };
    let cut_short: &dyn Fn(&Path) = &|folder| {
        for file in fs::read_dir(folder).expect("files").flatten() {
            if file.path().extension().is_some_and(|extension| extension == "idx") {
                fs::write(file.path(), "x").expect("writes");
            }
        }
    };
    let foreign: &dyn Fn(&Path) = &|folder| fs::remove_file(folder.join("guichet-format")).expect("is there");
    let older: &dyn Fn(&Path) = &|folder| fs::write(folder.join("guichet-format"), "0").expect("writes");
    let headless: &dyn Fn(&Path) = &|folder| fs::write(folder.join("meta.json"), "{").expect("writes");
    for damage in [cut_short, foreign, older, headless] {
        let folder = make(damage).await;
        assert!(matches!(TantivyIndex::open(folder.path()), Err(Error::Corrupt { .. })));
    }
}
