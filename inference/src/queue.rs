//! The waiting texts: questions first, passages sorted by length, nothing that nobody waits for.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{Error, QueueLimits, TextKind, batch};

type Sender = oneshot::Sender<Result<Vec<Vec<f32>>, Error>>;

/// One call of `embed`: its vectors as they come, and who waits for them.
struct Request {
    vectors: Vec<Vec<f32>>,
    missing: usize,
    sender: Option<Sender>,
}

type Shared = Arc<Mutex<Request>>;

/// One text of a request.
pub(crate) struct Item {
    request: Shared,
    index: usize,
    pub(crate) text: String,
}

impl Item {
    fn abandoned(&self) -> bool {
        lock(&self.request).sender.as_ref().is_none_or(Sender::is_closed)
    }
}

/// Texts that run together.
pub(crate) struct Batch {
    pub(crate) kind: TextKind,
    pub(crate) items: Vec<Item>,
}

impl Batch {
    /// Hands every vector to its request, and every complete request to its caller.
    pub(crate) fn finish(self, result: Result<Vec<Vec<f32>>, Error>) {
        match result {
            Ok(vectors) => {
                for (item, vector) in self.items.into_iter().zip(vectors) {
                    let mut request = lock(&item.request);
                    request.vectors[item.index] = vector;
                    request.missing -= 1;
                    if request.missing == 0
                        && let Some(sender) = request.sender.take()
                    {
                        // The caller may have left meanwhile; then nobody is there to be told.
                        let _ = sender.send(Ok(std::mem::take(&mut request.vectors)));
                    }
                }
            }
            Err(error) => {
                for item in self.items {
                    if let Some(sender) = lock(&item.request).sender.take() {
                        let _ = sender.send(Err(error.clone()));
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct State {
    queries: VecDeque<Item>,
    passages: VecDeque<Item>,
    /// Batches of passages that are planned already.
    planned: VecDeque<Vec<Item>>,
    /// Passages whose tokens are being counted.
    planning: usize,
    closed: bool,
}

impl State {
    fn waiting_passages(&self) -> usize {
        self.passages.len() + self.planning + self.planned.iter().map(Vec::len).sum::<usize>()
    }

    fn forget_abandoned(&mut self) {
        self.queries.retain(|item| !item.abandoned());
        self.passages.retain(|item| !item.abandoned());
        self.planned.iter_mut().for_each(|batch| batch.retain(|item| !item.abandoned()));
        self.planned.retain(|batch| !batch.is_empty());
    }
}

pub(crate) struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
    changed: Condvar,
}

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::default(), changed: Condvar::new() }
    }

    pub(crate) fn push(&self, texts: Vec<String>, kind: TextKind, sender: Sender) -> Result<(), Error> {
        let mut state = lock(&self.state);
        let limit = match kind {
            TextKind::Query => self.limits.queries,
            TextKind::Passage => self.limits.passages,
        };
        let waiting = |state: &State| match kind {
            TextKind::Query => state.queries.len(),
            TextKind::Passage => state.waiting_passages(),
        };
        if waiting(&state) + texts.len() > limit {
            state.forget_abandoned();
            let waiting = waiting(&state);
            if waiting > 0 && waiting + texts.len() > limit {
                return Err(Error::Busy { waiting, limit });
            }
        }
        let request = Arc::new(Mutex::new(Request {
            vectors: vec![Vec::new(); texts.len()],
            missing: texts.len(),
            sender: Some(sender),
        }));
        let items =
            texts.into_iter().enumerate().map(|(index, text)| Item { request: Arc::clone(&request), index, text });
        match kind {
            TextKind::Query => state.queries.extend(items),
            TextKind::Passage => state.passages.extend(items),
        }
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Waits for the next batch; `None` once the queue is closed, when nobody can be waiting any more.
    pub(crate) fn next(&self, count: &dyn Fn(&str) -> usize) -> Option<Batch> {
        let mut state = lock(&self.state);
        loop {
            if state.closed {
                return None;
            }
            state.forget_abandoned();
            // Counting tokens takes milliseconds, so it happens with the lock released: nobody waits to be queued.
            if !state.queries.is_empty() {
                let waiting = self.take_window(&mut state.queries);
                drop(state);
                let mut batches = self.plan(waiting, count);
                let items = batches.pop_front().unwrap_or_default();
                // The others go back in front, before later questions and any passage.
                let mut state = lock(&self.state);
                batches.into_iter().flatten().for_each(|item| state.queries.push_front(item));
                return Some(Batch { kind: TextKind::Query, items });
            }
            if let Some(items) = state.planned.pop_front() {
                return Some(Batch { kind: TextKind::Passage, items });
            }
            if state.passages.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                let waiting = self.take_window(&mut state.passages);
                state.planning = waiting.len();
                drop(state);
                let planned = self.plan(waiting, count);
                state = lock(&self.state);
                state.planning = 0;
                state.planned = planned;
            }
        }
    }

    fn take_window(&self, waiting: &mut VecDeque<Item>) -> Vec<Item> {
        let window = waiting.len().min(self.limits.window.max(1));
        waiting.drain(..window).collect()
    }

    fn plan(&self, items: Vec<Item>, count: &dyn Fn(&str) -> usize) -> VecDeque<Vec<Item>> {
        let lengths: Vec<usize> = items.iter().map(|item| count(&item.text)).collect();
        let mut items: Vec<Option<Item>> = items.into_iter().map(Some).collect();
        batch::plan(&lengths, batch::Limits::tokens(self.limits.batch_tokens))
            .into_iter()
            .map(|indices| indices.into_iter().filter_map(|index| items[index].take()).collect())
            .collect()
    }

    pub(crate) fn waiting(&self) -> usize {
        let state = lock(&self.state);
        state.queries.len() + state.waiting_passages()
    }

    /// Ends the worker after the batch it is at.
    pub(crate) fn close(&self) {
        lock(&self.state).closed = true;
        self.changed.notify_all();
    }
}

/// A panic elsewhere leaves these plain lists usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
