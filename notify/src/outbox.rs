use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;

use crate::{Error, Message, Result, Transport};

/// A folder in which each mail becomes one `.eml` file: for installations without a mail server, and for tests.
///
/// A file appears whole or not at all, readable by its owner alone, named by the mail's moment and id, so that a mail sent
/// twice is one file.
#[derive(Debug, Clone)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// The folder is made when the first mail comes.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

#[async_trait]
impl Transport for Outbox {
    async fn send(&self, message: &Message) -> Result<()> {
        let id = message.id.split('@').next().unwrap_or_default();
        let path = self.folder.join(format!("{}-{id}.eml", message.at.strftime("%Y%m%dT%H%M%SZ")));
        let (target, bytes) = (path.clone(), message.bytes.clone());
        let written = tokio::task::spawn_blocking(move || write_durably(&target, &bytes)).await;
        written
            .map_err(io::Error::other)
            .and_then(|written| written)
            .map_err(|source| Error::Outbox { path: path.clone(), source })
    }
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static UNIQUE: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let number = UNIQUE.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{}-{number}.part", std::process::id()));
    let written = create_private(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    File::open(folder)?.sync_all()
}

/// Mails hold one-time links: nobody else on this machine may read them.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
