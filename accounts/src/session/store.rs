use jiff::{SignedDuration, Timestamp};
use models::{Id, Origin, TenantId, record::Row, records::User, values};
use store::{Database, Tx};

use super::{End, Session};
use crate::{Result, secret::Fingerprint};

/// A session to open.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    pub tenant: &'a TenantId,
    pub id: Id<Session>,
    pub user: Id<User>,
    pub now: Timestamp,
    pub expires_at: Timestamp,
    pub origin: &'a Origin,
}

pub async fn open(tx: &mut Tx, opening: Opening<'_>) -> Result<()> {
    let Opening { tenant, id, user, now, expires_at, origin } = opening;
    let sql = "INSERT INTO sessions (tenant, id, user_id, created_at, used_at, expires_at, address, client)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let (address, client) = (origin.address.clone(), client(origin));
    tx.execute(sql, &values![tenant, id, user, now, now, expires_at, address, client]).await?;
    Ok(())
}

/// What the client calls itself, at a length that a list can show.
fn client(origin: &Origin) -> Option<String> {
    let text = origin.client.as_deref()?;
    Some(text.chars().filter(|c| !c.is_control()).take(200).collect())
}

pub async fn add_token(
    tx: &mut Tx,
    tenant: &TenantId,
    session: Id<Session>,
    hash: &Fingerprint,
    expires_at: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO refresh_tokens (tenant, hash, session_id, expires_at) VALUES (?, ?, ?, ?)";
    tx.execute(sql, &values![tenant, hash.as_str(), session, expires_at]).await?;
    Ok(())
}

/// A refresh token with its session.
#[derive(Debug, Clone)]
pub struct Token {
    pub tenant: TenantId,
    pub session: Id<Session>,
    pub user: Id<User>,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub session_expires_at: Timestamp,
    pub session_ended_at: Option<Timestamp>,
    /// The person may sign in: there, and not suspended.
    pub active: bool,
}

const TOKEN: &str = "SELECT t.tenant, t.session_id, t.expires_at, t.used_at, s.user_id,
        s.expires_at AS session_expires_at, s.ended_at AS session_ended_at,
        CASE WHEN u.status = 'active' THEN 1 ELSE 0 END AS active
    FROM refresh_tokens t
    JOIN sessions s ON s.tenant = t.tenant AND s.id = t.session_id
    JOIN users u ON u.tenant = s.tenant AND u.id = s.user_id AND u.deleted_at IS NULL
    WHERE t.hash = ?";

pub async fn token(tx: &mut Tx, hash: &Fingerprint) -> Result<Option<Token>> {
    let row = tx.fetch_optional(TOKEN, &values![hash.as_str()]).await?;
    let token = |row: &Row| -> Result<Token> {
        Ok(Token {
            tenant: row.get("tenant")?,
            session: row.get("session_id")?,
            user: row.get("user_id")?,
            expires_at: row.get("expires_at")?,
            used_at: row.get("used_at")?,
            session_expires_at: row.get("session_expires_at")?,
            session_ended_at: row.get("session_ended_at")?,
            active: row.get("active")?,
        })
    };
    row.as_ref().map(token).transpose()
}

/// Marks the token as used. False when somebody else has just done so.
pub async fn use_token(tx: &mut Tx, tenant: &TenantId, hash: &Fingerprint, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE refresh_tokens SET used_at = ? WHERE tenant = ? AND hash = ? AND used_at IS NULL";
    Ok(tx.execute(sql, &values![now, tenant, hash.as_str()]).await? == 1)
}

pub async fn touch(tx: &mut Tx, token: &Token, origin: &Origin, now: Timestamp) -> Result<()> {
    let sql = "UPDATE sessions SET used_at = ?, address = ?, client = ? WHERE tenant = ? AND id = ?";
    tx.execute(sql, &values![now, origin.address.clone(), client(origin), &token.tenant, token.session]).await?;
    Ok(())
}

/// Ends one session of the person. False when there is none with that id that is open.
pub async fn end(
    tx: &mut Tx,
    tenant: &TenantId,
    user: Id<User>,
    session: Id<Session>,
    reason: End,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE sessions SET ended_at = ?, end_reason = ?
               WHERE tenant = ? AND user_id = ? AND id = ? AND ended_at IS NULL";
    Ok(tx.execute(sql, &values![now, reason.name(), tenant, user, session]).await? == 1)
}

/// Ends the person's sessions, except `kept`; returns how many.
pub async fn end_all(
    tx: &mut Tx,
    tenant: &TenantId,
    user: Id<User>,
    kept: Option<Id<Session>>,
    reason: End,
    now: Timestamp,
) -> Result<u64> {
    let sql = "UPDATE sessions SET ended_at = ?, end_reason = ?
               WHERE tenant = ? AND user_id = ? AND id <> ? AND ended_at IS NULL";
    let kept = kept.map(|id| id.to_string()).unwrap_or_default();
    Ok(tx.execute(sql, &values![now, reason.name(), tenant, user, kept]).await?)
}

/// The open sessions of a person, the one used last first.
pub async fn list(database: &Database, tenant: &TenantId, user: Id<User>, now: Timestamp) -> Result<Vec<Session>> {
    let mut tx = database.read(tenant).await?;
    let sql = "SELECT id, created_at, used_at, expires_at, address, client FROM sessions s
               WHERE tenant = ? AND user_id = ? AND ended_at IS NULL AND expires_at > ?
                 AND EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.tenant = s.tenant AND t.session_id = s.id
                                                              AND t.used_at IS NULL AND t.expires_at > ?)
               ORDER BY used_at DESC, id DESC LIMIT 200";
    let rows = tx.fetch_all(sql, &values![tenant, user, now, now]).await?;
    let session = |row: &Row| -> Result<Session> {
        Ok(Session {
            id: row.get("id")?,
            created_at: row.get("created_at")?,
            used_at: row.get("used_at")?,
            expires_at: row.get("expires_at")?,
            address: row.get("address")?,
            client: row.get("client")?,
        })
    };
    rows.iter().map(session).collect()
}

/// Forgets what ended a month ago, and tokens that nobody can use any more.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<()> {
    let past = now.saturating_sub(SignedDuration::from_hours(24 * 30)).unwrap_or(Timestamp::MIN);
    tx.execute("DELETE FROM sessions WHERE expires_at < ? OR ended_at < ?", &values![past, past]).await?;
    tx.execute("DELETE FROM refresh_tokens WHERE expires_at < ?", &values![past]).await?;
    tx.execute("DELETE FROM links WHERE expires_at < ?", &values![now]).await?;
    let forgotten = now.saturating_sub(SignedDuration::from_hours(48)).unwrap_or(Timestamp::MIN);
    tx.execute("DELETE FROM attempts WHERE last_at < ?", &values![forgotten]).await?;
    Ok(())
}
