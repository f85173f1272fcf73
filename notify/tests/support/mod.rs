//! A real SMTP server for tests (aiosmtpd), installed from PyPI into the target folder the first time.

use std::{
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const PACKAGE: &str = "aiosmtpd==1.4.6";
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server; it ends with this value.
pub struct Server {
    pub port: u16,
    /// Dropping it ends the process.
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// `None` after saying that `test` is skipped, where the server cannot be had.
    pub async fn start(test: &str, arguments: &[&str]) -> Option<Self> {
        match packages() {
            Ok(packages) => Some(Self::run(&packages, arguments).await),
            Err(reason) => {
                skip(test, &reason);
                None
            }
        }
    }

    async fn run(packages: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/smtp_server.py"))
            .arg(packages)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("python3 starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let first = timeout(PATIENCE, lines.next_line()).await.expect("a server in time").expect("its output");
        let port = first.expect("a port").parse().expect("a port number");
        Self { port, child, lines }
    }

    /// The next mail that it accepted.
    pub async fn next(&mut self) -> Value {
        let line = timeout(PATIENCE, self.lines.next_line()).await.expect("a mail in time").expect("its output");
        serde_json::from_str(&line.expect("a mail")).expect("JSON")
    }

    /// Ends it, and says what else it had accepted.
    pub async fn stop(mut self) -> Vec<Value> {
        self.child.kill().await.expect("it ends");
        let mut rest = Vec::new();
        while let Some(line) = self.lines.next_line().await.expect("its output") {
            rest.push(serde_json::from_str(&line).expect("JSON"));
        }
        rest
    }
}

/// The folder with the server's package.
fn packages() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aiosmtpd-1.4.6");
    if folder.join("aiosmtpd").is_dir() {
        return Ok(folder);
    }
    // Tests run side by side: each installs into a folder of its own, the first to finish gives its name.
    let own = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).map_err(|error| error.to_string())?;
    let installed = std::process::Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(own.path())
        .arg(PACKAGE)
        .output()
        .map_err(|error| format!("python3 is missing: {error}"))?;
    if !installed.status.success() {
        return Err(format!("{PACKAGE} cannot be installed: {}", String::from_utf8_lossy(&installed.stderr).trim()));
    }
    let own = own.keep();
    if fs::rename(&own, &folder).is_err() {
        fs::remove_dir_all(&own).expect("the second copy goes away");
    }
    Ok(folder)
}

/// A certificate for `localhost` and 127.0.0.1, with its key, in files that the server reads.
pub struct SelfSigned {
    pub pem: Vec<u8>,
    folder: tempfile::TempDir,
}

impl SelfSigned {
    pub fn new() -> Self {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("cert.pem"), made.cert.pem()).expect("written");
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).expect("written");
        Self { pem: made.cert.pem().into_bytes(), folder }
    }

    pub fn files(&self) -> [String; 2] {
        ["cert.pem", "key.pem"].map(|name| self.folder.path().join(name).display().to_string())
    }
}

/// A port of this machine at which nobody listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Says so loudly, and adds a line to the file that `GUICHET_TEST_SKIPS` names, for the summary of the whole run.
fn skip(test: &str, reason: &str) {
    let line = format!("notify: {test}: {reason}");
    eprintln!("SKIPPED {line}");
    if let Some(path) = env::var_os("GUICHET_TEST_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the list of skipped tests can be written");
    }
}
