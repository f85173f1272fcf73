//! Working on the queue: several documents are read while others are embedded and a batch fills up.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use models::{DocumentId, DocumentState};
use store::Claim;
use tokio::task::{Id, JoinSet};

use super::{Pipeline, batch::Batch, work::Done};
use crate::{
    Error, Result,
    report::{Problem, Progress, Report},
};

/// Documents that are read or embedded at a time: enough to keep parsers and embedder busy, few enough for memory.
const IN_FLIGHT: usize = 16;
/// How often somebody hears of the progress while nothing happens.
const BEAT: Duration = Duration::from_millis(200);

impl Pipeline {
    /// Works until nothing is queued, then reports what became of everything added since the last report.
    ///
    /// # Errors
    /// When the work as a whole cannot go on: a full disk, a failing index, an embedder that stays away. What was
    /// being read is queued again.
    pub async fn run_until_idle(&self, mut on_progress: impl FnMut(Progress) + Send) -> Result<Report> {
        let started = Instant::now();
        let worked = self.work(&mut on_progress).await;
        let report = self.report(started).await;
        worked?;
        report
    }

    pub(super) async fn work(&self, on_progress: &mut (dyn FnMut(Progress) + Send)) -> Result<()> {
        let _running = self.inner.running.lock().await;
        // What an interrupted run has left in the indexes.
        self.settle_all().await?;
        let waiting = self.inner.store.pending_count().await?;
        let mut run = Run {
            pipeline: self,
            jobs: JoinSet::new(),
            claims: HashMap::new(),
            unwritten: Vec::new(),
            batch: Batch::default(),
            alone: false,
            progress: Progress { total: waiting, ..Progress::default() },
        };
        let worked = run.go(on_progress).await;
        let put_away = run.put_away().await;
        worked.and(put_away)?;
        if run.progress.done > 0 && !self.is_halted() && self.inner.store.pending_count().await? == 0 {
            self.inner.store.prune_vectors().await?;
        }
        Ok(())
    }

    async fn report(&self, started: Instant) -> Result<Report> {
        let added = self.take_added();
        let mut report = Report::new();
        report.count("unchanged", added.unchanged);
        for problem in &added.problems {
            if problem.state != "skipped" {
                report.count(&problem.state, 1);
            }
        }
        report.problems = added.problems;
        for id in added.queued {
            let document = match self.inner.store.document(&added.tenant, id).await {
                Ok(document) => document,
                // Deleted while it was read: still one of the files.
                Err(store::Error::NotFound { .. }) => {
                    report.count("stopped", 1);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            report.count(document.state.as_str(), 1);
            if document.state == DocumentState::Indexed {
                report.chunks += u64::from(document.chunks);
            }
            if let Some(reason) = document.reason {
                let state = document.state.as_str().to_owned();
                report.problems.push(Problem { origin: document.origin, state, reason });
            }
        }
        report.problems.sort_by(|a, b| a.origin.cmp(&b.origin));
        // Taking the files in counts, too.
        report.seconds = added.since.unwrap_or(started).elapsed().as_secs_f64();
        Ok(report)
    }
}

struct Run<'a> {
    pipeline: &'a Pipeline,
    jobs: JoinSet<Result<Done>>,
    /// What the jobs work on.
    claims: HashMap<Id, (DocumentId, u32)>,
    /// What is in the batch.
    unwritten: Vec<(DocumentId, u32)>,
    batch: Batch,
    /// What is being read may have crashed the process before: nothing beside it.
    alone: bool,
    progress: Progress,
}

impl Run<'_> {
    async fn go(&mut self, on_progress: &mut (dyn FnMut(Progress) + Send)) -> Result<()> {
        let mut heard = Instant::now();
        on_progress(self.progress);
        loop {
            if self.pipeline.is_halted() {
                self.jobs.shutdown().await;
                self.write().await?;
                return Ok(());
            }
            let full = self.fill().await?;
            if self.jobs.is_empty() {
                if self.batch.is_empty() {
                    return Ok(());
                }
                // Nothing more is coming: no need to wait for company.
                self.write().await?;
                on_progress(self.progress);
                continue;
            }
            tokio::select! {
                Some(done) = self.jobs.join_next_with_id() => self.take(done).await?,
                () = tokio::time::sleep_until(self.batch.deadline()) => self.write().await?,
                () = self.pipeline.inner.news.notified(), if !full => {}
                () = tokio::time::sleep(BEAT) => {}
            }
            if self.batch.is_full() {
                self.write().await?;
            }
            if heard.elapsed() >= BEAT / 2 {
                heard = Instant::now();
                on_progress(self.progress);
            }
        }
    }

    /// Starts what there is room for. Returns whether there is no more room.
    async fn fill(&mut self) -> Result<bool> {
        let room = IN_FLIGHT - self.jobs.len().min(IN_FLIGHT);
        // Claiming costs a transaction, so not for every single one.
        if room < IN_FLIGHT / 2 || (self.alone && room < IN_FLIGHT) {
            return Ok(true);
        }
        let limit = u32::try_from(room).unwrap_or_default();
        let claims = self.pipeline.inner.store.claim(limit, self.pipeline.clock()).await?;
        let full = claims.len() == room;
        self.alone = claims.iter().any(|claim| claim.alone);
        for claim in claims {
            self.start(claim);
        }
        let seen = self.progress.done + (self.jobs.len() + self.unwritten.len()) as u64;
        self.progress.total = self.progress.total.max(seen);
        Ok(full)
    }

    fn start(&mut self, claim: Claim) {
        let (id, version) = (claim.document.id, claim.version);
        let pipeline = self.pipeline.clone();
        let job = self.jobs.spawn(async move { pipeline.read(claim).await });
        self.claims.insert(job.id(), (id, version));
    }

    async fn take(&mut self, done: std::result::Result<(Id, Result<Done>), tokio::task::JoinError>) -> Result<()> {
        let (job, done) = match done {
            Ok(done) => done,
            Err(error) if error.is_panic() => {
                tracing::error!(%error, "reading a document panicked");
                let reason = "Reading the document crashed; the log has the details.".to_owned();
                (error.id(), Ok(Done::Ended { state: DocumentState::Failed, reason }))
            }
            Err(_) => return Err(Error::Panicked),
        };
        // On an error the claim stays listed, to be put away.
        let done = done?;
        let Some((id, version)) = self.claims.remove(&job) else { return Ok(()) };
        match done {
            Done::Ready(ready) => {
                self.unwritten.push((id, version));
                self.batch.push(*ready);
            }
            Done::Ended { state, reason } => {
                let pipeline = self.pipeline;
                pipeline.inner.store.finish(id, version, state, Some(&reason), pipeline.clock()).await?;
                self.progress.done += 1;
            }
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let documents = self.unwritten.len() as u64;
        let written = self.pipeline.write(&mut self.batch).await?;
        self.unwritten.clear();
        self.progress.done += documents;
        self.progress.chunks += written.chunks;
        tracing::debug!(documents = written.documents, chunks = written.chunks, "written");
        Ok(())
    }

    /// Gives back what did not come to its end.
    async fn put_away(&mut self) -> Result<()> {
        self.jobs.shutdown().await;
        let mut claims: Vec<_> = self.claims.drain().map(|(_, claim)| claim).collect();
        claims.append(&mut self.unwritten);
        if claims.is_empty() {
            return Ok(());
        }
        Ok(self.pipeline.inner.store.release(&claims, self.pipeline.clock()).await?)
    }
}
