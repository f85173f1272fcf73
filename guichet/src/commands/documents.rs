//! `guichet documents`: what was read, and what to do about it.

use crate::{cli::Documents, config::Config, desk::Desk, failure::Outcome, output};

pub async fn run(command: Documents, config: &Config) -> Outcome {
    let desk = Desk::open(config, "documents").await?;
    match command {
        Documents::List { state, collection, json } => {
            let items = desk.documents(state, collection).await?;
            if json { output::print_json(&items) } else { output::print(&output::documents(&items)) }?;
        }
        Documents::Delete { ids } => {
            for id in ids {
                desk.delete(id).await?;
                eprintln!("deleted {id}");
            }
        }
        Documents::Retry { ids } => {
            for id in ids {
                desk.retry(id).await?;
                eprintln!("queued {id}");
            }
            if desk.site().is_none() {
                eprintln!("the next `guichet serve` or `guichet ingest` reads it");
            }
        }
    }
    desk.close().await;
    Ok(())
}
