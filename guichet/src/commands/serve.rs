//! `guichet serve`: pages, API and worker on one port.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use api::{App, Engine, EngineSlot, LocalToken, Settings};
use models::{Clock, SystemClock, TenantId};
use tokio::net::TcpListener;

use super::{ingest, stop_requested};
use crate::{
    cli::{Given, Serve},
    config::Config,
    failure::{Failure, Outcome},
    lock::{Claimed, DataLock, ServerDoor},
    output,
    pages::EmbeddedPages,
    wiring,
};

/// How long running requests may go on once the server was asked to stop.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(5);

pub async fn run(args: Serve, config: Config) -> Outcome {
    let started = Instant::now();
    let sources = ingest::find(&args.ingest, &Given::default())?;
    let mut lock = match DataLock::claim(&config.data, "serve")? {
        Claimed::Ours(lock) => lock,
        Claimed::Server(door) => {
            return Err(Failure::new(format!("{} is served already, at {}", config.data.display(), door.address))
                .hint("use that one, stop it first, or serve another folder with --data"));
        }
    };
    let (listener, bound) = listen(args.listen.unwrap_or(config.listen)).await?;
    let token = token(&config)?;
    let site = format!("http://{}", reachable(bound));
    lock.announce(&config.data, ServerDoor { address: site.clone(), token: token.reveal().to_owned() })?;

    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (slot, engine_slot) = EngineSlot::empty();
    let settings = Settings { hosts: config.allowed_hosts(bound), ..Settings::default() };
    let app = App::new(engine_slot, token.clone(), Arc::clone(&clock), Arc::new(EmbeddedPages), settings);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let server = tokio::spawn(api::serve(listener, app, asked(stopped)));

    // The port answers from here on; questions wait for the engine.
    let engine = tokio::select! {
        opened = wiring::open_engine(&config, clock) => opened?.0,
        () = stop_requested() => return Ok(()),
    };
    let worker = engine.pipeline.spawn_worker();
    slot.send_replace(Some(Arc::clone(&engine)));
    let banner = banner(&config, &engine, &site, &token, started).await?;
    output::print(&banner)?;
    let ingesting = tokio::spawn(ingest::in_background(Arc::clone(&engine), sources));

    stop_requested().await;
    eprintln!("stopping; Ctrl-C once more ends at once");
    tokio::spawn(async {
        stop_requested().await;
        std::process::exit(130);
    });
    ingesting.abort();
    let _ = stop.send(true);
    let _ = tokio::time::timeout(FAREWELL, server).await;
    worker.stop().await;
    engine.store.close().await;
    drop(lock);
    Ok(())
}

async fn asked(mut stopped: tokio::sync::watch::Receiver<bool>) {
    // A dropped sender means the same.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn listen(address: SocketAddr) -> Outcome<(TcpListener, SocketAddr)> {
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let bound = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, bound))
    };
    bound.await.map_err(|error| {
        Failure::new(format!("cannot listen on {address}: {error}")).hint(
            "another program may have that port: choose one with --listen 127.0.0.1:8081, or a free one with port 0",
        )
    })
}

/// An address of this machine at which a browser on it finds the server.
fn reachable(bound: SocketAddr) -> SocketAddr {
    if !bound.ip().is_unspecified() {
        return bound;
    }
    let loopback = if bound.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
    SocketAddr::new(loopback, bound.port())
}

fn token(config: &Config) -> Outcome<LocalToken> {
    if let Some(token) = &config.token {
        return Ok(LocalToken::chosen(token.reveal()));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(format!("the system gives no random numbers: {error}")))?;
    Ok(LocalToken::from_bytes(bytes))
}

async fn banner(config: &Config, engine: &Engine, site: &str, token: &LocalToken, started: Instant) -> Outcome<String> {
    let counts = engine.store.counts(&TenantId::default(), None).await?;
    let documents: u64 = counts.documents.values().sum();
    let embedder = match &engine.embedder {
        Ok(info) => format!("{} ({}), {} dimensions", info.name, info.variant, info.dimensions),
        Err(reason) => format!("off, answers rest on words alone: {reason}"),
    };
    Ok(format!(
        "Guichet {version} is ready after {seconds:.1} s.\n\n\
         \x20 Ask:     {site}/#token={token}\n\
         \x20 API:     {site}/api/docs\n\
         \x20 Data:    {data} ({documents} documents, {chunks} chunks)\n\
         \x20 Vectors: {embedder}\n\
         \x20 Stop:    Ctrl-C\n\n\
         Who has the address with its token may add and delete documents.\n",
        version = env!("CARGO_PKG_VERSION"),
        seconds = started.elapsed().as_secs_f64(),
        token = token.reveal(),
        data = config.data.display(),
        chunks = counts.chunks,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_address_can_be_opened() {
        for (bound, printed) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:8080", "[::1]:8080"),
            ("192.168.1.5:8080", "192.168.1.5:8080"),
        ] {
            let bound: SocketAddr = bound.parse().expect("an address");
            assert_eq!(reachable(bound).to_string(), printed);
        }
    }
}
