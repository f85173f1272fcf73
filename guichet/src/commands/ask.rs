//! `guichet ask`: an answer with its sources.

use super::text_or_stdin;
use crate::{cli::Ask, config::Config, desk::Desk, failure::Outcome, output};

pub async fn run(args: Ask, config: &Config) -> Outcome {
    let question = text_or_stdin(args.question)?;
    let desk = Desk::open(config, "ask").await?;
    let answer = desk.ask(question, args.reader.collection, &args.reader.grants).await?;
    let printed = if args.reader.json {
        output::print_json(&answer)
    } else {
        output::print(&output::answer(&answer, desk.site()))
    };
    desk.close().await;
    printed
}
