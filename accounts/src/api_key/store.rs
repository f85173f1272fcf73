use jiff::{SignedDuration, Timestamp};
use models::{Id, TenantId, record::Row, records::User, values};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use store::{Database, Tx};

use super::{ApiKey, NewApiKey};
use crate::{Result, access::store::from_json, secret::Fingerprint};

pub async fn insert(tx: &mut Tx, tenant: &TenantId, key: &ApiKey, text: &SecretString) -> Result<()> {
    let sql = "INSERT INTO api_keys (tenant, id, user_id, name, prefix, hash, permissions, created_at, expires_at)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let hash = Fingerprint::of(text);
    let permissions = json!(key.permissions.names());
    let bound = values![
        tenant,
        key.id,
        key.owner,
        &key.name,
        &key.prefix,
        hash.as_str(),
        permissions,
        key.created_at,
        key.expires_at
    ];
    tx.execute(sql, &bound).await?;
    Ok(())
}

impl NewApiKey {
    pub(crate) fn named(self, id: Id<ApiKey>, owner: Id<User>, prefix: String, now: Timestamp) -> ApiKey {
        ApiKey {
            id,
            owner,
            name: self.name.to_string(),
            prefix,
            permissions: self.permissions,
            created_at: now,
            expires_at: self.expires_at,
            used_at: None,
        }
    }
}

const BY_PREFIX: &str = "SELECT tenant, id, user_id, name, prefix, hash, permissions, created_at, expires_at, used_at,
        revoked_at FROM api_keys WHERE prefix = ?";

/// The key with this text, if it can be used at `now`, with its tenant.
pub async fn find(database: &Database, text: &SecretString, now: Timestamp) -> Result<Option<(TenantId, ApiKey)>> {
    let Some(prefix) = super::prefix(text.expose_secret()) else { return Ok(None) };
    let mut tx = database.read_everything().await?;
    let Some(row) = tx.fetch_optional(BY_PREFIX, &values![prefix]).await? else { return Ok(None) };
    let (hash, revoked): (String, Option<Timestamp>) = (row.get("hash")?, row.get("revoked_at")?);
    let key = key(&row)?;
    let usable = Fingerprint::of(text).matches(&hash) && revoked.is_none() && now < key.expires_at;
    Ok(if usable { Some((row.get("tenant")?, key)) } else { None })
}

fn key(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        owner: row.get("user_id")?,
        name: row.get("name")?,
        prefix: row.get("prefix")?,
        permissions: from_json(&row.get("permissions")?),
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        used_at: row.get("used_at")?,
    })
}

/// The keys that can be used: of one person, or of all.
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    owner: Option<Id<User>>,
    now: Timestamp,
) -> Result<Vec<ApiKey>> {
    let mut tx = database.read(tenant).await?;
    let sql = "SELECT id, user_id, name, prefix, permissions, created_at, expires_at, used_at FROM api_keys
               WHERE tenant = ? AND (CAST(?2 AS TEXT) = '' OR user_id = ?2) AND revoked_at IS NULL AND expires_at > ?3
               ORDER BY created_at DESC, id DESC LIMIT 500";
    let owner = owner.map(|id| id.to_string()).unwrap_or_default();
    tx.fetch_all(sql, &values![tenant, owner, now]).await?.iter().map(key).collect()
}

/// Ends a key: of that person, or anybody's. False when there is none that works.
pub async fn revoke(
    tx: &mut Tx,
    tenant: &TenantId,
    owner: Option<Id<User>>,
    id: Id<ApiKey>,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE api_keys SET revoked_at = ?3
               WHERE tenant = ?1 AND id = ?2 AND (CAST(?4 AS TEXT) = '' OR user_id = ?4) AND revoked_at IS NULL";
    let owner = owner.map(|id| id.to_string()).unwrap_or_default();
    Ok(tx.execute(sql, &values![tenant, id, now, owner]).await? == 1)
}

pub async fn revoke_all(tx: &mut Tx, tenant: &TenantId, owner: Id<User>, now: Timestamp) -> Result<u64> {
    let sql = "UPDATE api_keys SET revoked_at = ? WHERE tenant = ? AND user_id = ? AND revoked_at IS NULL";
    Ok(tx.execute(sql, &values![now, tenant, owner]).await?)
}

/// Notes the use, at most once a minute: a busy key shall not write at each request.
pub async fn note_use(database: &Database, tenant: &TenantId, key: &ApiKey, now: Timestamp) -> Result<()> {
    let recent = |used: Timestamp| now.duration_since(used).abs() < SignedDuration::from_mins(1);
    if key.used_at.is_some_and(recent) {
        return Ok(());
    }
    let mut tx = database.write(tenant).await?;
    let sql = "UPDATE api_keys SET used_at = ? WHERE tenant = ? AND id = ?";
    tx.execute(sql, &values![now, tenant, key.id]).await?;
    Ok(tx.commit().await?)
}
