//! Who did what to which record, when and from where. Rows are added in the transaction of what they tell of; neither
//! database lets them change or go.

use futures::Stream;
use jiff::Timestamp;
use models::{
    Context, Id, Prefixed, Scope,
    record::{FieldErrors, Row},
    values,
};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{Database, Error, Result, Tx, table::sql::Sql};

/// What happened, for [`record`].
#[derive(Debug, Clone, Default)]
pub struct NewEntry<'a> {
    /// What and how, such as `course.updated` or `session.revoked`.
    pub action: &'a str,
    /// The kind of record, such as `course`.
    pub record: Option<&'a str>,
    pub record_id: Option<String>,
    /// The fields as they were; secrets must be masked already.
    pub before: Option<Json>,
    pub after: Option<Json>,
}

/// What happened, as found again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEntry {
    pub id: Id<Self>,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub record: Option<String>,
    pub record_id: Option<String>,
    pub before: Option<Json>,
    pub after: Option<Json>,
    pub address: Option<String>,
    pub client: Option<String>,
    pub request: Option<String>,
}

impl Prefixed for AuditEntry {
    const PREFIX: &'static str = "aud";
}

/// Adds an entry within the transaction of what it tells of.
pub async fn record(tx: &mut Tx, context: &Context<'_>, entry: NewEntry<'_>) -> Result<()> {
    let clipped = |text: &Option<String>| text.as_ref().map(|text| printable(text));
    let values = values![
        &context.scope.tenant,
        context.mint::<AuditEntry>(),
        context.now(),
        printable(&context.scope.actor),
        entry.action,
        entry.record,
        entry.record_id,
        entry.before,
        entry.after,
        clipped(&context.origin.address),
        clipped(&context.origin.client),
        clipped(&context.origin.request),
    ];
    let sql =
        "INSERT INTO audit (tenant, id, at, actor, action, record, record_id, before, after, address, client, request)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    tx.execute(sql, &values).await.map(|_| ())
}

/// What a client says of itself goes no further than a line.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Which entries; the default is all, newest first.
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    pub actor: Option<String>,
    /// Such as `course.updated`; `course.*` is everything that happened to courses.
    pub action: Option<String>,
    pub record: Option<String>,
    pub record_id: Option<String>,
    /// That or later.
    pub from: Option<Timestamp>,
    /// Earlier than that.
    pub before: Option<Timestamp>,
    /// The id of the last entry of the page before.
    pub cursor: Option<String>,
    /// 1 to [`crate::LIMIT`]; 0 is 50.
    pub limit: u32,
}

/// One page of entries.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    pub items: Vec<AuditEntry>,
    pub next_cursor: Option<String>,
}

/// The entries of the scope's tenant that fit.
///
/// # Errors
/// [`Error::Invalid`] for a limit out of range; [`Error::InvalidCursor`].
pub async fn search(database: &Database, scope: &Scope, query: &AuditQuery) -> Result<AuditPage> {
    let limit = if query.limit == 0 { 50 } else { query.limit };
    if limit > crate::LIMIT {
        return Err(FieldErrors::one("limit", format!("must be from 1 to {}", crate::LIMIT)).into());
    }
    let mut sql = Sql::new("SELECT * FROM audit WHERE tenant = ");
    sql.bind(&scope.tenant);
    for (column, value) in [("actor", &query.actor), ("record", &query.record), ("record_id", &query.record_id)] {
        if let Some(value) = value {
            sql.push(" AND ").name(column).push(" = ").bind(value);
        }
    }
    match query.action.as_deref().map(|action| action.strip_suffix('*').ok_or(action)) {
        // Between the prefix and the last text that begins so: an index serves it, and no wildcard is special.
        Some(Ok(prefix)) => {
            sql.push(" AND action >= ").bind(prefix).push(" AND action < ").bind(format!("{prefix}\u{10ffff}"));
        }
        Some(Err(action)) => {
            sql.push(" AND action = ").bind(action);
        }
        None => {}
    }
    if let Some(from) = query.from {
        sql.push(" AND at >= ").bind(from);
    }
    if let Some(before) = query.before {
        sql.push(" AND at < ").bind(before);
    }
    if let Some(cursor) = &query.cursor {
        let invalid = |_| Error::InvalidCursor(cursor.chars().take(80).collect());
        sql.push(" AND id < ").bind(cursor.parse::<Id<AuditEntry>>().map_err(invalid)?);
    }
    sql.push(" ORDER BY id DESC LIMIT ").bind(i64::from(limit) + 1);
    let mut tx = database.read(&scope.tenant).await?;
    let rows = tx.fetch_all(sql.text(), sql.values()).await?;
    let mut items = rows.iter().map(entry).collect::<Result<Vec<_>>>()?;
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(|entry| entry.id.to_string());
    Ok(AuditPage { items, next_cursor })
}

/// All entries that fit, newest first, one JSON document a line. Pages are read as they are asked for.
pub fn export<'a>(
    database: &'a Database,
    scope: &'a Scope,
    query: AuditQuery,
) -> impl Stream<Item = Result<String>> + Send + 'a {
    let first = Some(AuditQuery { limit: crate::LIMIT, ..query });
    futures::stream::try_unfold(first, move |query| async move {
        let Some(mut query) = query else { return Ok(None) };
        let page = search(database, scope, &query).await?;
        let mut lines = String::new();
        for entry in &page.items {
            lines.push_str(&serde_json::to_string(entry).map_err(Error::decode("audit entry"))?);
            lines.push('\n');
        }
        query.cursor = page.next_cursor;
        let next = query.cursor.is_some().then_some(query);
        Ok(Some((lines, next)))
    })
}

fn entry(row: &Row) -> Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.get("id")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        record: row.get("record")?,
        record_id: row.get("record_id")?,
        before: row.get("before")?,
        after: row.get("after")?,
        address: row.get("address")?,
        client: row.get("client")?,
        request: row.get("request")?,
    })
}
