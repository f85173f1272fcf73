use jiff::Timestamp;
use models::{Id, TenantId, record::Row, records::User, values};
use serde_json::json;
use store::Tx;

use super::{NewRole, Role};
use crate::{
    Error, Permissions, Result,
    access::store::from_json,
    permission::{self, SeededRole},
};

/// The organisation's own roles, by name.
pub async fn own(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<Role>> {
    let sql = "SELECT name, title, permissions FROM roles WHERE tenant = ? ORDER BY name";
    tx.fetch_all(sql, &values![tenant]).await?.iter().map(role).collect()
}

fn role(row: &Row) -> Result<Role> {
    let permissions = from_json(&row.get("permissions")?);
    Ok(Role { name: row.get("name")?, title: row.get("title")?, permissions, seeded: false })
}

/// What a role allows, seeded or not.
pub async fn permissions(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<Permissions> {
    if let Some(seeded) = SeededRole::named(name) {
        return Ok(permission::of_role(seeded));
    }
    let sql = "SELECT permissions FROM roles WHERE tenant = ? AND name = ?";
    let row = tx.fetch_optional(sql, &values![tenant, name]).await?.ok_or(Error::Missing("role"))?;
    Ok(from_json(&row.get("permissions")?))
}

pub async fn insert(tx: &mut Tx, tenant: &TenantId, role: &NewRole, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO roles (tenant, name, title, permissions, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)";
    let permissions = json!(role.permissions.names());
    match tx.execute(sql, &values![tenant, &role.name, role.title.as_str(), permissions, now, now]).await {
        Ok(_) => Ok(()),
        Err(store::Error::Unique { .. }) => Err(Error::Conflict(format!("there is already a role {}", role.name))),
        Err(error) => Err(error.into()),
    }
}

pub async fn update(
    tx: &mut Tx,
    tenant: &TenantId,
    name: &str,
    title: &str,
    permissions: &Permissions,
    now: Timestamp,
) -> Result<()> {
    let sql = "UPDATE roles SET title = ?, permissions = ?, updated_at = ? WHERE tenant = ? AND name = ?";
    match tx.execute(sql, &values![title, json!(permissions.names()), now, tenant, name]).await? {
        1 => Ok(()),
        _ => Err(Error::Missing("role")),
    }
}

/// Removes the role and takes it from everybody who has it.
pub async fn delete(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<()> {
    tx.execute("DELETE FROM role_members WHERE tenant = ? AND role = ?", &values![tenant, name]).await?;
    match tx.execute("DELETE FROM roles WHERE tenant = ? AND name = ?", &values![tenant, name]).await? {
        1 => Ok(()),
        _ => Err(Error::Missing("role")),
    }
}

/// Gives a role. False when the person had it already.
pub async fn give(
    tx: &mut Tx,
    tenant: &TenantId,
    user: Id<User>,
    role: &str,
    by: &str,
    now: Timestamp,
) -> Result<bool> {
    let sql = "INSERT INTO role_members (tenant, user_id, role, given_at, given_by) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (tenant, user_id, role) DO NOTHING";
    Ok(tx.execute(sql, &values![tenant, user, role, now, by]).await? == 1)
}

/// Takes a role. False when the person does not have it.
pub async fn take(tx: &mut Tx, tenant: &TenantId, user: Id<User>, role: &str) -> Result<bool> {
    let sql = "DELETE FROM role_members WHERE tenant = ? AND user_id = ? AND role = ?";
    Ok(tx.execute(sql, &values![tenant, user, role]).await? == 1)
}

/// Lets nobody else change who administers until the transaction ends, so that two administrators cannot remove each
/// other at the same moment: it holds the organisation's row. The embedded database has one writer anyway.
pub async fn hold_administrators(tx: &mut Tx, tenant: &TenantId) -> Result<()> {
    match tx.execute("UPDATE organisations SET version = version WHERE tenant = ?", &values![tenant]).await? {
        1 => Ok(()),
        _ => Err(Error::Missing("organisation")),
    }
}

/// How many people can administer: they have the role and may sign in.
pub async fn administrators(tx: &mut Tx, tenant: &TenantId) -> Result<u32> {
    let sql = "SELECT count(*) FROM role_members m
               JOIN users u ON u.tenant = m.tenant AND u.id = m.user_id AND u.status = 'active' AND u.deleted_at IS NULL
               WHERE m.tenant = ? AND m.role = 'administrator'";
    Ok(tx.fetch_one(sql, &values![tenant]).await?.only()?)
}

/// Whether the person is the only one who can administer.
pub async fn is_last_administrator(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<bool> {
    let sql = "SELECT m.user_id FROM role_members m
               JOIN users u ON u.tenant = m.tenant AND u.id = m.user_id AND u.status = 'active' AND u.deleted_at IS NULL
               WHERE m.tenant = ? AND m.role = 'administrator' LIMIT 2";
    let rows = tx.fetch_all(sql, &values![tenant]).await?;
    let [only] = rows.as_slice() else { return Ok(false) };
    Ok(only.get::<Id<User>>("user_id")? == user)
}

pub async fn take_all(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<()> {
    tx.execute("DELETE FROM role_members WHERE tenant = ? AND user_id = ?", &values![tenant, user]).await?;
    Ok(())
}
