//! Creating, changing and deleting, each with its audit row and its event.

use models::{
    Context, Id,
    record::{ColumnKind, Declaration, Record, Stored, Value, fold},
};
use serde_json::{Map, Value as Json};

use super::{Reach, references, select, sql::Sql};
use crate::{Dialect, Error, Result, Tx, audit, outbox};

/// Longer texts than this sort by their beginning.
const SORT_KEY: usize = 100;

pub async fn create<R: Record>(
    tx: &mut Tx,
    context: &Context<'_>,
    reach: Reach,
    input: R::Create,
) -> Result<Stored<R>> {
    let declaration = R::declaration();
    select::belongs(tx, context.scope)?;
    let mut record = R::create(input);
    record.before_create(context)?;
    let json = record.json();
    references::check(tx, context.scope, reach, declaration, None, &json).await?;

    let now = context.now();
    let stored = Stored { id: context.mint(), version: 1, created_at: now, updated_at: now, deleted_at: None, record };
    let mut values = vec![(&context.scope.tenant).into(), stored.id.into(), 1_i64.into(), now.into(), now.into()];
    if declaration.soft_delete {
        values.push(Value::Null);
    }
    values.extend(stored.record.store());
    values.extend(derived(declaration, &json).into_iter().map(|(_, value)| value));
    let mut sql = Sql::new("INSERT INTO ");
    sql.name(declaration.table).push(" (");
    sql.list(declaration.columns(), |sql, column| {
        sql.name(&column.name);
    });
    sql.push(") VALUES (");
    sql.list(values, |sql, value| {
        sql.bind(value);
    });
    sql.push(")");
    tx.execute(sql.text(), sql.values()).await?;
    report(tx, context, &stored, "created", None, Some(&json)).await?;
    Ok(stored)
}

pub async fn patch<R: Record>(
    tx: &mut Tx,
    context: &Context<'_>,
    reach: Reach,
    id: Id<R>,
    version: Option<i64>,
    patch: R::Patch,
) -> Result<Stored<R>> {
    let declaration = R::declaration();
    let before: Stored<R> = load(tx, context, reach, id, version).await?;
    let mut after = before.clone();
    after.record.apply(patch);
    after.record.before_patch(&before.record, context)?;
    let (old, new) = (before.record.json(), after.record.json());
    if old == new {
        return Ok(before);
    }
    references::check(tx, context.scope, reach, declaration, Some(&old), &new).await?;

    after.version = before.version + 1;
    after.updated_at = context.now();
    let mut sql = Sql::new("UPDATE ");
    sql.name(declaration.table).push(" SET version = ").bind(after.version);
    sql.push(", updated_at = ").bind(after.updated_at);
    let columns = declaration.field_columns().into_iter().map(|column| column.name);
    let sets = columns.zip(after.record.store()).chain(derived(declaration, &new));
    for (column, value) in sets {
        sql.push(", ").name(&column).push(" = ").bind(value);
    }
    finish(tx, context, &mut sql, id, before.version).await?;
    report(tx, context, &after, "updated", Some(&old), Some(&new)).await?;
    Ok(after)
}

pub async fn delete<R: Record>(
    tx: &mut Tx,
    context: &Context<'_>,
    reach: Reach,
    id: Id<R>,
    version: Option<i64>,
) -> Result<()> {
    let declaration = R::declaration();
    let before: Stored<R> = load(tx, context, reach, id, version).await?;
    before.record.before_delete(context)?;
    references::check_unused(tx, context.scope, id).await?;
    let mut sql = Sql::default();
    if declaration.soft_delete {
        let now = context.now();
        sql.push("UPDATE ").name(declaration.table).push(" SET version = ").bind(before.version + 1);
        sql.push(", updated_at = ").bind(now).push(", deleted_at = ").bind(now);
    } else {
        sql.push("DELETE FROM ").name(declaration.table);
    }
    finish(tx, context, &mut sql, id, before.version).await?;
    report(tx, context, &before, "deleted", Some(&before.record.json()), None).await
}

/// The row to be changed, locked until the transaction ends.
async fn load<R: Record>(
    tx: &mut Tx,
    context: &Context<'_>,
    reach: Reach,
    id: Id<R>,
    version: Option<i64>,
) -> Result<Stored<R>> {
    select::belongs(tx, context.scope)?;
    let mut sql = select::visible(R::declaration(), context.scope, reach, tx.dialect());
    sql.push(" AND id = ").bind(id);
    sql.push(if tx.dialect() == Dialect::Postgres { " FOR UPDATE" } else { "" });
    let row = tx.fetch_optional(sql.text(), sql.values()).await?;
    let stored: Stored<R> = select::stored(&row.ok_or_else(|| Error::missing(R::declaration().name, &id))?)?;
    match version {
        Some(version) if version != stored.version => Err(Error::VersionConflict { current: stored.version }),
        _ => Ok(stored),
    }
}

/// Runs the change on exactly the row that was looked at.
async fn finish<R: Record>(tx: &mut Tx, context: &Context<'_>, sql: &mut Sql, id: Id<R>, version: i64) -> Result<()> {
    sql.push(" WHERE tenant = ").bind(&context.scope.tenant);
    sql.push(" AND id = ").bind(id).push(" AND version = ").bind(version);
    match tx.execute(sql.text(), sql.values()).await? {
        1 => Ok(()),
        _ => Err(Error::VersionConflict { current: version }),
    }
}

/// What lists sort and search by, computed from the fields.
fn derived(declaration: &Declaration, json: &Map<String, Json>) -> Vec<(String, Value)> {
    let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default();
    let folded = declaration.fields.iter().filter(|field| field.sorts_folded());
    let mut columns: Vec<(String, Value)> = folded
        .map(|field| (field.sort_column(), fold(text(field.name)).chars().take(SORT_KEY).collect::<String>().into()))
        .collect();
    if declaration.is_searchable() {
        let searched = declaration.fields.iter().filter(|field| field.search).map(|field| fold(text(field.name)));
        columns.push(("search_text".to_owned(), searched.collect::<Vec<_>>().join("\n").into()));
    }
    debug_assert!(columns.iter().all(|(name, _)| {
        declaration.columns().iter().any(|column| column.name == *name && column.kind == ColumnKind::Text)
    }));
    columns
}

async fn report<R: Record>(
    tx: &mut Tx,
    context: &Context<'_>,
    stored: &Stored<R>,
    verb: &str,
    before: Option<&Map<String, Json>>,
    after: Option<&Map<String, Json>>,
) -> Result<()> {
    let declaration = R::declaration();
    let kind = format!("{}.{verb}", declaration.name);
    let masked = |json: &Map<String, Json>| Json::Object(mask(declaration, json.clone()));
    if declaration.audit {
        let entry = audit::NewEntry {
            action: &kind,
            record: Some(declaration.name),
            record_id: Some(stored.id.to_string()),
            before: before.map(masked),
            after: after.map(masked),
        };
        audit::record(tx, context, entry).await?;
    }
    if declaration.events {
        let mut data = Map::from_iter([("record".to_owned(), Json::Object(stored.json()))]);
        if let (Some(before), Some(after)) = (before, after) {
            let changed = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
            data.insert("changed".to_owned(), changed.map(|(name, _)| Json::from(name.as_str())).collect());
        }
        outbox::publish(tx, context, &kind, &stored.id.to_string(), Json::Object(data)).await?;
    }
    Ok(())
}

/// Says that there is a secret, and not which.
fn mask(declaration: &Declaration, mut json: Map<String, Json>) -> Map<String, Json> {
    for field in declaration.fields.iter().filter(|field| field.secret) {
        if let Some(value) = json.get_mut(field.name).filter(|value| !value.is_null()) {
            *value = Json::from("***");
        }
    }
    json
}
