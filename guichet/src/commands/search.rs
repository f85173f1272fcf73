//! `guichet search`: passages, best first.

use api::SearchBody;
use rag::Mode;

use super::text_or_stdin;
use crate::{
    cli::{Search, SearchMode},
    config::Config,
    desk::Desk,
    failure::Outcome,
    output,
};

pub async fn run(args: Search, config: &Config) -> Outcome {
    let mode = match args.mode {
        SearchMode::Hybrid => Mode::Hybrid,
        SearchMode::Dense => Mode::Dense,
        SearchMode::Lexical => Mode::Lexical,
    };
    let body = SearchBody {
        query: text_or_stdin(args.query)?,
        mode: Some(mode),
        limit: Some(usize::from(args.limit)),
        collections: args.reader.collection,
    };
    let desk = Desk::open(config, "search").await?;
    let found = desk.search(body, &args.reader.grants).await?;
    if found.mode != mode {
        eprintln!("note: there are no vectors here, so words alone were searched; `guichet doctor` says why");
    }
    let printed = if args.reader.json {
        output::print_json(&found)
    } else {
        output::print(&output::passages(&found, desk.site()))
    };
    desk.close().await;
    printed
}
