//! Events: what happened, written in the transaction in which it happened, read afterwards in one order by everybody.
//!
//! A row gets its place in that order only once its transaction is over: PostgreSQL gives numbers before the commit, so
//! a reader that counted by them could pass over a slower transaction's. One numberer at a time does it.

mod consume;

use jiff::Timestamp;
use models::{Context, Id, Prefixed, TenantId, record::FieldType as _, record::Row, values};
use serde_json::{Value as Json, json};

use crate::{Result, Tx};

pub use consume::{Delivered, Outbox, Subscriber};

/// Something that happened. Its JSON form is a `CloudEvent` 1.0 (<https://cloudevents.io>).
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: Id<Self>,
    /// Its place among all events of this database, from 1.
    pub position: i64,
    pub tenant: TenantId,
    /// What happened, such as `course.updated`.
    pub kind: String,
    /// The id of the record to which it happened.
    pub subject: String,
    pub actor: String,
    pub at: Timestamp,
    pub data: Json,
}

impl Prefixed for Event {
    const PREFIX: &'static str = "evn";
}

impl Event {
    #[must_use]
    pub fn cloud_event(&self) -> Json {
        json!({
            "specversion": "1.0",
            "id": self.id.to_string(),
            "source": format!("/guichet/{}", self.tenant.as_str()),
            "type": self.kind,
            "subject": self.subject,
            "time": self.at.json(),
            "datacontenttype": "application/json",
            "tenant": self.tenant.as_str(),
            "actor": self.actor,
            "data": self.data,
        })
    }

    /// `course.updated`, `course.*` or `*`.
    #[must_use]
    pub fn fits(&self, pattern: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(prefix) => self.kind.starts_with(prefix),
            None => self.kind == pattern,
        }
    }

    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            position: row.get("position")?,
            tenant: row.get("tenant")?,
            kind: row.get("type")?,
            subject: row.get("subject")?,
            actor: row.get("actor")?,
            at: row.get("at")?,
            data: row.get("data")?,
        })
    }
}

/// Adds an event within the transaction of what it tells of.
pub async fn publish(tx: &mut Tx, context: &Context<'_>, kind: &str, subject: &str, data: Json) -> Result<()> {
    let values = values![
        context.mint::<Event>(),
        &context.scope.tenant,
        kind,
        subject,
        context.scope.actor.as_str(),
        context.now(),
        data,
    ];
    let sql = "INSERT INTO events (id, tenant, type, subject, actor, at, data) VALUES (?, ?, ?, ?, ?, ?, ?)";
    tx.execute(sql, &values).await.map(|_| ())
}
