//! Who needs which file, and what nobody needs.

use std::{str::FromStr as _, time::Duration};

use futures::TryStreamExt as _;
use jiff::Timestamp;
use models::{Clock, values};
use object_store::{ObjectStoreExt as _, path::Path};

use super::{BlobName, Blobs, INCOMING, failed, folder, place};
use crate::{Database, Dialect, Error, Result, Tx};

/// A file younger than this may wait for the row that will refer to it.
const UNDISTURBED: Duration = Duration::from_hours(24);

impl Blobs {
    /// Notes in the caller's transaction that `owner`, a record of its tenant, needs the file.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the file is not there, perhaps because it was swept away a moment ago: put it again.
    pub async fn refer(&self, tx: &mut Tx, name: &BlobName, owner: &str) -> Result<()> {
        let tenant = tx.tenant().cloned();
        let tenant = tenant.ok_or_else(|| Error::Conflict("a file belongs to a record of a tenant".to_owned()))?;
        lock(tx, name, Lock::Shared).await?;
        let sql = "INSERT INTO blob_references (tenant, blob, owner) VALUES (?, ?, ?)
                   ON CONFLICT (tenant, blob, owner) DO NOTHING";
        tx.execute(sql, &values![&tenant, name, owner]).await?;
        // Under the lock no sweep can take it from here on.
        self.size(name).await.map(|_| ())
    }

    /// Notes in the caller's transaction that `owner` needs none of its files any more.
    pub async fn release(&self, tx: &mut Tx, owner: &str) -> Result<()> {
        let tenant = tx.tenant().cloned();
        let tenant = tenant.ok_or_else(|| Error::Conflict("a file belongs to a record of a tenant".to_owned()))?;
        let sql = "DELETE FROM blob_references WHERE tenant = ? AND owner = ?";
        tx.execute(sql, &values![&tenant, owner]).await.map(|_| ())
    }

    /// Removes the files that nobody needs and the remainders of broken uploads, both only when a day old. Returns how
    /// many. For a schedule, once a day.
    pub async fn sweep(&self, database: &Database, clock: &dyn Clock) -> Result<usize> {
        let now = clock.now();
        let young = now.checked_sub(UNDISTURBED).unwrap_or(Timestamp::MIN).as_second();
        let mut listed = self.objects.list(None);
        let mut swept = match self.folder.clone() {
            Some(folder) => folder::drop_unfinished(folder, young).await?,
            None => 0,
        };
        while let Some(found) = listed.try_next().await.map_err(failed(&"files"))? {
            if found.last_modified.timestamp() > young {
                continue;
            }
            let file = found.location.filename().and_then(|name| BlobName::from_str(name).ok());
            let gone = match file {
                Some(name) if place(&name) == found.location => self.drop_unneeded(database, &name).await?,
                _ if found.location.prefix_matches(&Path::from(INCOMING)) => {
                    self.objects.delete(&found.location).await.map_err(failed(&found.location))?;
                    true
                }
                // Somebody else's file.
                _ => false,
            };
            swept += usize::from(gone);
        }
        Ok(swept)
    }

    async fn drop_unneeded(&self, database: &Database, name: &BlobName) -> Result<bool> {
        let mut tx = database.write_everything().await?;
        lock(&mut tx, name, Lock::Exclusive).await?;
        let needed = needed(&mut tx, name).await?;
        if !needed {
            self.delete(name).await?;
        }
        tx.rollback().await?;
        Ok(!needed)
    }
}

async fn needed(tx: &mut Tx, name: &BlobName) -> Result<bool> {
    // The documents' own rows, which there are in the embedded database only.
    let originals =
        "SELECT EXISTS (SELECT 1 FROM documents WHERE blob = ?) OR EXISTS (SELECT 1 FROM versions WHERE blob = ?)";
    if tx.dialect() == Dialect::Sqlite && tx.fetch_one(originals, &values![name, name]).await?.only()? {
        return Ok(true);
    }
    let sql = "SELECT EXISTS (SELECT 1 FROM blob_references WHERE blob = ?)";
    Ok(tx.fetch_one(sql, &values![name]).await?.only()?)
}

#[derive(Clone, Copy)]
enum Lock {
    Shared,
    Exclusive,
}

/// Until the transaction's end. SQLite needs none: a transaction that writes has the database for itself.
async fn lock(tx: &mut Tx, name: &BlobName, lock: Lock) -> Result<()> {
    if tx.dialect() == Dialect::Postgres {
        let sql = match lock {
            Lock::Shared => "SELECT pg_advisory_xact_lock_shared(hashtextextended(?, 0))",
            Lock::Exclusive => "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))",
        };
        tx.fetch_one(sql, &values![name]).await?;
    }
    Ok(())
}
