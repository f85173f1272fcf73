//! `guichet eval golden`.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use eval::golden::{Case, Question, Report, forbidden, judge, read};
use jiff::tz::TimeZone;
use models::{Answer, Clock, FixedClock, Grant, Scope, SystemClock, TenantId};
use rag::{AskRequest, Assistant, answer::FEATURES};
use serde::Serialize;

use super::{Golden, parts};
use crate::{
    config::Config,
    desk::Desk,
    failure::{Failure, Outcome},
    output, wiring,
};

/// Whom the questions are put to.
enum Asked {
    /// The data folder, or its server.
    Desk(Box<Desk>),
    /// A folder made for this run.
    Fresh(Box<Fresh>),
}

/// A question with what the confidence model sees, and the answer that would be given if it were not asked.
#[derive(Serialize)]
struct Frank {
    #[serde(flatten)]
    case: Case,
    answerable: bool,
    /// In the order of `rag::answer::Features`; `None` when nothing was found.
    features: Option<[f32; FEATURES]>,
}

struct Fresh {
    engine: Arc<api::Engine>,
    clock: Arc<dyn Clock>,
    _folder: Option<tempfile::TempDir>,
}

pub(super) async fn run(args: Golden, config: &Config) -> Outcome {
    let started = Instant::now();
    let questions = read(&args.file)?;
    let asked = if args.here {
        Asked::Desk(Box::new(Desk::open(config, "eval").await?))
    } else {
        Asked::Fresh(Box::new(fresh(&args, config).await?))
    };
    let progress = parts::progress();
    let forbidden = forbidden(&questions);
    let mut cases: Vec<(bool, Case)> = Vec::with_capacity(questions.len());
    let mut frank = Vec::new();
    for question in &questions {
        let answer = asked.ask(question).await?;
        let forbidden = forbidden.get(question.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        cases.push((question.answerable, judge(question, forbidden, &answer)));
        if let (Asked::Fresh(fresh), true) = (&asked, args.dump.is_some()) {
            frank.push(fresh.ask_frankly(question, forbidden).await?);
        }
        progress("asking", cases.len(), questions.len());
    }
    if let Some(file) = &args.dump {
        parts::write_lines(file, &frank)?;
    }
    let mut report = Report::new(cases, asked.embedder(), started.elapsed().as_secs_f64());
    report.commit = parts::commit();
    let failing = report.failing.len();
    let leaked = report.all.leaked;
    if args.common.json { output::print_json(&report) } else { output::print(&report.table()) }?;
    asked.close().await;
    if leaked > 0 {
        return Err(Failure::new(format!(
            "{leaked} of {failing} failing questions showed what the reader may not see"
        )));
    }
    Ok(())
}

/// Ingests the documents into a folder of their own.
async fn fresh(args: &Golden, config: &Config) -> Outcome<Fresh> {
    let beside = || args.file.parent().unwrap_or_else(|| Path::new(".")).join("documents");
    let documents = args.documents.clone().unwrap_or_else(beside);
    let scratch = tempfile::tempdir().map_err(|error| Failure::new(format!("no temporary folder: {error}")))?;
    let (data, folder): (PathBuf, _) = match &args.common.cache {
        Some(folder) => (folder.join("golden"), None),
        None => (scratch.path().to_owned(), Some(scratch)),
    };
    let clock: Arc<dyn Clock> = match args.as_of {
        None => Arc::new(SystemClock),
        Some(day) => {
            let noon = day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
            Arc::new(FixedClock(noon.map_err(|error| Failure::usage(format!("{day} is no day: {error}")))?.timestamp()))
        }
    };
    let (engine, _) = wiring::open_engine(&Config { data, ..config.clone() }, Arc::clone(&clock)).await?;
    let sources = ingest::source::find(&[documents.display().to_string()])?;
    engine.pipeline.add(sources, &ingest::IngestOptions::default()).await?;
    let progress = parts::progress();
    let tell = |at: ingest::Progress| progress("reading the documents", number(at.done), number(at.total));
    let report = engine.pipeline.run_until_idle(tell).await?;
    for problem in &report.problems {
        eprintln!("{}: {}: {}", problem.origin, problem.state, problem.reason);
    }
    Ok(Fresh { engine, clock, _folder: folder })
}

fn number(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl Asked {
    async fn ask(&self, question: &Question) -> Outcome<Answer> {
        match self {
            Self::Desk(desk) => desk.ask(question.question.clone(), Vec::new(), &question.grants).await,
            Self::Fresh(fresh) => fresh.ask(question.question.clone(), question.grants.clone()).await,
        }
    }

    fn embedder(&self) -> Option<String> {
        match self {
            Self::Desk(desk) => match desk.as_ref() {
                Desk::Local(local) => local.engine.embedder.as_ref().ok().map(|info| info.id.clone()),
                Desk::Server(client) => Some(format!("of {}", client.address())),
            },
            Self::Fresh(fresh) => fresh.engine.embedder.as_ref().ok().map(|info| info.id.clone()),
        }
    }

    async fn close(self) {
        match self {
            Self::Desk(desk) => desk.close().await,
            Self::Fresh(fresh) => fresh.engine.store.close().await,
        }
    }
}

impl Fresh {
    fn scope(&self, grants: Vec<Grant>) -> Scope {
        Scope::new(TenantId::default(), "eval", grants, self.clock.today())
    }

    async fn ask(&self, question: String, grants: Vec<Grant>) -> Outcome<Answer> {
        let request = AskRequest { question, collections: Vec::new() };
        Ok(self.engine.assistant.answer(&self.scope(grants), &request).await?)
    }

    async fn ask_frankly(&self, question: &Question, forbidden: &[&str]) -> Outcome<Frank> {
        let retriever = self.engine.retriever.clone();
        let mut profile = retriever.profile().clone();
        profile.confidence.threshold = 0.0;
        let assistant = Assistant::new(retriever.with_profile(profile));
        let scope = self.scope(question.grants.clone());
        let request = AskRequest { question: question.question.clone(), collections: Vec::new() };
        let features = assistant.examine(&scope, &request).await?.map(|(features, _)| features.values());
        let case = judge(question, forbidden, &assistant.answer(&scope, &request).await?);
        Ok(Frank { case, answerable: question.answerable, features })
    }
}
