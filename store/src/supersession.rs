//! Which document took another's place, worked out anew from what the documents say, so that the order of arrival,
//! repetitions and deletions do not matter.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use models::{DocumentId, TenantId};
use sqlx::{Sqlite, Transaction};

use crate::{Result, rows};

#[derive(sqlx::FromRow)]
struct Newer {
    id: String,
    origin: String,
    supersedes: String,
    valid_from: Option<String>,
    created_at: String,
}

#[derive(sqlx::FromRow)]
struct Candidate {
    id: String,
    origin: String,
    title: String,
}

#[derive(sqlx::FromRow)]
struct Current {
    id: String,
    valid_until: Option<String>,
    superseded_by: Option<String>,
    /// As the document itself says.
    own_until: Option<String>,
}

/// Writes `superseded_by` and the last day of every superseded document of the tenant. Returns those that changed;
/// they are marked as outdated in the indexes.
pub async fn resolve(tx: &mut Transaction<'_, Sqlite>, tenant: &TenantId) -> Result<Vec<DocumentId>> {
    let newer: Vec<Newer> = sqlx::query_as(
        "SELECT id, origin, supersedes, valid_from, created_at FROM documents
         WHERE tenant = ?1 AND supersedes IS NOT NULL AND version > 0 ORDER BY id",
    )
    .bind(tenant.as_str())
    .fetch_all(&mut **tx)
    .await?;
    let mut successors: HashMap<String, (String, Date)> = HashMap::new();
    for document in &newer {
        if let Some(older) = find(tx, tenant, document).await? {
            let end = last_day_before(document)?;
            let known = successors.entry(older).or_insert_with(|| (document.id.clone(), end));
            if end < known.1 {
                *known = (document.id.clone(), end);
            }
        }
    }
    update(tx, tenant, &successors).await
}

async fn update(
    tx: &mut Transaction<'_, Sqlite>,
    tenant: &TenantId,
    successors: &HashMap<String, (String, Date)>,
) -> Result<Vec<DocumentId>> {
    let ids: HashSet<&String> = successors.keys().collect();
    let current: Vec<Current> = sqlx::query_as(
        "SELECT d.id, d.valid_until, d.superseded_by, v.valid_until AS own_until
         FROM documents d JOIN versions v ON v.document = d.id AND v.version = d.version
         WHERE d.tenant = ?1 AND (d.superseded_by IS NOT NULL OR d.id IN (SELECT value FROM json_each(?2)))",
    )
    .bind(tenant.as_str())
    .bind(rows::to_json("list of ids", &ids)?)
    .fetch_all(&mut **tx)
    .await?;
    let mut changed = Vec::new();
    for document in current {
        let own: Option<Date> = rows::optional("date", document.own_until.as_deref())?;
        let successor = successors.get(&document.id);
        let until = successor.map(|(_, end)| own.map_or(*end, |own| own.min(*end))).or(own);
        let (until, by) = (rows::date(until), successor.map(|(id, _)| id.clone()));
        if until == document.valid_until && by == document.superseded_by {
            continue;
        }
        sqlx::query(
            "UPDATE documents SET valid_until = ?3, superseded_by = ?4, outdated = 1 WHERE tenant = ?1 AND id = ?2",
        )
        .bind(tenant.as_str())
        .bind(&document.id)
        .bind(until)
        .bind(by)
        .execute(&mut **tx)
        .await?;
        changed.push(rows::parse("document id", &document.id)?);
    }
    Ok(changed)
}

/// The document that `newer` names: by origin, by a path beside it, by file name, by title; in this order. Two that
/// fit equally well are none: a wrong guess would hide a good document.
async fn find(tx: &mut Transaction<'_, Sqlite>, tenant: &TenantId, newer: &Newer) -> Result<Option<String>> {
    let named = newer.supersedes.trim();
    let candidates: Vec<Candidate> = sqlx::query_as(
        "SELECT id, origin, title FROM documents
         WHERE tenant = ?1 AND version > 0 AND id <> ?2 AND (name = ?3 OR title = ?4)",
    )
    .bind(tenant.as_str())
    .bind(&newer.id)
    .bind(rows::name(named))
    .bind(named)
    .fetch_all(&mut **tx)
    .await?;
    let sibling = newer.origin.rsplit_once('/').map(|(folder, _)| format!("{folder}/{named}"));
    let fits: [&dyn Fn(&Candidate) -> bool; 4] = [
        &|other| other.origin == named,
        &|other| Some(&other.origin) == sibling.as_ref(),
        &|other| other.origin.strip_suffix(named).is_some_and(|rest| rest.ends_with('/')),
        &|other| other.title == named,
    ];
    for fit in fits {
        let mut found = candidates.iter().filter(|candidate| fit(candidate));
        if let Some(first) = found.next() {
            return Ok(if found.next().is_none() { Some(first.id.clone()) } else { None });
        }
    }
    Ok(None)
}

/// The day before the newer one holds; where it does not say, the day before it came.
fn last_day_before(newer: &Newer) -> Result<Date> {
    let from = match rows::optional("date", newer.valid_from.as_deref())? {
        Some(from) => from,
        None => rows::parse::<Timestamp>("time", &newer.created_at)?.to_zoned(TimeZone::UTC).date(),
    };
    Ok(from.saturating_sub(1.day()))
}
