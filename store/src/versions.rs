//! Versions: written whole, then published in one transaction.

use jiff::civil::Date;
use models::{Audience, Chunk, ChunkId, Clock, Collection, Content, DocumentId, Language, TenantId, Validity};
use sqlx::{Sqlite, Transaction};

use crate::{Error, Result, Store, blobs::sha256_hex, rows, supersession, vectors};

/// All that was read from a document.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    pub document: DocumentId,
    /// From the [`crate::Claim`].
    pub version: u32,
    pub title: &'a str,
    pub language: Language,
    pub collection: &'a Collection,
    pub audience: &'a Audience,
    /// As the document says; supersession is worked out when publishing.
    pub validity: &'a Validity,
    pub date: Option<Date>,
    pub pages: Option<u32>,
    pub supersedes: Option<&'a str>,
    /// What a person should know although it worked, such as pages that could not be read.
    pub note: Option<&'a str>,
    pub content: &'a Content,
    pub chunks: &'a [Chunk],
    /// The embedder's id and one vector per chunk, of [`Chunk::embedded_text`] with `title`.
    pub vectors: Option<(&'a str, &'a [Vec<f32>])>,
}

/// What publishing means for the indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published {
    /// Documents whose new version can be searched now.
    pub documents: Vec<DocumentId>,
    /// To be deleted from the indexes, then reported with [`Store::forget_stale`].
    pub stale: Vec<ChunkId>,
    /// Documents whose validity changed because something superseded them, or no longer does: upsert their chunks
    /// ([`Store::document_chunks`]), then report with [`Store::forget_outdated`].
    pub revalidated: Vec<DocumentId>,
}

impl Store {
    /// See [`Self::save_versions`].
    pub async fn save_version(&self, new: NewVersion<'_>) -> Result<bool> {
        Ok(self.save_versions(&[new]).await? == [true])
    }

    /// Writes versions that nobody sees yet, in one transaction. `false` where the claim is no longer good (the
    /// document was deleted, stopped or changed meanwhile): nothing is written for that one.
    pub async fn save_versions(&self, new: &[NewVersion<'_>]) -> Result<Vec<bool>> {
        let mut tx = self.write().await?;
        let mut saved = Vec::with_capacity(new.len());
        for version in new {
            saved.push(save(&mut tx, version).await?);
        }
        tx.commit().await?;
        Ok(saved)
    }

    /// Makes saved versions, which the indexes hold by now, the searchable ones. One whose claim is no longer good is
    /// dropped instead; its chunks are then among the stale.
    pub async fn publish(&self, versions: &[(DocumentId, u32)], clock: &dyn Clock) -> Result<Published> {
        let mut tx = self.write().await?;
        let mut published = Published::default();
        let (mut tenants, mut replaced) = (Vec::new(), Vec::new());
        for &(document, version) in versions {
            let old: Option<(String, u32)> = sqlx::query_as(
                "SELECT d.tenant, d.version FROM documents d JOIN versions v ON v.document = d.id AND v.version = ?2
                 WHERE d.id = ?1 AND d.claimed = ?2 AND d.state = 'parsing'",
            )
            .bind(document.to_string())
            .bind(version)
            .fetch_optional(&mut *tx)
            .await?;
            let leaving = if let Some((tenant, old)) = old {
                show(&mut tx, document, version, clock).await?;
                published.documents.push(document);
                tenants.push(tenant);
                old
            } else {
                version
            };
            retire(&mut tx, document, leaving, &mut published.stale, &mut replaced).await?;
        }
        tenants.sort();
        tenants.dedup();
        for tenant in &tenants {
            published.revalidated.extend(supersession::resolve(&mut tx, &TenantId::new(tenant)).await?);
        }
        tx.commit().await?;
        if !replaced.is_empty() {
            self.drop_unused_blobs(replaced).await?;
        }
        Ok(published)
    }

    /// The text of the searchable version.
    pub async fn content(&self, tenant: &TenantId, id: DocumentId) -> Result<Content> {
        let content: Option<String> = sqlx::query_scalar(
            "SELECT v.content FROM documents d JOIN versions v ON v.document = d.id AND v.version = d.version
             WHERE d.tenant = ?1 AND d.id = ?2",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .fetch_optional(self.readers())
        .await?;
        rows::from_json("content", &content.ok_or_else(|| Error::missing("content of document", &id))?)
    }
}

async fn save(tx: &mut Transaction<'_, Sqlite>, new: &NewVersion<'_>) -> Result<bool> {
    let written = sqlx::query(
        "INSERT INTO versions (document, version, title, language, collection, audience, valid_from, valid_until,
             supersedes, date, pages, note, content, blob)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, blob FROM documents
         WHERE id = ?1 AND claimed = ?2 AND state = 'parsing'",
    )
    .bind(new.document.to_string())
    .bind(new.version)
    .bind(new.title)
    .bind(new.language.code())
    .bind(new.collection.as_str())
    .bind(rows::audience(new.audience)?)
    .bind(rows::date(new.validity.from))
    .bind(rows::date(new.validity.until))
    .bind(new.supersedes)
    .bind(rows::date(new.date))
    .bind(new.pages)
    .bind(new.note)
    .bind(rows::to_json("content", new.content)?)
    .execute(&mut **tx)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(false);
    }
    for (position, chunk) in new.chunks.iter().enumerate() {
        let embedding = sha256_hex(chunk.embedded_text(new.title).as_bytes());
        if let Some((model, vectors)) = new.vectors {
            let vector = vectors
                .get(position)
                .ok_or_else(|| Error::Conflict("a version needs one vector per chunk".to_owned()))?;
            vectors::put(tx, model, &embedding, vector).await?;
        }
        sqlx::query(
            "INSERT INTO chunks (id, document, version, ordinal, kind, language, headings, text, start, stop, page,
                 embedding)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )
        .bind(chunk.id.to_string())
        .bind(new.document.to_string())
        .bind(new.version)
        .bind(chunk.ordinal)
        .bind(rows::kind(chunk.kind))
        .bind(chunk.language.code())
        .bind(rows::to_json("heading path", &chunk.headings)?)
        .bind(&chunk.text)
        .bind(chunk.span.start)
        .bind(chunk.span.end)
        .bind(chunk.page)
        .bind(embedding)
        .execute(&mut **tx)
        .await?;
    }
    Ok(true)
}

/// Copies what the version says into the document's row, which is what readers see.
async fn show(tx: &mut Transaction<'_, Sqlite>, id: DocumentId, version: u32, clock: &dyn Clock) -> Result<()> {
    let id = id.to_string();
    let (title, origin): (String, String) = sqlx::query_as(
        "SELECT v.title, d.origin FROM versions v JOIN documents d ON d.id = v.document
         WHERE v.document = ?1 AND v.version = ?2",
    )
    .bind(&id)
    .bind(version)
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query("UPDATE versions SET published = 1 WHERE document = ?1 AND version = ?2")
        .bind(&id)
        .bind(version)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "UPDATE documents SET state = 'indexed', crashes = 0, version = ?2, sought = ?3, updated_at = ?4,
             superseded_by = NULL,
             (title, language, collection, audience, valid_from, valid_until, supersedes, date, pages, reason) =
             (SELECT title, language, collection, audience, valid_from, valid_until, supersedes, date, pages, note
              FROM versions WHERE document = ?1 AND version = ?2),
             chunks = (SELECT count(*) FROM chunks WHERE document = ?1 AND version = ?2)
         WHERE id = ?1",
    )
    .bind(&id)
    .bind(version)
    .bind(rows::sought(&title, &origin))
    .bind(rows::time(clock.now()))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes a version, if there is one of that number, and remembers what the indexes must forget.
pub async fn retire(
    tx: &mut Transaction<'_, Sqlite>,
    document: DocumentId,
    version: u32,
    stale: &mut Vec<ChunkId>,
    blobs: &mut Vec<String>,
) -> Result<()> {
    let document = document.to_string();
    let chunks: Vec<String> = sqlx::query_scalar("SELECT id FROM chunks WHERE document = ?1 AND version = ?2")
        .bind(&document)
        .bind(version)
        .fetch_all(&mut **tx)
        .await?;
    for id in &chunks {
        stale.push(rows::parse("chunk id", id)?);
    }
    sqlx::query("INSERT OR IGNORE INTO stale_chunks SELECT id FROM chunks WHERE document = ?1 AND version = ?2")
        .bind(&document)
        .bind(version)
        .execute(&mut **tx)
        .await?;
    let blob: Option<String> =
        sqlx::query_scalar("DELETE FROM versions WHERE document = ?1 AND version = ?2 RETURNING blob")
            .bind(&document)
            .bind(version)
            .fetch_optional(&mut **tx)
            .await?;
    blobs.extend(blob);
    Ok(())
}
