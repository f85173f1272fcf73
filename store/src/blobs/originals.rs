//! The original files of documents, which parsers open by their path.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use models::{DocumentId, TenantId};
use sha2::{Digest, Sha256};

use crate::{Error, Result, Store};

/// The SHA-256 of `bytes` in lower-case hex.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// `bytes` in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

impl Store {
    /// Keeps the bytes durably and gives their name. What is there already is not written again.
    pub async fn put_blob(&self, bytes: &[u8]) -> Result<String> {
        let hash = sha256_hex(bytes);
        let path = self.blob_path(&hash);
        let known = fs::metadata(&path).is_ok_and(|file| file.len() == bytes.len() as u64);
        if !known {
            let (target, bytes) = (path.clone(), bytes.to_vec());
            let written = tokio::task::spawn_blocking(move || write_durably(&target, &bytes)).await;
            written.map_err(io::Error::other).and_then(|written| written).map_err(Error::file(&path))?;
        }
        Ok(hash)
    }

    /// Copies a file, hashing what is copied, so that name and bytes agree even while somebody writes to it.
    /// Returns the name and the size in bytes; more than `limit` bytes are refused with `None`.
    pub async fn put_file(&self, path: &Path, limit: u64) -> Result<Option<(String, u64)>> {
        let (blobs, source) = (self.inner.folder.join("blobs"), path.to_owned());
        let copied = tokio::task::spawn_blocking(move || copy_durably(&source, &blobs, limit)).await;
        copied.map_err(io::Error::other).and_then(|copied| copied).map_err(Error::file(path))
    }

    /// Where the bytes named `hash` are, if they are there.
    #[must_use]
    pub fn blob_path(&self, hash: &str) -> PathBuf {
        self.inner.folder.join("blobs").join(hash.get(..2).unwrap_or("00")).join(hash)
    }

    /// The original file of the searchable version; before there is one, the file as registered.
    pub async fn file(&self, tenant: &TenantId, id: DocumentId) -> Result<PathBuf> {
        let hash: Option<String> = sqlx::query_scalar(
            "SELECT coalesce(v.blob, d.blob) FROM documents d
             LEFT JOIN versions v ON v.document = d.id AND v.version = d.version
             WHERE d.tenant = ?1 AND d.id = ?2",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .fetch_optional(self.readers())
        .await?;
        hash.map(|hash| self.blob_path(&hash)).ok_or_else(|| Error::missing("document", &id))
    }

    /// Removes files that no document and no other record refers to any more. Takes the write lock, so that nobody registers one meanwhile.
    pub(crate) async fn drop_unused_blobs(&self, hashes: impl IntoIterator<Item = String>) -> Result<()> {
        let mut tx = self.write().await?;
        for hash in hashes {
            let used: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM documents WHERE blob = ?1)
                     OR EXISTS (SELECT 1 FROM versions WHERE blob = ?1)
                     OR EXISTS (SELECT 1 FROM blob_references WHERE blob = ?1)",
            )
            .bind(&hash)
            .fetch_one(&mut *tx)
            .await?;
            if !used && let Err(error) = fs::remove_file(self.blob_path(&hash)) {
                // Harmless: the next start looks again.
                tracing::debug!(%hash, %error, "a file nobody needs stays");
            }
        }
        tx.rollback().await?;
        Ok(())
    }

    /// The names of all files. Removes what a crash left unfinished, so only while nobody writes.
    pub(crate) fn stored_blobs(&self) -> Vec<String> {
        let list = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut names = Vec::new();
        for shelf in list(&self.inner.folder.join("blobs")) {
            for path in if shelf.is_dir() { list(&shelf).collect() } else { vec![shelf] } {
                if path.extension().is_some_and(|extension| extension == "part") {
                    let _ = fs::remove_file(path);
                } else if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }
}

/// A crash leaves the whole file under its name, or nothing.
fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let shelf = shelf_of(path)?;
    let unfinished = unfinished(shelf);
    let written = fs::File::create(&unfinished)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    fs::File::open(shelf)?.sync_all()
}

fn copy_durably(source: &Path, blobs: &Path, limit: u64) -> io::Result<Option<(String, u64)>> {
    let unfinished = unfinished(blobs);
    let copied = copy_hashing(source, &unfinished, limit).and_then(|copied| {
        if let Some((hash, _)) = &copied {
            let path = blobs.join(&hash[..2]).join(hash);
            let shelf = shelf_of(&path)?;
            fs::rename(&unfinished, &path)?;
            fs::File::open(shelf)?.sync_all()?;
        }
        Ok(copied)
    });
    if !matches!(copied, Ok(Some(_))) {
        let _ = fs::remove_file(&unfinished);
    }
    copied
}

fn copy_hashing(source: &Path, target: &Path, limit: u64) -> io::Result<Option<(String, u64)>> {
    let (mut source, mut target) = (fs::File::open(source)?, fs::File::create(target)?);
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 256 << 10]);
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > limit {
            return Ok(None);
        }
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read])?;
    }
    target.sync_all()?;
    Ok(Some((hex(&hash.finalize()), size)))
}

/// The folder of a blob, which is there and stays there after this.
fn shelf_of(path: &Path) -> io::Result<&Path> {
    let shelf = path.parent().unwrap_or(Path::new("."));
    if !shelf.is_dir() {
        fs::create_dir_all(shelf)?;
        if let Some(folder) = shelf.parent() {
            fs::File::open(folder)?.sync_all()?;
        }
    }
    Ok(shelf)
}

/// A name that no other write of this process uses; the next start removes what a crash left.
fn unfinished(folder: &Path) -> PathBuf {
    static UNIQUE: AtomicU64 = AtomicU64::new(0);
    folder.join(format!("{}.part", UNIQUE.fetch_add(1, Ordering::Relaxed)))
}
