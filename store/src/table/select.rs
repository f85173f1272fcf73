//! Which rows an actor sees, and how they come back as records.

use models::{
    Scope,
    record::{Declaration, Record, Row, Stored},
};

use super::sql::Sql;
use crate::{Dialect, Error, Result, Tx};

/// How far an actor sees within the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// What is meant for one of the actor's grants.
    Audience,
    /// Everything of the tenant.
    Tenant,
}

/// `SELECT` of all columns of the rows that the actor sees. Conditions may follow, each with its own `AND`.
pub fn visible(declaration: &Declaration, scope: &Scope, reach: Reach, dialect: Dialect) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.list(declaration.columns(), |sql, column| {
        sql.name(&column.name);
    });
    sql.push(" FROM ");
    sql.name(declaration.table);
    restrict(&mut sql, declaration, scope, reach, dialect);
    sql
}

/// The tenant, what is not deleted, and what is meant for the actor.
pub fn restrict(sql: &mut Sql, declaration: &Declaration, scope: &Scope, reach: Reach, dialect: Dialect) {
    sql.push(" WHERE tenant = ").bind(&scope.tenant);
    if declaration.soft_delete {
        sql.push(" AND deleted_at IS NULL");
    }
    let Some(audience) = declaration.audience().filter(|_| reach == Reach::Audience) else { return };
    let grants = scope.grants().iter().map(models::Grant::as_str).collect::<serde_json::Value>();
    match dialect {
        Dialect::Sqlite => {
            sql.push(" AND EXISTS (SELECT 1 FROM json_each(").name(audience.name);
            sql.push(") AS held WHERE held.value IN (SELECT value FROM json_each(").bind(grants).push(")))");
        }
        Dialect::Postgres => {
            sql.push(" AND jsonb_exists_any(").name(audience.name);
            sql.push(", ARRAY(SELECT jsonb_array_elements_text(").bind(grants).push(")))");
        }
    }
}

/// The tables of one tenant are read in a transaction of that tenant, or of everybody.
pub fn belongs(tx: &Tx, scope: &Scope) -> Result<()> {
    match tx.tenant() {
        Some(tenant) if *tenant != scope.tenant => Err(Error::ForeignTransaction),
        _ => Ok(()),
    }
}

pub fn stored<R: Record>(row: &Row) -> Result<Stored<R>> {
    let deleted_at = if R::declaration().soft_delete { row.get("deleted_at")? } else { None };
    Ok(Stored {
        id: row.get("id")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        deleted_at,
        record: R::load(row)?,
    })
}
