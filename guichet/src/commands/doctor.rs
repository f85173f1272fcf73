//! `guichet doctor`: what is wrong on this machine, and how to mend it.

use std::path::Path;

use api::Pages as _;
use inference::models::{self, State};
use serde::Serialize;

use crate::{
    cli::Doctor,
    config::Config,
    desk::{Desk, Local},
    failure::{Failure, Outcome},
    output,
    pages::EmbeddedPages,
    wiring,
};

/// Below this much free space something is going to fail soon, in bytes.
const SPACE_NEEDED: u64 = 200 << 20;
const SPACE_WANTED: u64 = 2 << 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Ok,
    /// It works, with less than it could.
    Limited,
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    name: &'static str,
    verdict: Verdict,
    detail: String,
    /// What to do.
    fix: Option<String>,
}

impl Finding {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Ok, detail: detail.into(), fix: None }
    }

    fn limited(name: &'static str, detail: impl Into<String>, fix: &str) -> Self {
        Self { name, verdict: Verdict::Limited, detail: detail.into(), fix: Some(fix.to_owned()) }
    }

    fn broken(name: &'static str, detail: impl Into<String>, fix: &str) -> Self {
        Self { name, verdict: Verdict::Broken, detail: detail.into(), fix: Some(fix.to_owned()) }
    }
}

pub async fn run(args: Doctor, config: &Config) -> Outcome {
    let mut findings = vec![disk(&config.data), pages()];
    findings.extend(installed(config));
    match Desk::open(config, "doctor").await {
        Ok(Desk::Server(client)) => {
            findings
                .push(Finding::ok("server", format!("running at {}; it was asked for its state", client.address())));
            findings.push(match client.status().await {
                Ok(status) => {
                    embedder(status.embedder.map(|it| it.name).ok_or(status.embedder_missing.unwrap_or_default()))
                }
                Err(failure) => Finding::broken("server", failure.to_string(), "stop the server and start it again"),
            });
        }
        Ok(Desk::Local(local)) => {
            findings.extend(folder(config, &local, args.fix).await);
            local.engine.store.close().await;
        }
        Err(failure) => findings.push(Finding::broken(
            "data folder",
            failure.to_string(),
            "correct what the message says; with --data, another folder is used",
        )),
    }
    let broken = findings.iter().filter(|finding| finding.verdict == Verdict::Broken).count();
    if args.json { output::print_json(&findings) } else { output::print(&table(&findings)) }?;
    if broken > 0 { Err(Failure::new(format!("{broken} of {} checks failed", findings.len()))) } else { Ok(()) }
}

fn table(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        use std::fmt::Write as _;
        let verdict = match finding.verdict {
            Verdict::Ok => "ok     ",
            Verdict::Limited => "limited",
            Verdict::Broken => "BROKEN ",
        };
        let _ = writeln!(text, "{verdict}  {:12} {}", finding.name, finding.detail);
        if let Some(fix) = &finding.fix {
            let _ = writeln!(text, "{:23}-> {fix}", "");
        }
        text
    })
}

fn disk(data: &Path) -> Finding {
    // The folder may not be there yet: its nearest ancestor stands on the same disk.
    let absolute = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    let there = absolute.ancestors().find(|path| path.exists()).unwrap_or(data);
    match fs4::available_space(there) {
        Ok(space) if space < SPACE_NEEDED => Finding::broken(
            "disk",
            format!("{} MiB free", space >> 20),
            "free some space on the disk of the data folder",
        ),
        Ok(space) if space < SPACE_WANTED => Finding::limited(
            "disk",
            format!("{} MiB free", space >> 20),
            "large documents may not fit; free some space",
        ),
        Ok(space) => Finding::ok("disk", format!("{} GiB free", space >> 30)),
        Err(error) => Finding::broken("disk", error.to_string(), "check that the data folder's disk is mounted"),
    }
}

fn pages() -> Finding {
    if EmbeddedPages.present() {
        return Finding::ok("pages", "built into this program");
    }
    Finding::limited("pages", "not built into this program", "install Node 20, then `make web` and build again")
}

/// Models and native libraries, file by file.
fn installed(config: &Config) -> Vec<Finding> {
    let folder = wiring::models_folder(config);
    let finding = |status: models::Status| match status.state {
        State::Installed => Some(Finding::ok("models", format!("{}: complete", status.name))),
        State::Damaged { reason } => Some(Finding::broken(
            "models",
            format!("{}: {reason}", status.name),
            "run `guichet models pull` to fetch it again",
        )),
        State::Missing if status.default => Some(Finding::limited(
            "models",
            format!("{} ({}) is not in {}", status.name, status.purpose, folder.display()),
            "run `guichet models pull`",
        )),
        State::Missing => None,
    };
    models::check(&folder).into_iter().filter_map(finding).collect()
}

fn embedder(found: Result<String, String>) -> Finding {
    match found {
        Ok(name) => Finding::ok("embedder", format!("{name} runs")),
        Err(reason) => Finding::limited("embedder", format!("words alone: {reason}"), "run `guichet models pull`"),
    }
}

/// What stands in the data folder, looked at by this process.
async fn folder(config: &Config, local: &Local, fix: bool) -> Vec<Finding> {
    let engine = &local.engine;
    let mut findings = vec![embedder(engine.embedder.as_ref().map(|info| info.name.clone()).map_err(Clone::clone))];
    findings.push(store(local).await);
    findings.push(indexes(config, local, fix).await);
    findings.push(parser(config).await);
    findings
}

async fn store(local: &Local) -> Finding {
    const NAME: &str = "store";
    let mend = "stop everything, copy the data folder away, and restore a backup; or delete it and ingest again";
    let counts = match local.engine.store.counts(&local.tenant, None).await {
        Ok(counts) => counts,
        Err(error) => return Finding::broken(NAME, crate::failure::causes(&error), mend),
    };
    let documents: u64 = counts.documents.values().sum();
    match local.engine.store.integrity().await {
        Ok(faults) if faults.is_empty() => {
            Finding::ok(NAME, format!("{documents} documents, {} chunks, no damage", counts.chunks))
        }
        Ok(faults) => Finding::broken(NAME, faults.join("; "), mend),
        Err(error) => Finding::broken(NAME, crate::failure::causes(&error), mend),
    }
}

/// Opening the engine has brought them in line already, so a difference here is one that came back.
async fn indexes(config: &Config, local: &Local, fix: bool) -> Finding {
    const NAME: &str = "indexes";
    let counted = async {
        let stored = local.engine.store.chunk_count().await.map_err(|error| crate::failure::causes(&error))?;
        let counts = local.indexes.counts().await.map_err(|error| crate::failure::causes(&error))?;
        Ok::<_, String>((stored, counts))
    };
    let detail = match counted.await {
        Ok((stored, counts)) if counts.words == stored && counts.vectors.is_none_or(|vectors| vectors == stored) => {
            let vectors = counts.vectors.map_or("no vectors".to_owned(), |vectors| format!("{vectors} vectors"));
            return Finding::ok(NAME, format!("{} word entries, {vectors}, as stored", counts.words));
        }
        Ok((stored, counts)) => {
            let vectors = counts.vectors.map_or("none".to_owned(), |vectors| vectors.to_string());
            format!("{stored} chunks stored, {} in the word index, {vectors} in the vector index", counts.words)
        }
        Err(error) => error,
    };
    if !fix {
        return Finding::broken(
            NAME,
            detail,
            "run `guichet doctor --fix`: it builds them again from the stored documents",
        );
    }
    match wiring::wipe_indexes(config) {
        Ok(()) => Finding::limited(NAME, detail, "emptied; the next command builds them again"),
        Err(failure) => Finding::broken(NAME, failure.to_string(), "remove the folders `words` and `vectors` yourself"),
    }
}

/// Parses a small file, which shows that worker processes start and answer.
async fn parser(config: &Config) -> Finding {
    const NAME: &str = "parser";
    let mend = "run `guichet doctor --log debug`; if memory is tight, raise `parse_memory_mb`";
    let outcome = async {
        let pool = wiring::parser_pool(config).map_err(|failure| failure.to_string())?;
        let path = config.data.join("doctor.txt");
        std::fs::write(&path, "One sentence.").map_err(|error| error.to_string())?;
        let outcome = pool.parse(&path, "doctor.txt").await;
        let _ = std::fs::remove_file(&path);
        match outcome {
            ingest::Outcome::Parsed(_) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    };
    match outcome.await {
        Ok(()) => Finding::ok(NAME, "worker processes start and answer"),
        Err(reason) => Finding::broken(NAME, reason, mend),
    }
}
