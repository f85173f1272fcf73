//! Embeddings, kept by model and text, so that no text is embedded twice.

use std::collections::HashMap;

use sqlx::{Sqlite, Transaction};

use crate::{Result, Store, rows};

impl Store {
    /// The vectors that are known, by hash. `hashes` are those of the embedded texts ([`crate::sha256_hex`]).
    pub async fn cached_vectors(&self, model: &str, hashes: &[String]) -> Result<HashMap<String, Vec<f32>>> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
            "SELECT hash, vector FROM embeddings
             WHERE model = ?1 AND hash IN (SELECT value FROM json_each(?2))",
        )
        .bind(model)
        .bind(rows::to_json("list of hashes", hashes)?)
        .fetch_all(self.readers())
        .await?;
        Ok(rows.into_iter().map(|(hash, bytes)| (hash, from_bytes(&bytes))).collect())
    }

    /// Keeps vectors before the version that needs them is whole.
    pub async fn put_vectors(&self, model: &str, vectors: &[(String, Vec<f32>)]) -> Result<()> {
        let mut tx = self.write().await?;
        for (hash, vector) in vectors {
            put(&mut tx, model, hash, vector).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Drops vectors of texts that no chunk holds any more. Only while nothing is being worked on.
    pub async fn prune_vectors(&self) -> Result<u64> {
        let mut tx = self.write().await?;
        let pruned = sqlx::query("DELETE FROM embeddings WHERE hash NOT IN (SELECT embedding FROM chunks)")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(pruned.rows_affected())
    }
}

pub async fn put(tx: &mut Transaction<'_, Sqlite>, model: &str, hash: &str, vector: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
    sqlx::query("INSERT OR IGNORE INTO embeddings (model, hash, vector) VALUES (?1, ?2, ?3)")
        .bind(model)
        .bind(hash)
        .bind(bytes)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

pub fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|number| f32::from_le_bytes(*number)).collect()
}
