//! One process works on a data folder at a time. It holds a lock; a server also writes into it how to reach it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

const NAME: &str = "guichet.lock";
/// How long a command waits for another one that is not a server.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who holds the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Holder {
    pub pid: u32,
    /// The sub-command, for messages.
    pub command: String,
    /// A server's address and token; both or none.
    pub server: Option<ServerDoor>,
}

/// How to reach a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ServerDoor {
    /// `http://127.0.0.1:8080`
    pub address: String,
    pub token: String,
}

/// The lock; dropping it, or the end of the process in any way, opens the folder for others.
#[derive(Debug)]
pub struct DataLock {
    file: File,
}

/// Whose the folder is.
#[derive(Debug)]
pub enum Claimed {
    Ours(DataLock),
    Server(ServerDoor),
}

impl DataLock {
    /// Takes the folder, or finds the server that has it. Waits for another command to end.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or written, or another command keeps it for too long.
    pub fn claim(data: &Path, command: &str) -> Outcome<Claimed> {
        std::fs::create_dir_all(data).map_err(|error| unusable(data, &error))?;
        let started = Instant::now();
        let mut told = false;
        loop {
            let mut file = open(&data.join(NAME)).map_err(|error| unusable(data, &error))?;
            match file.try_lock() {
                Ok(()) => {
                    let mut lock = Self { file };
                    lock.write(&Holder { pid: std::process::id(), command: command.to_owned(), server: None })
                        .map_err(|error| unusable(data, &error))?;
                    return Ok(Claimed::Ours(lock));
                }
                Err(TryLockError::Error(error)) => return Err(unusable(data, &error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = read(&mut file);
            if let Some(door) = holder.as_ref().and_then(|holder| holder.server.clone()) {
                return Ok(Claimed::Server(door));
            }
            if started.elapsed() > PATIENCE {
                return Err(busy(data, holder.as_ref()));
            }
            if !told && started.elapsed() > Duration::from_secs(1) {
                told = true;
                eprintln!("waiting: {}", described(holder.as_ref()));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Tells other commands how to reach this server.
    ///
    /// # Errors
    ///
    /// When the lock file cannot be written.
    pub fn announce(&mut self, data: &Path, door: ServerDoor) -> Outcome {
        self.write(&Holder { pid: std::process::id(), command: "serve".to_owned(), server: Some(door) })
            .map_err(|error| unusable(data, &error))
    }

    fn write(&mut self, holder: &Holder) -> std::io::Result<()> {
        let text = serde_json::to_vec(holder)?;
        self.file.rewind()?;
        self.file.set_len(0)?;
        self.file.write_all(&text)?;
        self.file.flush()
    }
}

impl Drop for DataLock {
    fn drop(&mut self) {
        // An empty file says nothing about a process that is gone.
        let _ = self.file.set_len(0);
    }
}

/// Readable by the owner only: it holds the token.
fn open(path: &PathBuf) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// `None` while the holder is just writing it.
fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn described(holder: Option<&Holder>) -> String {
    match holder {
        Some(holder) => format!("`guichet {}` (process {}) is working on this data folder", holder.command, holder.pid),
        None => "another guichet is working on this data folder".to_owned(),
    }
}

fn busy(data: &Path, holder: Option<&Holder>) -> Failure {
    Failure::new(format!("{}: {}", data.display(), described(holder)))
        .hint("wait until it has ended, or use another folder with --data; beside `guichet serve` nothing has to wait")
}

fn unusable(data: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("the data folder {} cannot be used: {error}", data.display()))
        .hint("choose a folder that you may write with --data DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_through_its_lock_and_a_dead_one_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let Ok(Claimed::Ours(mut lock)) = DataLock::claim(folder.path(), "serve") else { panic!("the lock is free") };
        let door = ServerDoor { address: "http://127.0.0.1:1".to_owned(), token: "t".repeat(64) };
        lock.announce(folder.path(), door).expect("announces");
        let Ok(Claimed::Server(found)) = DataLock::claim(folder.path(), "ask") else { panic!("a server holds it") };
        assert_eq!(found.address, "http://127.0.0.1:1");
        drop(lock);
        assert!(matches!(DataLock::claim(folder.path(), "ask"), Ok(Claimed::Ours(_))));
    }
}
