//! `guichet models`: what is on this machine, what can be fetched, whether it works.

use std::{fmt::Write as _, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use inference::models::{self, Outcome as Pull, Progress, Sources, State, Status, Step};

use crate::{
    cli::Models,
    config::Config,
    failure::{Failure, Outcome, causes},
    output, wiring,
};

pub async fn run(command: Models, config: &Config) -> Outcome {
    let folder = wiring::models_folder(config);
    match command {
        Models::List { json } => {
            let all = models::list(&folder);
            if json { output::print_json(&all) } else { output::print(&table(&folder, &all)) }
        }
        Models::Pull { names } => pull(config, &folder, &names).await,
        Models::Check { names } => check(config, &folder, &names).await,
    }
}

fn table(folder: &Path, all: &[Status]) -> String {
    let mut text = format!("in {}\n", folder.display());
    for status in all {
        let state = match &status.state {
            State::Missing if status.default => "missing".to_owned(),
            State::Missing => "not fetched".to_owned(),
            State::Installed => format!("{} MB", status.bytes.div_ceil(1_000_000)),
            State::Damaged { reason } => format!("damaged: {reason}"),
        };
        let _ = writeln!(text, "  {:24} {state:12} {}", status.name, status.purpose);
    }
    text
}

async fn pull(config: &Config, folder: &Path, names: &[String]) -> Outcome {
    let sources = Sources::from_env(|name| match name {
        "GUICHET_PYTHON" => config.python.clone(),
        "GUICHET_MODEL_HUB" => config.model_hub.clone(),
        _ => None,
    });
    let bar = ProgressBar::new(0);
    bar.enable_steady_tick(Duration::from_millis(200));
    let results = models::pull(folder, names, &sources, |progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    let mut failed = Vec::new();
    let mut text = String::new();
    for pulled in results? {
        let _ = match &pulled.result {
            Ok(Pull::Installed) => writeln!(text, "{}: fetched", pulled.name),
            Ok(Pull::AlreadyThere) => writeln!(text, "{}: was there already", pulled.name),
            Err(error) => {
                failed.push(pulled.name);
                writeln!(text, "{}: {}", pulled.name, causes(error))
            }
        };
    }
    output::print(&text)?;
    if failed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!("not fetched: {}", failed.join(", "))).hint(
        "Guichet works without, on words alone or more slowly; run `guichet models pull` again when the network is there",
    ))
}

fn show(bar: &ProgressBar, progress: Progress) {
    let step = match progress.step {
        Step::Locating => "looking for it",
        Step::Downloading => "downloading",
        Step::Unpacking => "unpacking",
        Step::Converting => "writing the ONNX file",
    };
    let template = if progress.total.is_some() {
        "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}"
    } else {
        "{spinner} {msg}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_length(progress.total.unwrap_or_default());
    bar.set_position(progress.done);
    bar.set_message(format!("{}: {step}", progress.entry));
}

/// Compares every file with its checksum, then runs the embedder once.
async fn check(config: &Config, folder: &Path, names: &[String]) -> Outcome {
    let checked = models::check(folder)
        .into_iter()
        .filter(|status| names.is_empty() || names.iter().any(|name| name == status.name));
    let all: Vec<Status> = checked.collect();
    if all.is_empty() {
        return Err(Failure::usage("the catalogue has no model of that name").hint("`guichet models list` shows them"));
    }
    output::print(&table(folder, &all))?;
    let damaged: Vec<&str> =
        all.iter().filter(|status| matches!(status.state, State::Damaged { .. })).map(|status| status.name).collect();
    if !damaged.is_empty() {
        return Err(Failure::new(format!("damaged: {}", damaged.join(", ")))
            .hint("run `guichet models pull` to fetch them again"));
    }
    let service = wiring::open_embedder(config).await.map_err(|reason| {
        Failure::new(format!("there is no embedder: {reason}")).hint("answers then rest on words alone")
    })?;
    let vectors = service.embed(vec!["Bonjour".to_owned()], inference::TextKind::Query).await?;
    let info = service.info();
    let dimensions = vectors.first().map_or(0, Vec::len);
    output::print(&format!("{} ({}) answers with {dimensions} dimensions\n", info.name, info.variant))
}
