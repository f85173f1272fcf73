//! The command `guichet`: configuration, wiring, sub-commands, the embedded pages.

mod bench;
mod cli;
mod client;
mod commands;
mod config;
mod desk;
mod failure;
mod lock;
mod logging;
mod output;
mod pages;
mod uploads;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command};
use config::Config;
use failure::{Failure, Outcome};

fn main() -> ExitCode {
    let cli = Cli::parse();
    // A parser runs under tight limits of memory: no runtime, no configuration.
    if matches!(cli.command, Command::ParseWorker) {
        return ingest::worker::run();
    }
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn run(cli: Cli) -> Outcome {
    if matches!(cli.command, Command::Openapi) {
        return output::print_json(&api::openapi());
    }
    let config = Config::load(&cli.global)?;
    let level = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    logging::start(config.log.as_deref(), level)?;
    for name in config::unknown_variables() {
        tracing::warn!("the variable {name} is no setting of Guichet; is it misspelt?");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the system gives no threads: {error}")))?;
    let outcome = runtime.block_on(dispatch(cli.command, config));
    // What still runs in the background (a model, an index) must not keep the process from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    outcome
}

async fn dispatch(command: Command, config: Config) -> Outcome {
    match command {
        Command::Serve(args) => commands::serve::run(args, config).await,
        Command::Ingest(args) => commands::ingest::run(args, &config).await,
        Command::Search(args) => commands::search::run(args, &config).await,
        Command::Ask(args) => commands::ask::run(args, &config).await,
        Command::Documents(command) => commands::documents::run(command, &config).await,
        Command::Models(command) => commands::models::run(command, &config).await,
        Command::Doctor(args) => commands::doctor::run(args, &config).await,
        Command::Eval(args) => commands::eval::run(args, &config).await,
        Command::Bench(args) => bench::run(args, &config).await,
        // Both ended in `main`, before there was a runtime.
        Command::Openapi | Command::ParseWorker => Ok(()),
    }
}
