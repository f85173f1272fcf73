//! Files, named by the SHA-256 of their bytes: `blobs/ab/ab12…`, in a folder or in a bucket.
//!
//! [`Blobs`] keeps them; rows say who needs them ([`Blobs::refer`]), and what nobody needs is swept away. The originals of
//! documents lie in the same folder under the same names, and are referred to by the documents' own rows.
//!
//! ```no_run
//! # async fn example(blobs: store::Blobs, database: store::Database, tenant: models::TenantId) -> store::Result<()> {
//! let upload = futures::stream::iter([Ok(bytes::Bytes::from_static(b"Bonjour"))]);
//! let blob = blobs.put(upload, 10 << 20).await?.expect("less than 10 MB");
//! let mut tx = database.write(&tenant).await?;
//! blobs.refer(&mut tx, &blob.name, "fil_0198…").await?;
//! tx.commit().await?;
//! # Ok(()) }
//! ```

#[cfg(feature = "s3")]
mod bucket;
mod folder;
mod name;
mod originals;
mod references;
#[cfg(test)]
mod tests;

use std::{fmt, io, ops::Range, path::Path as FolderPath, sync::Arc};

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream::BoxStream};
use models::Random;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload, WriteMultipart, path::Path};
use sha2::{Digest, Sha256};

#[cfg(feature = "s3")]
pub use bucket::BucketSettings;
pub use name::BlobName;
pub use originals::{hex, sha256_hex};

use crate::{Error, Result};

/// Files up to this size are written in one piece; it is also the size of the pieces of larger ones.
const PIECE: usize = 8 << 20;
/// Pieces of one file that are on their way at once.
const PIECES_UNDERWAY: usize = 4;

/// A store of files. Clones share it.
#[derive(Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    /// Where they lie, if in a folder.
    folder: Option<Arc<FolderPath>>,
    random: Arc<dyn Random>,
    /// [`PIECE`], but for tests.
    piece: usize,
}

/// A file that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub name: BlobName,
    /// In bytes.
    pub size: u64,
}

impl Blobs {
    /// In `folder/blobs`. A file that is kept is on disk, and there whole or not at all.
    pub fn in_folder(folder: &FolderPath, random: Arc<dyn Random>) -> Result<Self> {
        let folder = folder.join("blobs");
        let objects = folder::open(&folder)?;
        Ok(Self { objects, folder: Some(folder.into()), random, piece: PIECE })
    }

    /// On any object store, such as a bucket that the composition root configures.
    #[must_use]
    pub fn on(objects: Arc<dyn ObjectStore>, random: Arc<dyn Random>) -> Self {
        Self { objects, folder: None, random, piece: PIECE }
    }

    /// Keeps what comes, hashing it on the way; at most a few pieces of it are in memory. More than `limit` bytes are
    /// refused with `None`. A file that is there already is written again, which changes nothing but its age.
    pub async fn put<S>(&self, bytes: S, limit: u64) -> Result<Option<Blob>>
    where
        S: Stream<Item = io::Result<Bytes>> + Send,
    {
        let mut bytes = std::pin::pin!(bytes);
        let mut incoming = Incoming::default();
        while incoming.pending.len() < self.piece {
            let Some(piece) = bytes.next().await else { return self.put_small(incoming, limit).await };
            incoming.take(&piece.map_err(upload)?);
            if incoming.size > limit {
                return Ok(None);
            }
        }
        self.put_large(incoming, bytes, limit).await
    }

    /// Keeps bytes that are in memory.
    pub async fn put_bytes(&self, bytes: Bytes) -> Result<Blob> {
        let blob = Blob { name: BlobName::of(&bytes), size: bytes.len() as u64 };
        self.objects.put(&place(&blob.name), PutPayload::from(bytes)).await.map_err(failed(&blob.name))?;
        Ok(blob)
    }

    /// The size in bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn size(&self, name: &BlobName) -> Result<u64> {
        Ok(self.objects.head(&place(name)).await.map_err(failed(name))?.size)
    }

    /// The bytes as they come. A stream that ends early fails.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get(&self, name: &BlobName) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        let found = self.objects.get(&place(name)).await.map_err(failed(name))?;
        Ok(found.into_stream().map_err(io::Error::other).boxed())
    }

    /// What of `range` (in bytes, from 0) the file has; nothing beyond its end.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn get_range(&self, name: &BlobName, range: Range<u64>) -> Result<Bytes> {
        let size = self.size(name).await?;
        let range = range.start..range.end.min(size);
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        self.objects.get_range(&place(name), range).await.map_err(failed(name))
    }

    /// Removes a file, needed or not; one that is not there is removed already. Files are swept away by
    /// [`Blobs::sweep`] when nobody needs them; this is for one that must be gone now.
    pub async fn delete(&self, name: &BlobName) -> Result<()> {
        match self.objects.delete(&place(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(name)(error)),
        }
    }

    async fn put_small(&self, incoming: Incoming, limit: u64) -> Result<Option<Blob>> {
        if incoming.size > limit {
            return Ok(None);
        }
        let (blob, pending) = incoming.finish();
        self.objects.put(&place(&blob.name), PutPayload::from(pending)).await.map_err(failed(&blob.name))?;
        Ok(Some(blob))
    }

    /// Writes under a passing name, because the lasting one is known at the end.
    async fn put_large<S>(&self, mut incoming: Incoming, mut rest: S, limit: u64) -> Result<Option<Blob>>
    where
        S: Stream<Item = io::Result<Bytes>> + Unpin + Send,
    {
        let passing = self.passing_name();
        let begun = self.objects.put_multipart(&passing).await.map_err(failed(&passing))?;
        let mut writer = WriteMultipart::new_with_chunk_size(begun, self.piece);
        writer.put(Bytes::from(std::mem::take(&mut incoming.pending)));
        while let Some(piece) = rest.next().await {
            let piece = match piece {
                Ok(piece) if incoming.size + piece.len() as u64 <= limit => piece,
                refused => {
                    writer.abort().await.map_err(failed(&passing))?;
                    return refused.map_err(upload).map(|_| None);
                }
            };
            incoming.count(&piece);
            if let Err(error) = writer.wait_for_capacity(PIECES_UNDERWAY).await {
                // What was written stays as a remainder, which the sweep takes.
                return Err(failed(&passing)(error));
            }
            writer.put(piece);
        }
        writer.finish().await.map_err(failed(&passing))?;
        let (blob, _) = incoming.finish();
        self.objects.rename(&passing, &place(&blob.name)).await.map_err(failed(&blob.name))?;
        Ok(Some(blob))
    }

    fn passing_name(&self) -> Path {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        Path::from(format!("{INCOMING}/{}", hex(&bytes)))
    }
}

/// Where files lie whose names are not known yet. Not a name that two hexadecimal digits could be.
const INCOMING: &str = "incoming";

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blobs").field(&self.objects.to_string()).finish()
    }
}

/// What has come of an upload.
#[derive(Default)]
struct Incoming {
    hash: Sha256,
    size: u64,
    pending: Vec<u8>,
}

impl Incoming {
    fn count(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.size += piece.len() as u64;
    }

    fn take(&mut self, piece: &[u8]) {
        self.count(piece);
        self.pending.extend_from_slice(piece);
    }

    fn finish(self) -> (Blob, Vec<u8>) {
        (Blob { name: BlobName::from_hash(&self.hash.finalize()), size: self.size }, self.pending)
    }
}

fn place(name: &BlobName) -> Path {
    Path::from(format!("{}/{name}", name.shelf()))
}

/// The other end broke off, or its bytes could not be read.
fn upload(source: io::Error) -> Error {
    Error::File { path: "upload".to_owned(), source }
}

fn failed(name: &impl ToString) -> impl FnOnce(object_store::Error) -> Error {
    move |error| {
        if matches!(error, object_store::Error::NotFound { .. }) {
            return Error::missing("file", name);
        }
        let full =
            |error: &io::Error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            if error.downcast_ref::<io::Error>().is_some_and(full) {
                return Error::Full(error.to_string().into());
            }
            cause = error.source();
        }
        Error::File { path: name.to_string(), source: io::Error::other(error) }
    }
}
