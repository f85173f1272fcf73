use jiff::Timestamp;
use models::{
    Id, TenantId,
    record::{FieldType as _, Row},
    records::{Locale, User, UserStatus},
    values,
};
use store::{Database, Tx};

use super::Account;
use crate::Result;

const BY_EMAIL: &str =
    "SELECT u.id, u.email, u.given_name, u.family_name, u.locale, u.status, c.password, c.verified_email
    FROM users u LEFT JOIN credentials c ON c.tenant = u.tenant AND c.user_id = u.id
    WHERE u.tenant = ? AND u.email = ? AND u.deleted_at IS NULL";

const BY_ID: &str =
    "SELECT u.id, u.email, u.given_name, u.family_name, u.locale, u.status, c.password, c.verified_email
    FROM users u LEFT JOIN credentials c ON c.tenant = u.tenant AND c.user_id = u.id
    WHERE u.tenant = ? AND u.id = ? AND u.deleted_at IS NULL";

/// The account with this address, which is in small letters.
pub async fn by_email(tx: &mut Tx, tenant: &TenantId, email: &str) -> Result<Option<Account>> {
    let row = tx.fetch_optional(BY_EMAIL, &values![tenant, email]).await?;
    row.map(|row| account(tenant, &row)).transpose()
}

pub async fn by_id(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<Option<Account>> {
    let row = tx.fetch_optional(BY_ID, &values![tenant, user]).await?;
    row.map(|row| account(tenant, &row)).transpose()
}

fn account(tenant: &TenantId, row: &Row) -> Result<Account> {
    let status = UserStatus::load(row, "status")?;
    let (email, verified): (String, Option<String>) = (row.get("email")?, row.get("verified_email")?);
    Ok(Account {
        tenant: tenant.clone(),
        user: row.get("id")?,
        given_name: row.get("given_name")?,
        family_name: row.get("family_name")?,
        locale: Locale::load(row, "locale")?,
        active: status == UserStatus::Active,
        suspended: status == UserStatus::Suspended,
        password: row.get("password")?,
        verified: verified.as_deref() == Some(email.as_str()),
        email,
    })
}

pub async fn set_password(tx: &mut Tx, tenant: &TenantId, user: Id<User>, hash: &str, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO credentials (tenant, user_id, password, password_changed_at) VALUES (?, ?, ?, ?)
               ON CONFLICT (tenant, user_id)
               DO UPDATE SET password = excluded.password, password_changed_at = excluded.password_changed_at";
    tx.execute(sql, &values![tenant, user, hash, now]).await?;
    Ok(())
}

/// Writes the same password again, perhaps at another cost, and so holds it until the transaction ends. False when it
/// was changed meanwhile.
pub async fn hold(tx: &mut Tx, tenant: &TenantId, user: Id<User>, before: &str, after: &str) -> Result<bool> {
    let sql = "UPDATE credentials SET password = ? WHERE tenant = ? AND user_id = ? AND password = ?";
    Ok(tx.execute(sql, &values![after, tenant, user, before]).await? == 1)
}

/// Waits for sign-ins that are under way, so that the sessions that they open can be ended. To be called before the
/// person's record is locked, because a sign-in takes the two in this order.
pub async fn wait_for_sign_ins(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<()> {
    let sql = "UPDATE credentials SET password = password WHERE tenant = ? AND user_id = ?";
    tx.execute(sql, &values![tenant, user]).await?;
    Ok(())
}

/// The person reads mail at this address.
pub async fn set_verified(tx: &mut Tx, tenant: &TenantId, user: Id<User>, email: &str) -> Result<()> {
    let sql = "INSERT INTO credentials (tenant, user_id, verified_email) VALUES (?, ?, ?)
               ON CONFLICT (tenant, user_id) DO UPDATE SET verified_email = excluded.verified_email";
    tx.execute(sql, &values![tenant, user, email]).await?;
    Ok(())
}

/// Without this row nobody can sign in as the person any more.
pub async fn forget(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<()> {
    tx.execute("DELETE FROM credentials WHERE tenant = ? AND user_id = ?", &values![tenant, user]).await?;
    Ok(())
}

/// Every organisation of the installation with its name.
pub async fn organisations(database: &Database) -> Result<Vec<(TenantId, String)>> {
    let mut tx = database.read_everything().await?;
    let rows = tx.fetch_all("SELECT tenant, name FROM organisations ORDER BY tenant", &[]).await?;
    rows.iter().map(|row| Ok((row.get("tenant")?, row.get("name")?))).collect()
}

pub async fn has_organisation(tx: &mut Tx, tenant: &TenantId) -> Result<bool> {
    let sql = "SELECT 1 FROM organisations WHERE tenant = ?";
    Ok(tx.fetch_optional(sql, &values![tenant]).await?.is_some())
}
