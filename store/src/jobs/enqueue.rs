use models::{Clock, Random, record::to_microsecond, values};

use super::{JobId, NewJob};
use crate::{Error, Result, Tx};

const LARGEST_PAYLOAD: usize = 1 << 20;

/// What became of a job that was to be enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    New(JobId),
    /// One with this kind and key waits already, or runs and will run once more.
    Already(JobId),
}

impl Enqueued {
    #[must_use]
    pub const fn id(self) -> JobId {
        match self {
            Self::New(id) | Self::Already(id) => id,
        }
    }
}

/// Enqueues a job in the caller's transaction: it exists when, and only when, that commits.
///
/// # Errors
/// [`Error::Conflict`] when the job names another tenant than the transaction's, [`Error::Unstorable`] when the payload is
/// too large.
pub async fn enqueue(tx: &mut Tx, job: &NewJob, clock: &dyn Clock, random: &dyn Random) -> Result<Enqueued> {
    let tenant = tx.tenant().or(job.tenant.as_ref()).cloned();
    if job.tenant.is_some() && job.tenant != tenant {
        return Err(Error::Conflict("a job belongs to the tenant of its transaction".to_owned()));
    }
    if job.payload.to_string().len() > LARGEST_PAYLOAD {
        return Err(Error::Unstorable("a job's payload of more than a megabyte"));
    }
    let now = to_microsecond(clock.now());
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let id = JobId::mint(now, bytes);
    let sql = "INSERT INTO jobs (id, tenant, kind, payload, unique_key, priority, created_at, run_at, again, attempts,
                   max_attempts)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE, 0, ?)
               ON CONFLICT (coalesce(tenant, ''), kind, unique_key)
                   WHERE unique_key IS NOT NULL AND dead_at IS NULL
                   DO UPDATE SET again = jobs.again OR jobs.lease IS NOT NULL,
                       run_at = CASE WHEN jobs.lease IS NULL AND jobs.attempts = 0 AND excluded.run_at < jobs.run_at
                                     THEN excluded.run_at ELSE jobs.run_at END
               RETURNING id";
    let values = values![
        id,
        tenant.as_ref().map(models::TenantId::as_str),
        &job.kind,
        job.payload.clone(),
        job.unique_key.as_deref(),
        job.priority,
        now,
        job.run_at.map_or(now, to_microsecond),
        job.max_attempts.max(1),
    ];
    let stored = tx.fetch_one(sql, &values).await?.get("id")?;
    Ok(if stored == id { Enqueued::New(id) } else { Enqueued::Already(stored) })
}
