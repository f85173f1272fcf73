//! Forgetting a document.

use models::{DocumentId, TenantId};

use crate::{
    Error, Result, Store, supersession,
    versions::{Published, retire},
};

impl Store {
    /// Removes the document, its versions, its vectors and its file. Nothing finds it from here on; the indexes are to
    /// be told as after [`Store::publish`].
    pub async fn delete(&self, tenant: &TenantId, id: DocumentId) -> Result<Published> {
        let mut tx = self.write().await?;
        let versions: Vec<u32> = sqlx::query_scalar(
            "SELECT v.version FROM versions v JOIN documents d ON d.id = v.document WHERE d.tenant = ?1 AND d.id = ?2",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .fetch_all(&mut *tx)
        .await?;
        sqlx::query(
            "DELETE FROM embeddings WHERE hash IN (
                 SELECT c.embedding FROM chunks c JOIN documents d ON d.id = c.document
                 WHERE d.tenant = ?1 AND d.id = ?2 AND NOT EXISTS (
                     SELECT 1 FROM chunks other WHERE other.embedding = c.embedding AND other.document <> c.document))",
        )
        .bind(tenant.as_str())
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        let (mut deleted, mut blobs) = (Published::default(), Vec::new());
        for version in versions {
            retire(&mut tx, id, version, &mut deleted.stale, &mut blobs).await?;
        }
        let blob: Option<String> =
            sqlx::query_scalar("DELETE FROM documents WHERE tenant = ?1 AND id = ?2 RETURNING blob")
                .bind(tenant.as_str())
                .bind(id.to_string())
                .fetch_optional(&mut *tx)
                .await?;
        blobs.push(blob.ok_or_else(|| Error::missing("document", &id))?);
        deleted.revalidated = supersession::resolve(&mut tx, tenant).await?;
        tx.commit().await?;
        self.drop_unused_blobs(blobs).await?;
        Ok(deleted)
    }
}
