use std::sync::Arc;

use jiff::Timestamp;
use models::values;
use store::Database;

use super::{KeyRing, RingKey, ServerKey, SigningKey, ring};
use crate::Result;

/// The keys that sign or are still believed.
pub async fn load(database: &Database, server_key: &ServerKey) -> Result<KeyRing> {
    let mut tx = database.read_everything().await?;
    let rows = tx.fetch_all("SELECT kid, sealed, created_at, retires_at FROM signing_keys", &[]).await?;
    let key = |row: &models::record::Row| -> Result<RingKey> {
        let (kid, sealed): (String, String) = (row.get("kid")?, row.get("sealed")?);
        let key = Arc::new(SigningKey::from_pkcs8(&server_key.unseal(&kid, &sealed)?)?);
        Ok(RingKey { key, created_at: row.get("created_at")?, retires_at: row.get("retires_at")? })
    };
    Ok(KeyRing::new(rows.iter().map(key).collect::<Result<_>>()?))
}

/// Lets `key` sign from now on, and the one named `before` no more. False when another node was faster.
pub async fn replace(
    database: &Database,
    server_key: &ServerKey,
    key: &SigningKey,
    before: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    let kid = &key.public().kid;
    let sealed = server_key.seal(kid, &key.to_pkcs8()?)?;
    let mut tx = database.write_everything().await?;
    tx.execute("DELETE FROM signing_keys WHERE retires_at <= ?", &values![now]).await?;
    let retired = "UPDATE signing_keys SET retires_at = ? WHERE kid = ? AND retires_at IS NULL";
    if let Some(before) = before
        && tx.execute(retired, &values![ring::retirement(now), before]).await? == 0
    {
        return Ok(false);
    }
    let insert = "INSERT INTO signing_keys (kid, sealed, created_at, retires_at) VALUES (?, ?, ?, NULL)";
    match tx.execute(insert, &values![kid, sealed, now]).await {
        Ok(_) => {}
        Err(store::Error::Unique { .. }) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(true)
}
