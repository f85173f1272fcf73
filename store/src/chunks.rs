//! Reading chunks, and keeping the indexes in step.

use std::collections::{BTreeSet, HashMap};

use models::{Chunk, ChunkId, Document, DocumentId, TenantId};

use crate::{
    Result, Store,
    rows::{self, ChunkRow, DocumentRow},
    vectors,
};

/// All that an index needs to hold a chunk.
#[derive(Debug, Clone)]
pub struct StoredChunk {
    pub chunk: Chunk,
    pub document: Document,
    pub vector: Option<Vec<f32>>,
}

impl Store {
    /// The chunks that can be searched, with their documents, in the order asked for. What was deleted, replaced or
    /// belongs to another tenant is left out: this is the tripwire behind both indexes.
    pub async fn chunks(&self, tenant: &TenantId, ids: &[ChunkId]) -> Result<Vec<(Chunk, Document)>> {
        let rows: Vec<ChunkRow> = sqlx::query_as(
            "SELECT c.* FROM chunks c JOIN documents d ON d.id = c.document AND d.version = c.version
             WHERE d.tenant = ?1 AND c.id IN (SELECT value FROM json_each(?2))",
        )
        .bind(tenant.as_str())
        .bind(rows::id_list(ids)?)
        .fetch_all(self.readers())
        .await?;
        let found = self.with_documents(rows).await?;
        let mut by_id: HashMap<ChunkId, _> =
            found.into_iter().map(|stored| (stored.chunk.id, (stored.chunk, stored.document))).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).filter(|(_, document)| document.tenant == *tenant).collect())
    }

    /// Every searchable chunk of every tenant, by id, for building an index: page by page after `after`. With the
    /// vectors of `model`, where they are known.
    pub async fn all_chunks(
        &self,
        after: Option<ChunkId>,
        limit: u32,
        model: Option<&str>,
    ) -> Result<Vec<StoredChunk>> {
        let rows = sqlx::query_as(
            "SELECT c.*, e.vector FROM chunks c
             JOIN documents d ON d.id = c.document AND d.version = c.version
             LEFT JOIN embeddings e ON e.model = ?3 AND e.hash = c.embedding
             WHERE (?1 IS NULL OR c.id > ?1) ORDER BY c.id LIMIT ?2",
        )
        .bind(after.map(|id| id.to_string()))
        .bind(limit)
        .bind(model)
        .fetch_all(self.readers())
        .await?;
        self.with_documents(rows).await
    }

    /// The searchable chunks of one document, in reading order, with the vectors of `model` where they are known.
    pub async fn document_chunks(
        &self,
        tenant: &TenantId,
        id: DocumentId,
        model: Option<&str>,
    ) -> Result<Vec<StoredChunk>> {
        let rows = sqlx::query_as(
            "SELECT c.*, e.vector FROM chunks c
             JOIN documents d ON d.id = c.document AND d.version = c.version
             LEFT JOIN embeddings e ON e.model = ?3 AND e.hash = c.embedding
             WHERE d.tenant = ?1 AND d.id = ?2 ORDER BY c.ordinal",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .bind(model)
        .fetch_all(self.readers())
        .await?;
        self.with_documents(rows).await
    }

    /// How many chunks of all tenants can be searched: what each index should count.
    pub async fn chunk_count(&self) -> Result<u64> {
        let count: i64 = sqlx::query_scalar("SELECT coalesce(sum(chunks), 0) FROM documents WHERE version > 0")
            .fetch_one(self.readers())
            .await?;
        Ok(count.cast_unsigned())
    }

    /// Up to `limit` chunks that the indexes may still hold and must forget.
    pub async fn stale_chunks(&self, limit: u32) -> Result<Vec<ChunkId>> {
        let ids: Vec<String> =
            sqlx::query_scalar("SELECT id FROM stale_chunks LIMIT ?1").bind(limit).fetch_all(self.readers()).await?;
        ids.iter().map(|id| rows::parse("chunk id", id)).collect()
    }

    /// Both indexes have durably forgotten these.
    pub async fn forget_stale(&self, ids: &[ChunkId]) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("DELETE FROM stale_chunks WHERE id IN (SELECT value FROM json_each(?1))")
            .bind(rows::id_list(ids)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Documents whose validity the indexes do not know yet.
    pub async fn outdated(&self) -> Result<Vec<(TenantId, DocumentId)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT tenant, id FROM documents WHERE outdated = 1").fetch_all(self.readers()).await?;
        rows.into_iter().map(|(tenant, id)| Ok((TenantId::new(tenant), rows::parse("document id", &id)?))).collect()
    }

    /// Both indexes durably hold the validity of these.
    pub async fn forget_outdated(&self, ids: &[DocumentId]) -> Result<()> {
        let mut tx = self.write().await?;
        sqlx::query("UPDATE documents SET outdated = 0 WHERE id IN (SELECT value FROM json_each(?1))")
            .bind(rows::id_list(ids)?)
            .execute(&mut *tx)
            .await?;
        Ok(tx.commit().await?)
    }

    /// Leaves out what was deleted or replaced between the two reads.
    async fn with_documents(&self, rows: Vec<ChunkRow>) -> Result<Vec<StoredChunk>> {
        let ids: BTreeSet<&str> = rows.iter().map(|row| row.document.as_str()).collect();
        let documents: Vec<DocumentRow> =
            sqlx::query_as("SELECT * FROM documents WHERE id IN (SELECT value FROM json_each(?1))")
                .bind(rows::to_json("list of ids", &ids)?)
                .fetch_all(self.readers())
                .await?;
        let documents: HashMap<DocumentId, Document> = documents
            .into_iter()
            .map(|row| Document::try_from(row).map(|document| (document.id, document)))
            .collect::<Result<_>>()?;
        let mut stored = Vec::with_capacity(rows.len());
        for mut row in rows {
            let vector = row.vector.take().map(|bytes| vectors::from_bytes(&bytes));
            let chunk = Chunk::try_from(row)?;
            if let Some(document) = documents.get(&chunk.document).filter(|found| found.version == chunk.version) {
                stored.push(StoredChunk { chunk, document: document.clone(), vector });
            }
        }
        Ok(stored)
    }
}
