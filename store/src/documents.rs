//! Registering and listing documents.

use std::collections::BTreeMap;

use jiff::civil::Date;
use models::{
    Audience, Clock, Collection, Document, DocumentId, DocumentState, Format, Grant, Language, TenantId, Validity,
};
use sha2::{Digest, Sha256};
use sqlx::{Sqlite, Transaction};

use crate::{
    Error, Result, Store,
    rows::{self, DocumentRow},
};

/// A file that somebody gave us, before anything was read from it.
#[derive(Debug, Clone)]
pub struct NewDocument {
    pub tenant: TenantId,
    pub collection: Collection,
    pub origin: String,
    pub title: String,
    pub format: Format,
    pub audience: Audience,
    pub validity: Validity,
    pub date: Option<Date>,
    pub bytes: u64,
    /// Covers the file's bytes, the metadata beside it and what the pipeline would do with them.
    pub content_hash: String,
    /// From [`Store::put_blob`].
    pub blob: String,
    /// The origin, file name or title of the document whose place it takes.
    pub supersedes: Option<String>,
    /// What came beside the file: JSON that only the pipeline reads, given back by [`Store::claim`].
    pub metadata: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registered {
    /// Queued, never seen before.
    New(DocumentId),
    /// Queued (again): its content changed, or it was still waiting or stopped.
    Changed(DocumentId),
    /// The same content already came to its end, good or bad.
    Unchanged(DocumentId),
}

impl Registered {
    #[must_use]
    pub const fn id(self) -> DocumentId {
        match self {
            Self::New(id) | Self::Changed(id) | Self::Unchanged(id) => id,
        }
    }
}

/// Which documents to list; the default is all.
#[derive(Debug, Clone, Default)]
pub struct DocumentFilter {
    pub state: Option<DocumentState>,
    pub collection: Option<Collection>,
    /// Part of the title or origin, in any case.
    pub text: Option<String>,
    /// Only what these grants may read; `None` lists everything.
    pub grants: Option<Vec<Grant>>,
}

/// Newest first.
#[derive(Debug, Clone)]
pub struct Page {
    pub items: Vec<Document>,
    pub next_cursor: Option<String>,
}

/// How many documents are in each state (absent is none), and how many chunks can be searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub documents: BTreeMap<DocumentState, u64>,
    pub chunks: u64,
}

impl Store {
    /// See [`Self::register_all`].
    pub async fn register(&self, new: NewDocument, clock: &dyn Clock) -> Result<Registered> {
        let registered = self.register_all(vec![new], clock).await?;
        registered.into_iter().next().ok_or_else(|| Error::Conflict("nothing was registered".to_owned()))
    }

    /// Queues what is new or changed, in one transaction. `(tenant, origin)` tells documents apart.
    ///
    /// # Errors
    /// [`Error::NotFound`] when a blob is not there (any more): put it again.
    pub async fn register_all(&self, new: Vec<NewDocument>, clock: &dyn Clock) -> Result<Vec<Registered>> {
        let mut tx = self.write().await?;
        let mut registered = Vec::with_capacity(new.len());
        for document in &new {
            if !self.blob_path(&document.blob).is_file() {
                return Err(Error::missing("file", &document.blob));
            }
            registered.push(register(&mut tx, document, clock).await?);
        }
        tx.commit().await?;
        Ok(registered)
    }

    pub async fn document(&self, tenant: &TenantId, id: DocumentId) -> Result<Document> {
        let row: Option<DocumentRow> = sqlx::query_as("SELECT * FROM documents WHERE tenant = ?1 AND id = ?2")
            .bind(tenant.as_str())
            .bind(id.to_string())
            .fetch_optional(self.readers())
            .await?;
        row.ok_or_else(|| Error::missing("document", &id))?.try_into()
    }

    /// The document that was registered under this origin, if any.
    pub async fn lookup(&self, tenant: &TenantId, origin: &str) -> Result<Option<Document>> {
        let row: Option<DocumentRow> = sqlx::query_as("SELECT * FROM documents WHERE tenant = ?1 AND origin = ?2")
            .bind(tenant.as_str())
            .bind(origin)
            .fetch_optional(self.readers())
            .await?;
        row.map(TryInto::try_into).transpose()
    }

    /// At most `limit` documents after `cursor`, newest first.
    pub async fn documents(
        &self,
        tenant: &TenantId,
        filter: &DocumentFilter,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page> {
        let after: Option<DocumentId> =
            cursor.map(str::parse).transpose().map_err(|_| Error::InvalidCursor(cursor.unwrap_or_default().into()))?;
        let grants = filter.grants.as_ref().map(|grants| rows::to_json("list of grants", grants)).transpose()?;
        let rows: Vec<DocumentRow> = sqlx::query_as(
            "SELECT * FROM documents
             WHERE tenant = ?1
               AND (?2 IS NULL OR id < ?2)
               AND (?3 IS NULL OR state = ?3)
               AND (?4 IS NULL OR collection = ?4)
               AND (?5 IS NULL OR instr(sought, ?5) > 0)
               AND (?6 IS NULL OR EXISTS (SELECT 1 FROM json_each(audience) AS held
                                          WHERE held.value IN (SELECT value FROM json_each(?6))))
             ORDER BY id DESC LIMIT ?7",
        )
        .bind(tenant.as_str())
        .bind(after.map(|id| id.to_string()))
        .bind(filter.state.map(DocumentState::as_str))
        .bind(filter.collection.as_ref().map(Collection::as_str))
        .bind(filter.text.as_ref().map(|text| text.to_lowercase()))
        .bind(grants)
        .bind(i64::from(limit) + 1)
        .fetch_all(self.readers())
        .await?;
        let mut items = rows.into_iter().map(Document::try_from).collect::<Result<Vec<_>>>()?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next_cursor = items.last().filter(|_| more).map(|document| document.id.to_string());
        Ok(Page { items, next_cursor })
    }

    /// Documents of all tenants that wait or are being worked on.
    pub async fn pending_count(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT count(*) FROM documents WHERE state IN ('queued', 'parsing')")
            .fetch_one(self.readers())
            .await?;
        Ok(count.cast_unsigned())
    }

    /// Of what these grants may read; `None` counts everything.
    pub async fn counts(&self, tenant: &TenantId, grants: Option<&[Grant]>) -> Result<Counts> {
        let grants = grants.map(|grants| rows::to_json("list of grants", grants)).transpose()?;
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT state, count(*), sum(chunks) FROM documents
             WHERE tenant = ?1
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM json_each(audience) AS held
                                          WHERE held.value IN (SELECT value FROM json_each(?2))))
             GROUP BY state",
        )
        .bind(tenant.as_str())
        .bind(grants)
        .fetch_all(self.readers())
        .await?;
        let mut counts = Counts::default();
        for (state, documents, chunks) in rows {
            counts.documents.insert(rows::word("state", &state)?, documents.cast_unsigned());
            counts.chunks += chunks.cast_unsigned();
        }
        Ok(counts)
    }
}

async fn register(tx: &mut Transaction<'_, Sqlite>, new: &NewDocument, clock: &dyn Clock) -> Result<Registered> {
    let known: Option<DocumentRow> = sqlx::query_as("SELECT * FROM documents WHERE tenant = ?1 AND origin = ?2")
        .bind(new.tenant.as_str())
        .bind(&new.origin)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(known) = known else { return Ok(Registered::New(insert(tx, new, clock).await?)) };
    let id = rows::parse("document id", &known.id)?;
    let state: DocumentState = rows::word("state", &known.state)?;
    if known.content_hash == new.content_hash && state.is_pending() {
        return Ok(if known.version == 0 { Registered::New(id) } else { Registered::Changed(id) });
    }
    if known.content_hash == new.content_hash && state != DocumentState::Stopped {
        return Ok(Registered::Unchanged(id));
    }
    sqlx::query(
        "UPDATE documents SET state = 'queued', reason = NULL, crashes = 0, bytes = ?2, content_hash = ?3, blob = ?4,
             metadata = ?5, format = ?6, updated_at = ?7
         WHERE id = ?1",
    )
    .bind(&known.id)
    .bind(new.bytes.cast_signed())
    .bind(&new.content_hash)
    .bind(&new.blob)
    .bind(&new.metadata)
    .bind(new.format.as_str())
    .bind(rows::time(clock.now()))
    .execute(&mut **tx)
    .await?;
    Ok(Registered::Changed(id))
}

async fn insert(tx: &mut Transaction<'_, Sqlite>, new: &NewDocument, clock: &dyn Clock) -> Result<DocumentId> {
    let last: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'documents'")
        .fetch_optional(&mut **tx)
        .await?;
    let id = mint(new, last.unwrap_or_default(), clock);
    let now = rows::time(clock.now());
    sqlx::query(
        "INSERT INTO documents (id, tenant, origin, name, collection, title, sought, format, language, audience,
             valid_from, valid_until, supersedes, date, bytes, content_hash, blob, metadata, state, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'queued', ?19, ?19)",
    )
    .bind(id.to_string())
    .bind(new.tenant.as_str())
    .bind(&new.origin)
    .bind(rows::name(&new.origin))
    .bind(new.collection.as_str())
    .bind(&new.title)
    .bind(rows::sought(&new.title, &new.origin))
    .bind(new.format.as_str())
    .bind(Language::Other.code())
    .bind(rows::audience(&new.audience)?)
    .bind(rows::date(new.validity.from))
    .bind(rows::date(new.validity.until))
    .bind(&new.supersedes)
    .bind(rows::date(new.date))
    .bind(new.bytes.cast_signed())
    .bind(&new.content_hash)
    .bind(&new.blob)
    .bind(&new.metadata)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Unique because `last` never repeats, and repeatable because nothing in it is random.
fn mint(new: &NewDocument, last: i64, clock: &dyn Clock) -> DocumentId {
    let mut hash = Sha256::new();
    hash.update(last.to_be_bytes());
    hash.update(new.tenant.as_str());
    hash.update([0]);
    hash.update(&new.origin);
    let mut random = [0; 10];
    random.copy_from_slice(&hash.finalize()[..10]);
    // Within a millisecond, ids sort by registration.
    random[..2].copy_from_slice(&u16::try_from(last & 0xfff).unwrap_or_default().to_be_bytes());
    DocumentId::mint(clock.now(), random)
}
