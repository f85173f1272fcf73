use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use models::{
    Clock, Random,
    record::{Row, Value, to_microsecond},
    values,
};
use tokio::sync::Notify;

use super::{Backoff, Failure, Job};
use crate::{AssertSqlSafe, Database, Dialect, Result, Tx, hex};

/// The longest reason of a failure that is kept, in characters.
const LONGEST_REASON: usize = 2000;

/// The workers' side of the queue. Clones share it.
#[derive(Debug, Clone)]
pub struct Queue {
    database: Database,
    wake: Arc<Notify>,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JobCounts {
    /// Due or for later.
    pub waiting: u64,
    pub running: u64,
    pub dead: u64,
    /// When the oldest job that is due should have begun.
    pub oldest_due: Option<Timestamp>,
}

impl Queue {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self { database, wake: Arc::default() }
    }

    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    /// Tells this process's worker that there is something to do, after the commit; without it, the worker looks by
    /// itself a little later.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Claims at most `limit` due jobs of these kinds until `now + lease`. Nobody else gets them before.
    pub async fn claim(
        &self,
        kinds: &[&str],
        limit: u32,
        lease: Duration,
        clock: &dyn Clock,
        random: &dyn Random,
    ) -> Result<Vec<Job>> {
        if kinds.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut token = [0; 16];
        random.fill(&mut token);
        let (now, token) = (to_microsecond(clock.now()), hex(&token));
        let mut tx = self.database.write_everything().await?;
        bury_the_exhausted(&mut tx, now).await?;
        let skip = match tx.dialect() {
            // One writer at a time: a transaction that writes has the database for itself.
            Dialect::Sqlite => "",
            Dialect::Postgres => "FOR UPDATE SKIP LOCKED",
        };
        let known = vec!["?"; kinds.len()].join(", ");
        let sql = format!(
            "UPDATE jobs SET lease = ?, run_at = ?, attempts = attempts + 1 WHERE id IN (
                 SELECT id FROM jobs WHERE dead_at IS NULL AND run_at <= ? AND kind IN ({known})
                 ORDER BY priority DESC, run_at, id LIMIT ? {skip})
             RETURNING id, tenant, kind, payload, created_at, attempts, max_attempts, lease, priority"
        );
        let mut values = values![token, until(now, lease), now].to_vec();
        values.extend(kinds.iter().map(|kind| Value::from(*kind)));
        values.push(limit.into());
        let mut rows = tx.fetch_all(AssertSqlSafe(sql), &values).await?;
        tx.commit().await?;
        // `RETURNING` promises no order.
        rows.sort_by_key(|row| (-row.get::<i64>("priority").unwrap_or_default(), row.get::<String>("id").ok()));
        rows.iter().map(job).collect()
    }

    /// Prolongs a claim to `now + lease`. `false`: it is lost, and the work must stop.
    pub async fn prolong(&self, job: &Job, lease: Duration, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE jobs SET run_at = ? WHERE id = ? AND lease = ?";
        self.change(sql, &values![until(now, lease), job.id, &job.lease]).await
    }

    /// Ends a job whose work is done. `false`: the claim was lost, or the work had ended the job itself.
    pub async fn complete(&self, job: &Job, now: Timestamp) -> Result<bool> {
        let mut tx = self.database.write_everything().await?;
        let completed = complete(&mut tx, job, now).await?;
        tx.commit().await?;
        Ok(completed)
    }

    /// Notes a failure: the job waits for its next attempt, or is a dead letter. `false`: the claim was lost.
    pub async fn fail(
        &self,
        job: &Job,
        failure: &Failure,
        backoff: &Backoff,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<bool> {
        let now = to_microsecond(now);
        let reason: String = failure.to_string().replace('\0', " ").chars().take(LONGEST_REASON).collect();
        match failure {
            Failure::Retry { after, .. } if job.attempt < job.max_attempts => {
                let wait = backoff.wait(job.attempt, random).max(after.unwrap_or_default());
                let sql = "UPDATE jobs SET lease = NULL, again = FALSE, run_at = ?, last_error = ?
                           WHERE id = ? AND lease = ?";
                self.change(sql, &values![until(now, wait), reason, job.id, &job.lease]).await
            }
            Failure::Retry { .. } | Failure::GiveUp { .. } => {
                // Asked for once more meanwhile, it has not failed for good.
                let sql = "UPDATE jobs SET lease = NULL, again = FALSE, attempts = 0, run_at = ?, last_error = ?
                           WHERE id = ? AND lease = ? AND again";
                let values = values![now, reason, job.id, &job.lease];
                if self.change(sql, &values).await? {
                    return Ok(true);
                }
                let sql = "UPDATE jobs SET lease = NULL, dead_at = ?, last_error = ? WHERE id = ? AND lease = ?";
                self.change(sql, &values).await
            }
        }
    }

    /// Gives a claim back as if it had not been made. `false`: it was lost.
    pub async fn release(&self, job: &Job, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE jobs SET lease = NULL, run_at = ?, attempts = attempts - 1 WHERE id = ? AND lease = ?";
        self.change(sql, &values![to_microsecond(now), job.id, &job.lease]).await
    }

    pub async fn counts(&self, now: Timestamp) -> Result<JobCounts> {
        let mut tx = self.database.read_everything().await?;
        let sql = "SELECT count(CASE WHEN dead_at IS NULL AND lease IS NULL THEN 1 END) AS waiting,
                       count(CASE WHEN lease IS NOT NULL THEN 1 END) AS running,
                       count(dead_at) AS dead,
                       min(CASE WHEN dead_at IS NULL AND lease IS NULL AND run_at <= ? THEN run_at END) AS oldest_due
                   FROM jobs";
        let row = tx.fetch_one(sql, &values![now]).await?;
        let (waiting, running, dead) = (row.get("waiting")?, row.get("running")?, row.get("dead")?);
        Ok(JobCounts { waiting, running, dead, oldest_due: row.get("oldest_due")? })
    }

    async fn change(&self, sql: &'static str, values: &[Value]) -> Result<bool> {
        let mut tx = self.database.write_everything().await?;
        let changed = tx.execute(sql, values).await?;
        tx.commit().await?;
        Ok(changed == 1)
    }
}

/// A job that was asked for once more while it ran begins anew.
pub(super) async fn complete(tx: &mut Tx, job: &Job, now: Timestamp) -> Result<bool> {
    let claim = values![job.id, &job.lease];
    if tx.execute("DELETE FROM jobs WHERE id = ? AND lease = ? AND NOT again", &claim).await? == 1 {
        return Ok(true);
    }
    let sql = "UPDATE jobs SET lease = NULL, again = FALSE, attempts = 0, last_error = NULL, run_at = ?
               WHERE id = ? AND lease = ?";
    Ok(tx.execute(sql, &values![to_microsecond(now), job.id, &job.lease]).await? == 1)
}

/// A job whose worker vanished each time, perhaps because of it, must not take down workers for ever.
async fn bury_the_exhausted(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let sql = "UPDATE jobs SET dead_at = ?, lease = NULL, last_error = ?
               WHERE dead_at IS NULL AND lease IS NOT NULL AND run_at <= ? AND attempts >= max_attempts";
    let buried = tx.execute(sql, &values![now, "its worker vanished during the last attempt", now]).await?;
    if buried > 0 {
        tracing::error!(buried, "jobs whose workers vanished are dead letters now");
    }
    Ok(())
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.get("id")?,
        tenant: row.get("tenant")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        created_at: row.get("created_at")?,
        attempt: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        lease: row.get("lease")?,
    })
}

/// `now + wait`, or the end of time.
fn until(now: Timestamp, wait: Duration) -> Timestamp {
    to_microsecond(now.checked_add(wait).unwrap_or(Timestamp::MAX))
}
