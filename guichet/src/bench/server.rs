//! A server of our own, in a process of its own: what a user would start.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    failure::{Failure, Outcome},
    lock::{Holder, ServerDoor},
};

/// Longer than any start should take, a rebuilt index included.
const PATIENCE: Duration = Duration::from_mins(5);

pub struct Server {
    child: Child,
    http: reqwest::Client,
    door: ServerDoor,
    /// From the start of the process to its first answer that it is ready.
    pub ready_seconds: f64,
}

impl Server {
    /// Starts it on a data folder, at a free port. A folder that was filled without vectors must be served
    /// `words_only`: otherwise the server embeds everything first.
    ///
    /// # Errors
    ///
    /// When it does not become ready.
    pub async fn start(data: &Path, words_only: bool) -> Outcome<Self> {
        let program =
            std::env::current_exe().map_err(|error| Failure::new(format!("cannot find this program: {error}")))?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| Failure::new(format!("no HTTP client: {error}")))?;
        let started = Instant::now();
        let mut command = Command::new(program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "error", "--data"]).arg(data);
        if words_only {
            command.env("GUICHET_EMBEDDER", "none");
        }
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| Failure::new(format!("cannot start the server: {error}")))?;
        let door = ServerDoor { address: String::new(), token: String::new() };
        let mut server = Self { child, http, door, ready_seconds: 0.0 };
        while !server.is_ready(data).await {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(Failure::new(format!("the server ended ({status}) before it was ready")));
            }
            if started.elapsed() > PATIENCE {
                return Err(Failure::new(format!("the server was not ready after {} s", PATIENCE.as_secs())));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.ready_seconds = started.elapsed().as_secs_f64();
        Ok(server)
    }

    async fn is_ready(&mut self, data: &Path) -> bool {
        let holder = std::fs::read_to_string(data.join("guichet.lock")).unwrap_or_default();
        let holder: Option<Holder> = serde_json::from_str(&holder).ok();
        let Some(door) = holder.filter(|holder| holder.pid == self.child.id()).and_then(|holder| holder.server) else {
            return false;
        };
        self.door = door;
        let ready = self.http.get(format!("{}/health/ready", self.door.address)).send().await;
        ready.is_ok_and(|response| response.status().is_success())
    }

    /// One search over HTTP; milliseconds from sending it to having read the passages.
    pub async fn search(&self, query: &str, mode: &str) -> Outcome<f64> {
        let failed = |error: reqwest::Error| Failure::new(format!("searching over HTTP: {error}"));
        let started = Instant::now();
        let request = self.http.post(format!("{}/api/v1/search", self.door.address)).bearer_auth(&self.door.token);
        let request = request.json(&json!({ "query": query, "mode": mode, "limit": 10 }));
        let response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
        response.bytes().await.map_err(failed)?;
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }

    /// Resident memory in megabytes, where the system tells.
    pub fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kibibytes: f64 = line.trim().trim_end_matches(" kB").trim().parse().ok()?;
        Some(kibibytes * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
