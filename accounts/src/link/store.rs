use jiff::Timestamp;
use models::{Id, TenantId, records::User, values};
use secrecy::SecretString;
use store::{Database, Tx};

use super::Purpose;
use crate::{
    Entropy, Error, Result,
    secret::{self, Fingerprint},
};

/// A link that was valid when it was looked up.
#[derive(Debug, Clone)]
pub struct Link {
    pub tenant: TenantId,
    pub user: Option<Id<User>>,
    pub email: Option<String>,
    hash: Fingerprint,
}

/// A new link's secret and its end.
#[derive(Debug)]
pub struct Made {
    pub token: SecretString,
    pub expires_at: Timestamp,
}

/// Makes a link; earlier ones of the same purpose and person stop working.
pub async fn make(
    tx: &mut Tx,
    tenant: &TenantId,
    purpose: Purpose,
    of: Option<(Id<User>, &str)>,
    entropy: &Entropy,
    now: Timestamp,
) -> Result<Made> {
    let token = secret::generate(entropy);
    let expires_at = now.saturating_add(purpose.lifetime()).unwrap_or(Timestamp::MAX);
    let (user, email) = (of.map(|(user, _)| user), of.map(|(_, email)| email.to_owned()));
    let sql = "DELETE FROM links WHERE tenant = ? AND purpose = ? AND COALESCE(user_id, '') = ? AND purpose <> 'decoy'";
    tx.execute(sql, &values![tenant, purpose.name(), user.map(|id| id.to_string()).unwrap_or_default()]).await?;
    let sql = "INSERT INTO links (tenant, hash, purpose, user_id, email, expires_at) VALUES (?, ?, ?, ?, ?, ?)";
    let hash = Fingerprint::of(&token);
    tx.execute(sql, &values![tenant, hash.as_str(), purpose.name(), user, email, expires_at]).await?;
    Ok(Made { token, expires_at })
}

/// The link with that secret, if it is valid. It can still be used by somebody else before [`take`].
pub async fn find(database: &Database, purposes: &[Purpose], token: &SecretString, now: Timestamp) -> Result<Link> {
    let hash = Fingerprint::of(token);
    let mut tx = database.read_everything().await?;
    let sql = "SELECT tenant, purpose, user_id, email, expires_at, used_at FROM links WHERE hash = ?";
    let row = tx.fetch_optional(sql, &values![hash.as_str()]).await?.ok_or(Error::InvalidLink)?;
    let (purpose, expires_at): (String, Timestamp) = (row.get("purpose")?, row.get("expires_at")?);
    let used: Option<Timestamp> = row.get("used_at")?;
    let wanted = purposes.iter().any(|wanted| wanted.name() == purpose);
    if !wanted || used.is_some() || now >= expires_at {
        return Err(Error::InvalidLink);
    }
    Ok(Link { tenant: row.get("tenant")?, user: row.get("user_id")?, email: row.get("email")?, hash })
}

/// Uses it up. Of several who try at once, one succeeds.
pub async fn take(tx: &mut Tx, link: &Link, now: Timestamp) -> Result<()> {
    let sql = "UPDATE links SET used_at = ? WHERE tenant = ? AND hash = ? AND used_at IS NULL AND expires_at > ?";
    match tx.execute(sql, &values![now, &link.tenant, link.hash.as_str(), now]).await? {
        1 => Ok(()),
        _ => Err(Error::InvalidLink),
    }
}

/// Ends every open link to this person's account.
pub async fn cancel(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<()> {
    tx.execute("DELETE FROM links WHERE tenant = ? AND user_id = ?", &values![tenant, user]).await?;
    Ok(())
}
