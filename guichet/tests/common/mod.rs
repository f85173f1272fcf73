//! The built program, on folders of its own, without a model.
#![allow(dead_code, reason = "each test program uses its own part of this")]

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A place to work in: `data` for what is stored, `school` for documents.
pub struct Place {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("one JSON document, not {:?}", self.stdout))
    }
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    /// With four documents, one of them for staff only and one in no format that is read.
    pub fn school() -> Self {
        let place = Self::new();
        let absences = "# Absences\n\nStudents may miss at most three classes per term. Every absence must be justified \
                        within 48 hours by a written note.\n";
        place.file("school/absences.md", absences);
        let transport = "# Transport scolaire\n\nLa carte de bus est délivrée au secrétariat, bureau 12. \
                         Elle coûte 45 euros par an.\n";
        place.file("school/transport.md", transport);
        let salaries =
            "---\naudience: [\"role:staff\"]\n---\n# Salaries\n\nTeachers are paid on the 28th of each month.\n";
        place.file("school/salaries.md", salaries);
        place.file("school/picture.xyz", "\u{0}\u{1}\u{2}binary");
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("makes the folder");
        std::fs::write(path, text).expect("writes");
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUICHET_")) {
            command.env_remove(name);
        }
        command
            .args(args)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("GUICHET_EMBEDDER", "none")
            .env("GUICHET_MODELS", self.path("models"))
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        let output = self.command(args).output().expect("the program starts");
        Ended {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Starts a server on a free port, and waits until it says that it is ready.
    pub fn serve(&self, args: &[&str]) -> Server {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(args);
        let mut child = self.command(&all).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut printed = String::new();
        while !printed.contains("Stop:") {
            let line = lines.next().expect("the server prints its address").expect("UTF-8");
            printed.push_str(&line);
            printed.push('\n');
        }
        let address = printed.split_whitespace().find(|word| word.starts_with("http://")).expect("an address");
        let (address, token) = address.split_once("/#token=").expect("a token");
        Server { address: address.to_owned(), token: token.to_owned(), printed: printed.clone(), child }
    }
}

/// A running server; dropping it kills it.
pub struct Server {
    pub address: String,
    pub token: String,
    pub printed: String,
    child: Child,
}

impl Server {
    /// Asks it to stop as a service manager would.
    pub fn stop(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("the server ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn text(path: &Path) -> String {
    path.display().to_string()
}
