//! The way of a document through its states.

use models::{Clock, Document, DocumentId, DocumentState, TenantId};

use crate::{
    Error, Result, Store,
    rows::{self, DocumentRow},
    versions::retire,
};

/// After this many crashes in company, a document is worked on alone: then it is known who is to blame.
const SUSPECT: u32 = 2;
/// Crashes, three of them alone, after which a document is given up.
const GUILTY: u32 = SUSPECT + 3;

/// A document to work on. The version number is new, and only good while nobody changes, stops or deletes the document.
#[derive(Debug, Clone)]
pub struct Claim {
    pub document: Document,
    pub version: u32,
    /// The file to read: see [`Store::blob_path`].
    pub blob: String,
    /// As registered.
    pub metadata: String,
    /// The document may have crashed the process: take nothing else until it is done.
    pub alone: bool,
}

/// What [`Store::recover`] found after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Documents that were being worked on and are queued again.
    pub queued: u64,
    /// Documents given up.
    pub failed: u64,
    /// Versions that were not finished and are dropped.
    pub dropped: u64,
}

impl Store {
    /// Takes up to `limit` queued documents of all tenants, oldest first: queued → parsing.
    /// One that was there when the process crashed comes last, and alone.
    pub async fn claim(&self, limit: u32, clock: &dyn Clock) -> Result<Vec<Claim>> {
        let mut tx = self.write().await?;
        let mut rows: Vec<DocumentRow> =
            sqlx::query_as("SELECT * FROM documents WHERE state = 'queued' AND crashes < ?1 ORDER BY number LIMIT ?2")
                .bind(SUSPECT)
                .bind(limit)
                .fetch_all(&mut *tx)
                .await?;
        if rows.is_empty() {
            let suspect = "SELECT * FROM documents WHERE state = 'queued' AND NOT EXISTS (
                               SELECT 1 FROM documents WHERE state = 'parsing')
                           ORDER BY crashes, number LIMIT ?1";
            rows = sqlx::query_as(suspect).bind(limit.min(1)).fetch_all(&mut *tx).await?;
        }
        let mut claims = Vec::with_capacity(rows.len());
        for mut row in rows {
            sqlx::query("UPDATE documents SET state = 'parsing', claimed = claimed + 1, updated_at = ?2 WHERE id = ?1")
                .bind(&row.id)
                .bind(rows::time(clock.now()))
                .execute(&mut *tx)
                .await?;
            DocumentState::Parsing.as_str().clone_into(&mut row.state);
            let (version, alone) = (row.claimed + 1, row.crashes >= SUSPECT);
            let (blob, metadata) = (row.blob.clone(), row.metadata.clone());
            claims.push(Claim { document: row.try_into()?, version, blob, metadata, alone });
        }
        tx.commit().await?;
        Ok(claims)
    }

    /// Ends a claim that yields nothing to search: parsing → `state`. Returns whether the claim was still good.
    /// An older searchable version stays.
    pub async fn finish(
        &self,
        id: DocumentId,
        version: u32,
        state: DocumentState,
        reason: Option<&str>,
        clock: &dyn Clock,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let done = sqlx::query(
            "UPDATE documents SET state = ?3, reason = ?4, crashes = 0, updated_at = ?5
             WHERE id = ?1 AND claimed = ?2 AND state = 'parsing'",
        )
        .bind(id.to_string())
        .bind(version)
        .bind(state.as_str())
        .bind(reason)
        .bind(rows::time(clock.now()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives claims back unharmed: parsing → queued. Versions saved for them are dropped; their chunks are then stale.
    pub async fn release(&self, claims: &[(DocumentId, u32)], clock: &dyn Clock) -> Result<()> {
        let mut tx = self.write().await?;
        let (mut stale, mut blobs) = (Vec::new(), Vec::new());
        for &(id, version) in claims {
            let pending: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM versions WHERE document = ?1 AND version = ?2 AND published = 0)",
            )
            .bind(id.to_string())
            .bind(version)
            .fetch_one(&mut *tx)
            .await?;
            if pending {
                retire(&mut tx, id, version, &mut stale, &mut blobs).await?;
            }
            sqlx::query(
                "UPDATE documents SET state = 'queued', updated_at = ?3
                 WHERE id = ?1 AND claimed = ?2 AND state = 'parsing'",
            )
            .bind(id.to_string())
            .bind(version)
            .bind(rows::time(clock.now()))
            .execute(&mut *tx)
            .await?;
        }
        Ok(tx.commit().await?)
    }

    /// Queues a document that failed, was stopped or could not be read. One that is waiting anyway is left alone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is indexed: there is nothing to retry.
    pub async fn retry(&self, tenant: &TenantId, id: DocumentId, clock: &dyn Clock) -> Result<Document> {
        let document = self.document(tenant, id).await?;
        if document.state == DocumentState::Indexed {
            return Err(Error::Conflict("the document is indexed; there is nothing to retry".to_owned()));
        }
        let mut tx = self.write().await?;
        sqlx::query(
            "UPDATE documents SET state = 'queued', reason = NULL, crashes = 0, updated_at = ?3
             WHERE tenant = ?1 AND id = ?2 AND state IN ('failed', 'needs_ocr', 'unsupported', 'stopped')",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .bind(rows::time(clock.now()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.document(tenant, id).await
    }

    /// Stops what waits or is being worked on, one document or all of the tenant's. Returns how many.
    pub async fn stop(&self, tenant: &TenantId, id: Option<DocumentId>, clock: &dyn Clock) -> Result<u64> {
        if let Some(id) = id {
            self.document(tenant, id).await?;
        }
        let mut tx = self.write().await?;
        let stopped = sqlx::query(
            "UPDATE documents SET state = 'stopped', reason = NULL, updated_at = ?3
             WHERE tenant = ?1 AND (?2 IS NULL OR id = ?2) AND state IN ('queued', 'parsing')",
        )
        .bind(tenant.as_str())
        .bind(id.map(|id| id.to_string()))
        .bind(rows::time(clock.now()))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(stopped.rows_affected())
    }

    /// To be called once at the start, before any work: puts back what a crash interrupted. What the indexes must
    /// forget is then in [`Self::stale_chunks`].
    pub async fn recover(&self, clock: &dyn Clock) -> Result<Recovered> {
        let now = rows::time(clock.now());
        let mut tx = self.write().await?;
        let failed = sqlx::query(
            "UPDATE documents SET state = 'failed', crashes = 0, updated_at = ?2,
                 reason = 'the parser crashed 3 times: the program ended while it worked on this document alone'
             WHERE state = 'parsing' AND crashes + 1 >= ?1",
        )
        .bind(GUILTY)
        .bind(&now)
        .execute(&mut *tx)
        .await?;
        let queued = sqlx::query(
            "UPDATE documents SET state = 'queued', crashes = crashes + 1, updated_at = ?1 WHERE state = 'parsing'",
        )
        .bind(&now)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT OR IGNORE INTO stale_chunks SELECT c.id FROM chunks c
             JOIN versions v ON v.document = c.document AND v.version = c.version WHERE v.published = 0",
        )
        .execute(&mut *tx)
        .await?;
        let dropped = sqlx::query("DELETE FROM versions WHERE published = 0").execute(&mut *tx).await?;
        tx.commit().await?;
        self.drop_unused_blobs(self.stored_blobs()).await?;
        Ok(Recovered {
            queued: queued.rows_affected(),
            failed: failed.rows_affected(),
            dropped: dropped.rows_affected(),
        })
    }
}
