//! `guichet eval retrieval`.

use eval::retrieval::{Measured, measure, report, tuning::leave_one_out};
use rag::Mode;
use serde::Serialize;

use super::{ModeChoice, Retrieval, parts};
use crate::{
    config::Config,
    failure::{Failure, Outcome},
    output,
};

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    report: eval::retrieval::Report,
    /// What tuning gives on a set that it has not seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    leave_one_set_out: Option<eval::retrieval::tuning::LeaveOneOut>,
}

pub(super) async fn run(args: Retrieval, config: &Config) -> Outcome {
    let modes: &[Mode] = match args.mode {
        ModeChoice::Hybrid => &[Mode::Hybrid],
        ModeChoice::Dense => &[Mode::Dense],
        ModeChoice::Lexical => &[Mode::Lexical],
        ModeChoice::All => &Mode::ALL,
    };
    if args.loso && (args.sets.len() < 2 || args.mode == ModeChoice::Lexical) {
        return Err(Failure::usage("leaving one set out needs at least two sets, and both indexes")
            .hint("name more folders, and leave `--mode` out"));
    }
    let (parts, _scratch) = parts::parts(config, args.common.cache.as_ref(), args.mode != ModeChoice::Lexical).await?;
    let measured = measure(&args.sets, &parts).await?;
    if let Some(file) = &args.dump {
        parts::write_lines(file, measured.iter().flat_map(Measured::dump))?;
    }
    let mut report = report(&measured, modes, &parts);
    report.commit = parts::commit();
    let tell = |done, total| (parts.progress)("tuning without one set", done, total);
    let leave_one_set_out = if args.loso { leave_one_out(&measured, &tell) } else { None };
    if args.common.json {
        return output::print_json(&Document { report, leave_one_set_out });
    }
    let tuning = leave_one_set_out.map(|tuning| format!("\n{}", tuning.table())).unwrap_or_default();
    output::print(&format!("{}{tuning}", report.table()))
}
