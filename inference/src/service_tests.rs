//! The queue in front of an embedder, with an embedder that waits for the test.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use super::*;
use crate::scripted::{ScriptedEmbedder, tokenizer};

/// Runs one batch for every token that the test sends, and notes what it ran.
struct Stepped {
    inner: ScriptedEmbedder,
    go: Receiver<Step>,
    ran: Arc<Mutex<Vec<Vec<String>>>>,
    begun: Sender<()>,
}

enum Step {
    Run,
    Fail,
    Panic,
}

impl Embedder for Stepped {
    fn info(&self) -> &ModelInfo {
        self.inner.info()
    }

    fn embed(&mut self, texts: &[&str], kind: TextKind) -> Result<Vec<Vec<f32>>, Error> {
        let batch = texts.iter().map(|text| (*text).to_owned()).collect();
        self.ran.lock().unwrap_or_else(PoisonError::into_inner).push(batch);
        let _ = self.begun.send(());
        match self.go.recv() {
            Ok(Step::Panic) => panic!("as the test wants"),
            Ok(Step::Fail) => Err(Error::Model { what: "as the test wants".to_owned() }),
            _ => self.inner.embed(texts, kind),
        }
    }
}

struct Bench {
    service: EmbedService,
    go: Sender<Step>,
    ran: Arc<Mutex<Vec<Vec<String>>>>,
    begun: Receiver<()>,
}

fn bench(limits: QueueLimits) -> Bench {
    let ((go, wait), (begins, started)) = (channel(), channel());
    let ran = Arc::new(Mutex::new(Vec::new()));
    let inner = ScriptedEmbedder::new(16);
    let embedder = Stepped { inner, go: wait, ran: Arc::clone(&ran), begun: begins };
    let service = EmbedService::start(Box::new(embedder), Arc::new(tokenizer()), limits);
    Bench { service, go, ran, begun: started }
}

impl Bench {
    fn call(&self, texts: &[&str], kind: TextKind) -> tokio::task::JoinHandle<Result<Vec<Vec<f32>>, Error>> {
        let (service, texts) = (self.service.clone(), texts.iter().map(|text| (*text).to_owned()).collect());
        tokio::spawn(async move { service.embed(texts, kind).await })
    }

    async fn waiting(&self, count: usize) {
        for _ in 0..500 {
            if self.service.waiting() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("{} texts wait, not {count}", self.service.waiting());
    }

    /// Waits until the embedder is inside a batch.
    fn busy(&self) {
        self.begun.recv_timeout(Duration::from_secs(5)).expect("a batch begins");
    }

    fn run(&self) {
        self.go.send(Step::Run).expect("the embedder is there");
    }

    fn batches(&self) -> Vec<Vec<String>> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vectors_come_back_in_the_callers_order_whatever_the_batches() {
    let limits = QueueLimits { batch_tokens: 12, window: 7, ..QueueLimits::default() };
    let embedder = ScriptedEmbedder::new(16);
    let service = EmbedService::start(Box::new(embedder.clone()), Arc::new(tokenizer()), limits);
    let texts: Vec<String> = (0..60).map(|n| vec![format!("mot{n}"); n * 5 % 11].join(" ")).collect();
    let (first, second) = tokio::join!(
        service.embed(texts.clone(), TextKind::Passage),
        service.embed(texts.iter().rev().cloned().collect(), TextKind::Query),
    );
    let expected: Vec<Vec<f32>> = texts.iter().map(|text| embedder.vector(text)).collect();
    assert_eq!(first.expect("passages"), expected);
    assert_eq!(second.expect("queries"), expected.into_iter().rev().collect::<Vec<_>>());
    assert!(service.embed(Vec::new(), TextKind::Query).await.expect("nothing").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_like_length_run_together_within_the_budget() {
    let bench = bench(QueueLimits { batch_tokens: 8, ..QueueLimits::default() });
    let warm = bench.call(&["warm"], TextKind::Passage);
    bench.busy();
    let call = bench.call(&["a", "a b c d", "b", "e f g h", "c", "d"], TextKind::Passage);
    bench.waiting(6).await;
    for _ in 0..3 {
        bench.run();
    }
    call.await.expect("joins").expect("runs");
    warm.await.expect("joins").expect("runs");
    assert_eq!(bench.batches()[1..], [vec!["a b c d", "e f g h"], vec!["a", "b", "c", "d"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_goes_before_waiting_passages() {
    let bench = bench(QueueLimits { batch_tokens: 1, ..QueueLimits::default() });
    let passages = bench.call(&["p", "q", "r"], TextKind::Passage);
    bench.busy();
    let question = bench.call(&["question"], TextKind::Query);
    bench.waiting(3).await;
    bench.run();
    bench.run();
    question.await.expect("joins").expect("runs");
    assert_eq!(bench.batches()[1], ["question"]);
    bench.run();
    bench.run();
    assert_eq!(passages.await.expect("joins").expect("runs").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_refuses_and_recovers() {
    let bench = bench(QueueLimits { passages: 4, queries: 1, batch_tokens: 1, ..QueueLimits::default() });
    let running = bench.call(&["x"], TextKind::Passage);
    bench.busy();
    let waiting = bench.call(&["a", "b", "c"], TextKind::Passage);
    bench.waiting(3).await;
    let refused = bench.call(&["d", "e"], TextKind::Passage).await.expect("joins");
    assert!(matches!(refused, Err(Error::Busy { waiting: 3, limit: 4 })), "{refused:?}");
    let question = bench.call(&["q"], TextKind::Query);
    bench.waiting(4).await;
    let refused = bench.call(&["r"], TextKind::Query).await.expect("joins");
    assert!(matches!(refused, Err(Error::Busy { .. })), "passages do not take the questions' places: {refused:?}");
    for _ in 0..5 {
        bench.run();
    }
    for call in [running, waiting, question] {
        call.await.expect("joins").expect("runs");
    }
    let call = bench.call(&["a", "b", "c", "d", "e", "f"], TextKind::Passage);
    for _ in 0..6 {
        bench.run();
    }
    assert_eq!(call.await.expect("joins").expect("one large request is taken when nothing waits").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_not_run() {
    let bench = bench(QueueLimits { batch_tokens: 1, ..QueueLimits::default() });
    let running = bench.call(&["x"], TextKind::Passage);
    bench.busy();
    let abandoned = bench.call(&["a", "b", "c"], TextKind::Passage);
    bench.waiting(3).await;
    abandoned.abort();
    let _ = abandoned.await;
    let kept = bench.call(&["k"], TextKind::Passage);
    bench.waiting(4).await;
    bench.run();
    bench.run();
    running.await.expect("joins").expect("runs");
    kept.await.expect("joins").expect("runs");
    assert_eq!(bench.batches(), [["x"], ["k"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_and_a_panic_reach_the_caller_and_the_next_batch_runs() {
    let bench = bench(QueueLimits::default());
    bench.go.send(Step::Fail).expect("there");
    let failed = bench.call(&["a"], TextKind::Query).await.expect("joins");
    assert!(matches!(failed, Err(Error::Model { .. })), "{failed:?}");
    bench.go.send(Step::Panic).expect("there");
    let panicked = bench.call(&["b"], TextKind::Query).await.expect("joins");
    assert!(matches!(panicked, Err(Error::Panicked)), "{panicked:?}");
    bench.run();
    bench.call(&["c"], TextKind::Query).await.expect("joins").expect("goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_thread_ends_with_the_last_handle() {
    let bench = bench(QueueLimits::default());
    let Bench { service, go, .. } = bench;
    drop(service);
    for _ in 0..500 {
        // The embedder is dropped with its thread, and the receiver with it.
        if go.send(Step::Run).is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("the thread is still there");
}
