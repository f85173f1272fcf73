//! Taking files in: what is unchanged costs one read, what is new or changed is kept and queued.

use std::{collections::HashSet, fs, io, path::Path, sync::PoisonError, time::Instant};

use futures::{StreamExt, stream};
use models::{Document, DocumentId, DocumentState, Format, TenantId};
use sha2::{Digest, Sha256};
use store::{NewDocument, Registered, sha256_hex};

use super::Pipeline;
use crate::{
    Error, Result, format,
    report::Problem,
    side_metadata::{Beside, audience},
    source::{SourceFile, Sources},
};

/// How files are taken in.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    pub tenant: TenantId,
    /// Larger files are refused, in bytes.
    pub max_bytes: u64,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self { tenant: TenantId::default(), max_bytes: 100 << 20 }
    }
}

/// A document that came as bytes.
#[derive(Debug, Clone)]
pub struct Upload {
    /// A name, with its extension.
    pub origin: String,
    pub bytes: Vec<u8>,
    pub beside: Beside,
}

/// Since the last report.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub tenant: TenantId,
    /// Documents to be read.
    pub queued: HashSet<DocumentId>,
    pub unchanged: u64,
    pub since: Option<Instant>,
    pub problems: Vec<Problem>,
}

/// Files that are written to the store in one transaction.
const GROUP: usize = 64;
/// Files that are read and kept at a time.
const WRITERS: usize = 8;
/// As many bytes as tell a format.
const HEAD: usize = 8192;

impl Pipeline {
    /// Queues what is new or changed among the files. What became of each is in the next report of
    /// [`Pipeline::run_until_idle`].
    ///
    /// # Errors
    /// When the store fails, for instance because the disk is full. What was queued before stays.
    pub async fn add(&self, sources: Sources, options: &IngestOptions) -> Result<()> {
        self.note(|added| {
            added.tenant = options.tenant.clone();
            added.since.get_or_insert_with(Instant::now);
            added.problems.extend(sources.problems);
        });
        let mut files = sources.files.into_iter();
        loop {
            let group: Vec<SourceFile> = files.by_ref().take(GROUP).collect();
            if group.is_empty() {
                return Ok(());
            }
            self.add_group(&group, options).await?;
            self.inner.news.notify_one();
        }
    }

    async fn add_group(&self, files: &[SourceFile], options: &IngestOptions) -> Result<()> {
        let taking = |file: &SourceFile| {
            let (pipeline, file, options) = (self.clone(), file.clone(), options.clone());
            async move { pipeline.take(&file, &options).await }
        };
        let taking: Vec<_> = files.iter().map(taking).collect();
        // Writing a file durably is mostly waiting for the disk, which serves several at once.
        let taken: Vec<_> = stream::iter(taking).buffered(WRITERS).collect().await;
        let mut new = Vec::new();
        for (file, taken) in files.iter().zip(taken) {
            match taken {
                Ok(Some(document)) => new.push(document),
                Ok(None) => self.note(|added| added.unchanged += 1),
                Err(Refusal::Store(error)) => return Err(error.into()),
                Err(Refusal::File(reason)) => {
                    let problem = Problem { origin: file.origin.clone(), state: "failed".to_owned(), reason };
                    self.note(|added| added.problems.push(problem));
                }
            }
        }
        for registered in self.inner.store.register_all(new, self.clock()).await? {
            self.note(|added| match registered {
                Registered::New(id) | Registered::Changed(id) => drop(added.queued.insert(id)),
                Registered::Unchanged(_) => added.unchanged += 1,
            });
        }
        Ok(())
    }

    /// Takes one document in.
    ///
    /// # Errors
    /// When it is too large, or the store fails.
    pub async fn add_upload(&self, tenant: &TenantId, upload: Upload) -> Result<Registered> {
        let (bytes, limit) = (upload.bytes.len() as u64, IngestOptions::default().max_bytes);
        if bytes > limit {
            return Err(Error::TooLarge { name: upload.origin, bytes, limit });
        }
        let head = &upload.bytes[..upload.bytes.len().min(HEAD)];
        let format = format::sniff(head, &upload.origin);
        let blob = self.inner.store.put_blob(&upload.bytes).await?;
        let new = self.describe(tenant, &upload.origin, &upload.beside, format, (blob, bytes));
        let registered = self.inner.store.register(new, self.clock()).await?;
        self.inner.news.notify_one();
        Ok(registered)
    }

    /// `None` when the file was read before, as it is now, and came to its end.
    async fn take(
        &self,
        file: &SourceFile,
        options: &IngestOptions,
    ) -> std::result::Result<Option<NewDocument>, Refusal> {
        let path = file.path.clone();
        let max = options.max_bytes;
        let looked = tokio::task::spawn_blocking(move || look(&path, max)).await.map_err(io::Error::other);
        let (format, hash) = looked.and_then(|looked| looked).map_err(|error| Refusal::File(unreadable(&error)))?;
        let known = self.inner.store.lookup(&options.tenant, &file.origin).await?;
        let is_same = |known: &Document| known.content_hash == self.content_hash(&hash, &file.beside);
        let is_done = |known: &Document| !known.state.is_pending() && known.state != DocumentState::Stopped;
        if known.is_some_and(|known| is_same(&known) && is_done(&known)) {
            return Ok(None);
        }
        let kept = self.inner.store.put_file(&file.path, max).await.map_err(|error| match error {
            store::Error::File { source, .. } => Refusal::File(unreadable(&source)),
            error => Refusal::Store(error),
        })?;
        let kept = kept.ok_or_else(|| Refusal::File(too_large(max)))?;
        Ok(Some(self.describe(&options.tenant, &file.origin, &file.beside, format, kept)))
    }

    fn describe(
        &self,
        tenant: &TenantId,
        origin: &str,
        beside: &Beside,
        format: Format,
        (blob, bytes): (String, u64),
    ) -> NewDocument {
        let known = beside.known();
        NewDocument {
            tenant: tenant.clone(),
            origin: origin.to_owned(),
            title: known.title.clone().unwrap_or_else(|| name(origin).to_owned()),
            format,
            audience: audience(&known),
            validity: known.validity(),
            date: known.date,
            bytes,
            content_hash: self.content_hash(&blob, beside),
            blob,
            metadata: to_json(beside),
            supersedes: known.supersedes,
            collection: known.collection.unwrap_or_default(),
        }
    }

    fn content_hash(&self, file: &str, beside: &Beside) -> String {
        sha256_hex(format!("{file}\n{}\n{}", to_json(beside), self.fingerprint()).as_bytes())
    }

    pub(super) fn note(&self, write: impl FnOnce(&mut Added)) {
        write(&mut self.inner.added.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn take_added(&self) -> Added {
        std::mem::take(&mut self.inner.added.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A server reports through the documents' states.
    pub(super) fn forget_added(&self) {
        drop(self.take_added());
    }
}

/// Why a file is not taken.
enum Refusal {
    /// A sentence for the report.
    File(String),
    Store(store::Error),
}

impl From<store::Error> for Refusal {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

fn unreadable(error: &io::Error) -> String {
    // `FileTooLarge` is our own, from `look`.
    if error.kind() == io::ErrorKind::FileTooLarge {
        error.to_string()
    } else {
        format!("The file cannot be read: {error}.")
    }
}

fn too_large(limit: u64) -> String {
    format!("The file is larger than {} MB: split it into smaller files.", limit >> 20)
}

fn to_json(beside: &Beside) -> String {
    serde_json::to_string(beside).unwrap_or_default()
}

/// The last part of an origin.
pub(super) fn name(origin: &str) -> &str {
    origin.rsplit('/').next().unwrap_or(origin)
}

/// Format and hash of a file.
fn look(path: &Path, limit: u64) -> io::Result<(Format, String)> {
    use io::Read;
    let mut file = fs::File::open(path)?;
    if file.metadata()?.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, too_large(limit)));
    }
    let mut head = Vec::new();
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let mut hash = Sha256::new_with_prefix(&head);
    io::copy(&mut file, &mut hash)?;
    let hex = store::hex(&hash.finalize());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok((format::sniff(&head, &name), hex))
}
