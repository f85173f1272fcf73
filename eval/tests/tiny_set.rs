//! The harness from end to end, on a set small enough to read, with an embedder that needs no model.

use std::{path::PathBuf, sync::Arc};

use eval::{
    Parts,
    abstention::{self, Situation},
    beir::Set,
    corpus::Corpus,
    retrieval::{self, tuning::leave_one_out},
};
use inference::scripted::ScriptedEmbedder;
use models::{FixedClock, Scope, TenantId};
use rag::{Indexes, Mode, Profile, SearchRequest, VectorIndex, edge::EdgeIndex, words::TantivyIndex};
use store::Store;

const DIMENSIONS: usize = 64;

fn tiny() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

async fn parts(vectors: bool) -> (Parts, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = Parts {
        embedder: vectors.then(|| ScriptedEmbedder::service(DIMENSIONS)),
        indexes: Arc::new(|folder, dimensions| {
            let words = TantivyIndex::open(&folder.join("words"))?;
            let vectors =
                dimensions.map(|dimensions| EdgeIndex::open(&folder.join("vectors"), dimensions)).transpose()?;
            Ok(Indexes {
                words: Arc::new(words),
                vectors: vectors.map(|index| Arc::new(index) as Arc<dyn VectorIndex>),
            })
        }),
        clock: Arc::new(FixedClock("2026-11-20T08:00:00Z".parse().expect("an instant"))),
        vectors: Store::open(folder.path()).await.expect("opens"),
        progress: Arc::new(|_, _, _| {}),
    };
    (parts, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn all_modes_are_judged_and_compared() {
    let (parts, _folder) = parts(true).await;
    let measured = retrieval::measure(&[tiny(), tiny()], &parts).await.expect("measures");
    assert_eq!((measured[0].questions.len(), measured[0].documents), (10, 10));
    let report = retrieval::report(&measured, &[Mode::Hybrid], &parts);
    let set = &report.sets[0];
    assert_eq!(set.modes.keys().collect::<Vec<_>>(), ["dense", "hybrid", "lexical"]);
    for (mode, report) in &set.modes {
        assert!(report.metrics.ndcg_at_10 > 0.6, "{mode}: {:?}", report.metrics);
        assert!(report.metrics.recall_at_5 <= report.metrics.recall_at_10);
    }
    assert!(set.better_single.is_some() && set.hybrid_gain.is_some());
    assert!((report.macro_average.modes["hybrid"].ndcg_at_10 - set.modes["hybrid"].metrics.ndcg_at_10).abs() < 1e-9);
    assert!(report.table().contains("macro average"), "{}", report.table());

    let tuned = leave_one_out(&measured, &|_, _| {}).expect("two sets");
    assert_eq!(tuned.sets.len(), 2);
    assert!(tuned.held_out <= tuned.in_sample + 1e-9, "{}", tuned.table());

    let dump = measured[0].dump().next().expect("a question");
    let line = serde_json::to_value(&dump).expect("serialises");
    assert_eq!((&line["set"], &line["query"]), (&"tiny".into(), &"q-hours".into()));
    assert!(line["lexical"][0][0].is_string() && line["dense"][0][2].is_number(), "{line}");
}

/// The reports rank what both indexes found by themselves; the product must show the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_judged_ranking_is_what_a_search_shows() {
    let (parts, folder) = parts(true).await;
    let set = Set::read(&tiny()).expect("reads");
    let documents: Vec<_> = set.documents.iter().collect();
    let corpus = Corpus::build("tiny", &documents, &folder.path().join("corpus"), &parts).await.expect("builds");
    let scope = Scope::new(TenantId::default(), "test", Vec::new(), jiff::civil::date(2026, 11, 20));
    let measured = retrieval::measure(&[tiny()], &parts).await.expect("measures");
    let fusion = Profile::default().fusion;
    for question in &measured[0].questions {
        for mode in Mode::ALL {
            let site = question.query.metadata.site.as_deref();
            let collections = site.map(|site| eval::corpus::shelf(Some(site))).into_iter().collect();
            let request = SearchRequest { mode, collections, ..SearchRequest::new(question.query.text.clone()) };
            let shown = corpus.retriever.search(&scope, &request).await.expect("searches");
            let shown: Vec<&str> = shown.passages.iter().map(|passage| passage.origin.as_str()).collect();
            assert_eq!(question.ranking(mode, &fusion), shown, "{mode:?} {}", question.query.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_embedder_words_are_measured() {
    let (parts, _folder) = parts(false).await;
    let measured = retrieval::measure(&[tiny()], &parts).await.expect("measures");
    let report = retrieval::report(&measured, &Mode::ALL, &parts);
    assert_eq!(report.sets[0].modes.keys().collect::<Vec<_>>(), ["lexical"]);
    assert!(report.sets[0].modes["lexical"].metrics.ndcg_at_10 > 0.8, "{}", report.table());
    assert_eq!(report.embedder, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn abstention_is_measured_in_both_situations() {
    let (parts, _folder) = parts(true).await;
    let (cases, seconds) = abstention::measure(&[tiny()], 100, &parts).await.expect("measures");
    let on_topic: Vec<_> = cases.iter().filter(|case| case.situation == Situation::OnTopic).collect();
    assert_eq!(on_topic.iter().filter(|case| case.answerable).count(), 10);
    assert_eq!(on_topic.iter().filter(|case| !case.answerable).count(), 2);
    let removed = |answerable: bool| {
        cases.iter().filter(|case| case.situation == Situation::GoldRemoved && case.answerable == answerable).count()
    };
    assert_eq!(removed(true), removed(false), "each question is asked with its documents and without");
    let report = abstention::Report::new(&cases, None, seconds);
    assert_eq!(report.rows.len(), 2);
    assert!(report.table().contains("gold removed"), "{}", report.table());
}
