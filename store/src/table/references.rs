//! Records that point to records: the target must be there when pointed to, and stays while it is.

use models::{
    Id, Scope,
    record::{Declaration, Field, FieldErrors, Kind, Record},
    records::declarations,
};
use serde_json::{Map, Value as Json};

use super::{Reach, select, sql::Sql};
use crate::{Dialect, Error, Result, Tx};

fn references(declaration: &Declaration) -> impl Iterator<Item = (&'static Field, &'static Declaration)> {
    declaration.fields.iter().filter_map(|field| match field.kind {
        Kind::Reference { target } => Some((field, target())),
        _ => None,
    })
}

/// Refuses pointing to what is not there, is another tenant's, or is hidden from the actor; all three in the same
/// words. What `before` pointed to already is left alone.
pub async fn check(
    tx: &mut Tx,
    scope: &Scope,
    reach: Reach,
    declaration: &Declaration,
    before: Option<&Map<String, Json>>,
    after: &Map<String, Json>,
) -> Result<()> {
    let mut errors = FieldErrors::default();
    for (field, target) in references(declaration) {
        let Some(id) = after.get(field.name).and_then(Json::as_str) else { continue };
        if before.is_some_and(|before| before.get(field.name) == after.get(field.name)) {
            continue;
        }
        let mut sql = Sql::new("SELECT 1 FROM ");
        sql.name(target.table);
        select::restrict(&mut sql, target, scope, reach, tx.dialect());
        sql.push(" AND id = ").bind(id);
        // Whoever deletes the target waits for this transaction, and then sees the reference.
        sql.push(if tx.dialect() == Dialect::Postgres { " FOR SHARE" } else { "" });
        if tx.fetch_optional(sql.text(), sql.values()).await?.is_none() {
            errors.add(field.name, format!("must be a {} that exists", target.name.replace('_', " ")));
        }
    }
    Ok(errors.into_result()?)
}

/// # Errors
/// [`Error::Referenced`] with the names of the records that point to this one.
pub async fn check_unused<R: Record>(tx: &mut Tx, scope: &Scope, id: Id<R>) -> Result<()> {
    let target = R::declaration();
    let mut by = Vec::new();
    for declaration in declarations() {
        for (field, _) in references(declaration).filter(|(_, other)| other.table == target.table) {
            let mut sql = Sql::new("SELECT 1 FROM ");
            sql.name(declaration.table);
            select::restrict(&mut sql, declaration, scope, Reach::Tenant, tx.dialect());
            sql.push(" AND ").name(field.name).push(" = ").bind(id).push(" LIMIT 1");
            if tx.fetch_optional(sql.text(), sql.values()).await?.is_some() {
                by.push(declaration.path);
            }
        }
    }
    by.dedup();
    if by.is_empty() { Ok(()) } else { Err(Error::Referenced { by }) }
}
