//! Jobs that come again and again, by cron patterns in a time zone.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};
use models::{
    Clock, Random, TenantId,
    record::{Row, Value, to_microsecond},
    values,
};
use serde_json::Value as Json;

use super::{NewJob, enqueue};
use crate::{Error, Result, Tx, database::Dialect};

/// A cron pattern with the time zone in which it is meant.
///
/// Five fields (minute, hour, day of the month, month, day of the week), or `@daily` and its like. When clocks go
/// forward, a fixed time that does not exist is the first instant after the gap; when they go back, a fixed time comes
/// once, and `*/15` goes on through both hours.
#[derive(Clone)]
pub struct Cron {
    pattern: croner::Cron,
    text: String,
    zone: TimeZone,
    zone_name: String,
}

impl Cron {
    /// # Errors
    /// [`Error::Schedule`] when the pattern or the IANA name is not one.
    pub fn new(pattern: &str, time_zone: &str) -> Result<Self> {
        let unusable = |reason: String| Error::Schedule { pattern: pattern.to_owned(), reason };
        let parsed = croner::Cron::from_str(pattern).map_err(|error| unusable(error.to_string()))?;
        let zone = TimeZone::get(time_zone).map_err(|_| unusable(format!("there is no time zone `{time_zone}`")))?;
        let cron = Self { pattern: parsed, text: pattern.to_owned(), zone, zone_name: time_zone.to_owned() };
        // `0 0 30 2 *` is a pattern, but never a day.
        match cron.after(Timestamp::UNIX_EPOCH) {
            Some(_) => Ok(cron),
            None => Err(unusable("it never comes".to_owned())),
        }
    }

    /// The first time after `instant`; `None` is never.
    #[must_use]
    pub fn after(&self, instant: Timestamp) -> Option<Timestamp> {
        let from = instant.to_zoned(self.zone.clone());
        self.pattern.find_next_occurrence(&from, false).ok().map(|next| next.timestamp())
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.text, self.zone_name)
    }
}

/// A job that is enqueued each time its pattern comes. One waits at most: what a stopped server missed comes once.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Names it, among its tenant's.
    pub name: String,
    pub cron: Cron,
    /// Its kind, payload, priority. Its tenant, where the transaction is everybody's.
    pub job: NewJob,
}

/// A schedule as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSchedule {
    pub tenant: Option<TenantId>,
    pub name: String,
    pub pattern: String,
    pub time_zone: String,
    pub kind: String,
    pub payload: Json,
    pub next_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
}

/// Makes or changes a schedule. One whose pattern and zone stay the same keeps its next time, so that every start of a
/// server may declare its schedules anew.
pub async fn set_schedule(tx: &mut Tx, schedule: &Schedule, clock: &dyn Clock) -> Result<()> {
    let Schedule { name, cron, job } = schedule;
    let tenant = tx.tenant().or(job.tenant.as_ref()).cloned();
    if job.tenant.is_some() && job.tenant != tenant {
        return Err(Error::Conflict("a schedule belongs to the tenant of its transaction".to_owned()));
    }
    let next = cron.after(clock.now()).map(to_microsecond);
    let sql = "INSERT INTO schedules (tenant, name, pattern, time_zone, kind, payload, priority, next_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)
               ON CONFLICT (coalesce(tenant, ''), name) DO UPDATE SET
                   next_at = CASE WHEN schedules.pattern = excluded.pattern AND schedules.time_zone = excluded.time_zone
                                  THEN schedules.next_at ELSE excluded.next_at END,
                   pattern = excluded.pattern, time_zone = excluded.time_zone, kind = excluded.kind,
                   payload = excluded.payload, priority = excluded.priority";
    let values = values![
        tenant.as_ref().map(TenantId::as_str),
        name,
        &cron.text,
        &cron.zone_name,
        &job.kind,
        job.payload.clone(),
        job.priority,
        next,
    ];
    tx.execute(sql, &values).await.map(|_| ())
}

/// Removes a schedule of the transaction's tenant, or of the installation; jobs that wait already stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_schedule(tx: &mut Tx, name: &str) -> Result<()> {
    let tenant = tx.tenant().map(|tenant| tenant.as_str().to_owned()).unwrap_or_default();
    let sql = "DELETE FROM schedules WHERE coalesce(tenant, '') = ? AND name = ?";
    match tx.execute(sql, &values![tenant, name]).await? {
        0 => Err(Error::missing("schedule", &name)),
        _ => Ok(()),
    }
}

/// The schedules of the transaction's tenant, or of everybody.
pub async fn schedules(tx: &mut Tx) -> Result<Vec<StoredSchedule>> {
    let sql = "SELECT tenant, name, pattern, time_zone, kind, payload, priority, next_at, last_at FROM schedules
               WHERE CAST(? AS TEXT) IS NULL OR tenant = ? ORDER BY name, tenant";
    let tenant = values![tx.tenant().map(TenantId::as_str)][0].clone();
    let rows = tx.fetch_all(sql, &[tenant.clone(), tenant]).await?;
    rows.iter().map(stored).collect()
}

/// Enqueues what is due and moves each schedule on to its next time, in this transaction. Returns how many were due.
pub(super) async fn fire_due(tx: &mut Tx, clock: &dyn Clock, random: &dyn Random) -> Result<usize> {
    let now = to_microsecond(clock.now());
    let select = match tx.dialect() {
        Dialect::Sqlite => DUE,
        Dialect::Postgres => DUE_AND_UNLOCKED,
    };
    let rows = tx.fetch_all(select, &values![now]).await?;
    for row in &rows {
        let schedule = stored(row)?;
        let key = format!("schedule {}", schedule.name);
        let job = NewJob {
            kind: schedule.kind.clone(),
            payload: schedule.payload.clone(),
            tenant: schedule.tenant.clone(),
            unique_key: Some(key),
            priority: i32::try_from(row.get::<i64>("priority")?).unwrap_or_default(),
            run_at: None,
            max_attempts: 10,
        };
        enqueue(tx, &job, clock, random).await?;
        // A pattern that this version cannot read stops coming; setting it anew starts it again.
        let next = match Cron::new(&schedule.pattern, &schedule.time_zone) {
            Ok(cron) => cron.after(now).map(to_microsecond),
            Err(error) => {
                tracing::error!(schedule = %schedule.name, %error, "a schedule cannot go on");
                None
            }
        };
        let tenant = schedule.tenant.as_ref().map_or("", TenantId::as_str);
        let sql = "UPDATE schedules SET next_at = ?, last_at = ? WHERE coalesce(tenant, '') = ? AND name = ?";
        let due = Value::from(schedule.next_at);
        tx.execute(sql, &[next.into(), due, tenant.into(), (&schedule.name).into()]).await?;
    }
    Ok(rows.len())
}

const DUE: &str = "SELECT tenant, name, pattern, time_zone, kind, payload, priority, next_at, last_at FROM schedules
                   WHERE next_at <= ? ORDER BY next_at LIMIT 100";
/// Another worker that is at the same schedule does it.
const DUE_AND_UNLOCKED: &str =
    "SELECT tenant, name, pattern, time_zone, kind, payload, priority, next_at, last_at FROM schedules
     WHERE next_at <= ? ORDER BY next_at LIMIT 100 FOR UPDATE SKIP LOCKED";

fn stored(row: &Row) -> Result<StoredSchedule> {
    Ok(StoredSchedule {
        tenant: row.get("tenant")?,
        name: row.get("name")?,
        pattern: row.get("pattern")?,
        time_zone: row.get("time_zone")?,
        kind: row.get("kind")?,
        payload: row.get("payload")?,
        next_at: row.get("next_at")?,
        last_at: row.get("last_at")?,
    })
}
