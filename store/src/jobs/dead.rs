//! Dead letters: jobs that failed for good, kept for an administrator to read.

use jiff::Timestamp;
use models::{Clock, TenantId, record::Value, values};
use serde_json::Value as Json;

use super::JobId;
use crate::{Error, Result, Tx};

/// A job that nobody will try again by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadJob {
    pub id: JobId,
    pub tenant: Option<TenantId>,
    pub kind: String,
    pub payload: Json,
    pub created_at: Timestamp,
    pub dead_at: Timestamp,
    pub attempts: u32,
    pub last_error: String,
}

/// The newest dead letters of the transaction's tenant, or of everybody: at most `limit`, older than `before`.
pub async fn dead(tx: &mut Tx, before: Option<JobId>, limit: u32) -> Result<Vec<DeadJob>> {
    let sql = "SELECT id, tenant, kind, payload, created_at, dead_at, attempts, last_error FROM jobs
               WHERE dead_at IS NOT NULL AND (CAST(? AS TEXT) IS NULL OR tenant = ?)
                 AND (CAST(? AS TEXT) IS NULL OR id < ?)
               ORDER BY id DESC LIMIT ?";
    let (tenant, before) = (own(tx), Value::from(before));
    let rows = tx.fetch_all(sql, &[tenant.clone(), tenant, before.clone(), before, limit.into()]).await?;
    let read = |row: &models::record::Row| -> Result<DeadJob> {
        Ok(DeadJob {
            id: row.get("id")?,
            tenant: row.get("tenant")?,
            kind: row.get("kind")?,
            payload: row.get("payload")?,
            created_at: row.get("created_at")?,
            dead_at: row.get("dead_at")?,
            attempts: row.get("attempts")?,
            last_error: row.get::<Option<String>>("last_error")?.unwrap_or_default(),
        })
    };
    rows.iter().map(read).collect()
}

/// Lets a dead letter of the transaction's tenant run again, with all its attempts.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Conflict`] when another job with its key waits already.
pub async fn retry(tx: &mut Tx, id: JobId, clock: &dyn Clock) -> Result<()> {
    let sql = "UPDATE jobs SET dead_at = NULL, attempts = 0, again = FALSE, run_at = ?
               WHERE id = ? AND dead_at IS NOT NULL AND (CAST(? AS TEXT) IS NULL OR tenant = ?)";
    let tenant = own(tx);
    let now = models::record::to_microsecond(clock.now());
    match tx.attempt(sql, &[now.into(), id.into(), tenant.clone(), tenant]).await {
        Ok(0) => Err(Error::missing("dead job", &id)),
        Ok(_) => Ok(()),
        Err(Error::Unique { .. }) => {
            Err(Error::Conflict("another job for the same work waits already; discard this one".to_owned()))
        }
        Err(error) => Err(error),
    }
}

/// Forgets a dead letter of the transaction's tenant.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn discard(tx: &mut Tx, id: JobId) -> Result<()> {
    let sql = "DELETE FROM jobs WHERE id = ? AND dead_at IS NOT NULL AND (CAST(? AS TEXT) IS NULL OR tenant = ?)";
    let tenant = own(tx);
    match tx.execute(sql, &[id.into(), tenant.clone(), tenant]).await? {
        0 => Err(Error::missing("dead job", &id)),
        _ => Ok(()),
    }
}

/// Whose dead letters a transaction may touch; null is everybody's.
fn own(tx: &Tx) -> Value {
    values![tx.tenant().map(TenantId::as_str)][0].clone()
}
