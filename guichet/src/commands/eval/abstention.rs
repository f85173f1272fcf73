//! `guichet eval abstention`.

use eval::abstention::{Report, measure};

use super::{Abstention, parts};
use crate::{
    config::{Config, EmbedderChoice},
    failure::Outcome,
    output,
};

pub(super) async fn run(args: Abstention, config: &Config) -> Outcome {
    let wants_vectors = config.embedder != EmbedderChoice::None;
    let (parts, _scratch) = parts::parts(config, args.common.cache.as_ref(), wants_vectors).await?;
    let (cases, seconds) = measure(&args.sets, args.limit, &parts).await?;
    if let Some(file) = &args.dump {
        parts::write_lines(file, &cases)?;
    }
    let embedder = parts.embedder.as_ref().map(|embedder| embedder.info().id.clone());
    let mut report = Report::new(&cases, embedder, seconds);
    report.commit = parts::commit();
    if args.common.json { output::print_json(&report) } else { output::print(&report.table()) }
}
