//! Large files: resumed where they stopped, checked, and there whole or not at all.

use std::{
    io::SeekFrom,
    path::{Path, PathBuf},
    time::Duration,
};

use reqwest::{
    StatusCode,
    header::{CONTENT_RANGE, HeaderMap, HeaderValue, RANGE},
};
use sha2::{Digest, Sha256};
use tokio::{
    fs::{self, File, OpenOptions},
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt},
};

use crate::{
    Client, Error, Redirects,
    client::{http_error, shown},
};

/// Attempts that bring nothing new before giving up.
const PATIENCE: u32 = 4;
const HOPS: Redirects = Redirects::Checked(5);

impl Client {
    /// Brings `url` to `path`. What an earlier attempt left in `path` + `.part` is continued; the file appears under its
    /// name once its SHA-256 (hex) is right. Without a known checksum it is as good as its source. `on_progress` gets the bytes present and, where known, all of them.
    ///
    /// # Errors
    /// [`Error::Checksum`] when the content is another one (the part is then removed); [`Error::Io`] when the disk
    /// refuses; a transport error after several attempts without progress (the part stays, to be continued).
    pub async fn download(
        &self,
        url: &str,
        sha256: Option<&str>,
        path: &Path,
        mut on_progress: impl FnMut(u64, Option<u64>) + Send,
    ) -> Result<(), Error> {
        if let (Some(expected), Ok(mut file)) = (sha256, File::open(path).await) {
            let mut hash = Sha256::new();
            if digest(&mut file, &mut hash).await.is_ok_and(|_| hex(&hash.finalize()) == expected) {
                return Ok(());
            }
        }
        let mut part = Part::open(path).await?;
        let mut fruitless = 0;
        loop {
            let before = part.bytes;
            match self.continue_part(url, &mut part, &mut on_progress).await {
                Ok(()) => break,
                Err(error) if error.is_transient() => {
                    fruitless = if part.bytes > before { 0 } else { fruitless + 1 };
                    if fruitless >= PATIENCE {
                        return Err(error);
                    }
                    tracing::debug!(%error, bytes = part.bytes, "the download stopped; continuing");
                    tokio::time::sleep(Duration::from_millis(200 << fruitless)).await;
                }
                Err(error) => return Err(error),
            }
        }
        part.finish(url, sha256, path).await
    }

    /// One request for what is missing.
    async fn continue_part(
        &self,
        url: &str,
        part: &mut Part,
        on_progress: &mut (impl FnMut(u64, Option<u64>) + Send),
    ) -> Result<(), Error> {
        let mut headers = HeaderMap::new();
        if part.bytes > 0
            && let Ok(range) = HeaderValue::from_str(&format!("bytes={}-", part.bytes))
        {
            headers.insert(RANGE, range);
        }
        let (url, mut response) = self.open(url, headers, HOPS).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if starts_at(response.headers(), part.bytes) => {}
            // The server has nothing beyond what is here; the checksum will tell whether that is all of it.
            StatusCode::RANGE_NOT_SATISFIABLE if part.bytes > 0 => return Ok(()),
            StatusCode::OK => part.restart().await?,
            status => return Err(Error::Status { url: shown(&url), status: status.as_u16() }),
        }
        let total = response.content_length().map(|rest| part.bytes + rest);
        on_progress(part.bytes, total);
        while let Some(chunk) = response.chunk().await.map_err(|source| http_error(url.as_str(), source))? {
            part.append(&chunk).await?;
            on_progress(part.bytes, total);
        }
        Ok(())
    }
}

fn starts_at(headers: &HeaderMap, offset: u64) -> bool {
    let range = headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {offset}-")))
}

/// The unfinished file, with the hash of what it holds.
struct Part {
    path: PathBuf,
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Part {
    async fn open(target: &Path) -> Result<Self, Error> {
        let path = target.with_added_extension("part");
        let io = |source| Error::Io { path: path.clone(), source };
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).await.map_err(io)?;
        }
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).open(&path).await.map_err(io)?;
        let mut hash = Sha256::new();
        let bytes = digest(&mut file, &mut hash).await.map_err(io)?;
        Ok(Self { path, file, hash, bytes })
    }

    fn io(&self, source: std::io::Error) -> Error {
        Error::Io { path: self.path.clone(), source }
    }

    async fn append(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let written = self.file.write_all(chunk).await;
        written.map_err(|source| self.io(source))?;
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        Ok(())
    }

    async fn restart(&mut self) -> Result<(), Error> {
        let cleared = async {
            self.file.set_len(0).await?;
            self.file.seek(SeekFrom::Start(0)).await
        };
        cleared.await.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        (self.hash, self.bytes) = (Sha256::new(), 0);
        Ok(())
    }

    async fn finish(mut self, url: &str, expected: Option<&str>, target: &Path) -> Result<(), Error> {
        let written = async {
            self.file.flush().await?;
            self.file.sync_all().await
        };
        written.await.map_err(|source| Error::Io { path: self.path.clone(), source })?;
        let found = hex(&self.hash.finalize());
        if let Some(expected) = expected
            && !expected.eq_ignore_ascii_case(&found)
        {
            // Continuing a wrong file would never make it right.
            let _ = fs::remove_file(&self.path).await;
            return Err(Error::Checksum { url: url.to_owned(), expected: expected.to_owned(), found });
        }
        fs::rename(&self.path, target).await.map_err(|source| Error::Io { path: target.to_owned(), source })
    }
}

async fn digest(file: &mut File, hash: &mut Sha256) -> std::io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut buffer).await?;
        if count == 0 {
            return Ok(bytes);
        }
        hash.update(&buffer[..count]);
        bytes += count as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
