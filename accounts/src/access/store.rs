use jiff::Timestamp;
use models::{Id, TenantId, record::Row, records::User, values};
use store::Tx;

use super::Reason;
use crate::{
    Permissions, Result,
    permission::{self, SeededRole},
    session::Session,
};

/// A person with everything that decides what they may.
#[derive(Debug, Clone)]
pub struct Standing {
    pub user: Id<User>,
    pub email: String,
    pub permissions: Permissions,
    pub memberships: Vec<Reason>,
}

/// The person of an open session; none when either has ended.
pub async fn of_session(
    tx: &mut Tx,
    tenant: &TenantId,
    user: Id<User>,
    session: Id<Session>,
    now: Timestamp,
) -> Result<Option<Standing>> {
    let sql = "SELECT u.email FROM sessions s
               JOIN users u ON u.tenant = s.tenant AND u.id = s.user_id AND u.status = 'active' AND u.deleted_at IS NULL
               WHERE s.tenant = ? AND s.id = ? AND s.user_id = ? AND s.ended_at IS NULL AND s.expires_at > ?";
    let row = tx.fetch_optional(sql, &values![tenant, session, user, now]).await?;
    standing(tx, tenant, user, row).await
}

/// An active person; none when there is none of that id.
pub async fn of_person(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<Option<Standing>> {
    let sql = "SELECT email FROM users WHERE tenant = ? AND id = ? AND status = 'active' AND deleted_at IS NULL";
    let row = tx.fetch_optional(sql, &values![tenant, user]).await?;
    standing(tx, tenant, user, row).await
}

async fn standing(tx: &mut Tx, tenant: &TenantId, user: Id<User>, row: Option<Row>) -> Result<Option<Standing>> {
    let Some(row) = row else { return Ok(None) };
    let (permissions, memberships) = memberships(tx, tenant, user).await?;
    Ok(Some(Standing { user, email: row.get("email")?, permissions, memberships }))
}

/// What the person belongs to, whatever the person's state, and the permissions that come of it.
pub async fn memberships(tx: &mut Tx, tenant: &TenantId, user: Id<User>) -> Result<(Permissions, Vec<Reason>)> {
    let sql = "SELECT 'role' AS kind, m.role AS name, '' AS label, '' AS part, r.permissions
               FROM role_members m LEFT JOIN roles r ON r.tenant = m.tenant AND r.name = m.role
               WHERE m.tenant = ?1 AND m.user_id = ?2
               UNION ALL
               SELECT 'group', g.id, g.name, '', NULL
               FROM group_members m JOIN groups g ON g.tenant = m.tenant AND g.id = m.\"group\"
               WHERE m.tenant = ?1 AND m.\"user\" = ?2
               UNION ALL
               SELECT 'course', c.id, c.title, e.role, NULL
               FROM enrolments e JOIN courses c ON c.tenant = e.tenant AND c.id = e.course AND c.deleted_at IS NULL
               WHERE e.tenant = ?1 AND e.\"user\" = ?2";
    let rows = tx.fetch_all(sql, &values![tenant, user]).await?;
    let (mut permissions, mut reasons) = (permission::of_anybody(), Vec::new());
    for row in &rows {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        reasons.push(match kind.as_str() {
            "role" => {
                permissions.extend(role_permissions(&name, row)?.iter());
                Reason::Role { role: name }
            }
            "group" => Reason::Group { id: name, name: row.get("label")? },
            _ => Reason::Enrolment { course: name, title: row.get("label")?, part: row.get("part")? },
        });
    }
    Ok((permissions, reasons))
}

/// A seeded role allows what the code says, another one what its row says.
fn role_permissions(name: &str, row: &Row) -> Result<Permissions> {
    if let Some(role) = SeededRole::named(name) {
        return Ok(permission::of_role(role));
    }
    let stored: Option<serde_json::Value> = row.get("permissions")?;
    Ok(stored.as_ref().map(from_json).unwrap_or_default())
}

/// A stored list of permissions.
pub fn from_json(stored: &serde_json::Value) -> Permissions {
    Permissions::known(stored.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str))
}
