//! Pages of records: filtered, searched, in order.

use models::{
    Scope,
    record::{
        ColumnKind, Declaration, FieldErrors, Filter as _, FromValue, LIST_PARAMETERS, Record, Stored, Test, Value,
        fold,
    },
};

use super::{
    Reach,
    cursor::{self, Cursor, ListIdentity},
    select,
    sql::Sql,
};
use crate::{Result, Tx};

pub use models::record::LIST_LIMIT as LIMIT;

/// More than this is not a search but a paste.
const LONGEST_SEARCH: usize = 200;
const MOST_WORDS: usize = 10;

/// What a list shows, and from where on.
#[derive(Debug, Clone)]
pub struct ListQuery<R: Record> {
    pub filter: R::Filter,
    /// Every word must stand in one of the searched fields, in any case, with or without accents.
    pub search: Option<String>,
    /// A sortable field, `created_at` or `updated_at`; with `-` before it, backwards. Newest first if absent.
    pub sort: Option<String>,
    /// [`Listed::next_cursor`] of the page before.
    pub cursor: Option<String>,
    /// 1 to [`LIMIT`].
    pub limit: u32,
}

impl<R: Record> Default for ListQuery<R> {
    fn default() -> Self {
        Self { filter: R::Filter::default(), search: None, sort: None, cursor: None, limit: 50 }
    }
}

impl<R: Record> ListQuery<R> {
    /// From a query string: `search`, `sort`, `cursor` and `limit`, and the record's filters.
    ///
    /// # Errors
    /// Everything of it that cannot be.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> std::result::Result<Self, FieldErrors> {
        let (mut query, mut errors, mut filters) = (Self::default(), FieldErrors::default(), Vec::new());
        let mut seen = Vec::new();
        for (name, value) in pairs {
            let Some(known) = LIST_PARAMETERS.into_iter().find(|known| *known == name) else {
                filters.push((name, value));
                continue;
            };
            if seen.contains(&known) {
                errors.add(known, "is given twice");
            }
            seen.push(known);
            match known {
                "search" => query.search = Some(value),
                "sort" => query.sort = Some(value),
                "cursor" => query.cursor = Some(value),
                _ => match value.parse() {
                    Ok(limit) => query.limit = limit,
                    Err(_) => errors.add(known, format!("must be from 1 to {LIMIT}")),
                },
            }
        }
        match R::Filter::from_pairs(&filters) {
            Ok(filter) => query.filter = filter,
            Err(wrong) => errors.extend(wrong),
        }
        errors.into_result().map(|()| query)
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<R: Record> {
    pub items: Vec<Stored<R>>,
    pub next_cursor: Option<String>,
}

struct Order {
    column: String,
    kind: ColumnKind,
    descending: bool,
}

impl Order {
    fn read(declaration: &Declaration, sort: &str) -> std::result::Result<Self, FieldErrors> {
        let (descending, name) = sort.strip_prefix('-').map_or((false, sort), |name| (true, name));
        let column = match name {
            // Ids are minted in the order of creation.
            "created_at" => "id".to_owned(),
            "updated_at" => name.to_owned(),
            _ => {
                let field = declaration.field(name).filter(|field| field.sort);
                let refused = || {
                    FieldErrors::one(
                        "sort",
                        format!("must be one of: {}; `-` before it reverses", declaration.orders().join(", ")),
                    )
                };
                field.ok_or_else(refused)?.sort_column()
            }
        };
        let kind = declaration.columns().into_iter().find(|known| known.name == column);
        Ok(Self { kind: kind.map_or(ColumnKind::Text, |known| known.kind), column, descending })
    }
}

pub async fn list<R: Record>(tx: &mut Tx, scope: &Scope, reach: Reach, query: &ListQuery<R>) -> Result<Listed<R>> {
    let declaration = R::declaration();
    select::belongs(tx, scope)?;
    let order = check(declaration, query)?;
    let conditions = query.filter.conditions();
    let search = query.search.as_deref().map(fold).unwrap_or_default();
    let identity = ListIdentity {
        table: declaration.table,
        tenant: &scope.tenant,
        sort: &order.column,
        descending: order.descending,
        search: &search,
        conditions: &conditions,
    };
    let after = query.cursor.as_deref().map(|text| cursor::decode(text, order.kind, &identity)).transpose()?;

    let mut sql = select::visible(declaration, scope, reach, tx.dialect());
    for condition in &conditions {
        narrow(&mut sql, &condition.column, &condition.test);
    }
    for word in search.split_whitespace() {
        seek(&mut sql, word);
    }
    if let Some(after) = after {
        go_on(&mut sql, &order, after);
    }
    let direction = if order.descending { " DESC" } else { "" };
    sql.push(" ORDER BY ").name(&order.column).push(direction).push(", id").push(direction);
    sql.push(" LIMIT ").bind(i64::from(query.limit) + 1);
    let mut rows = tx.fetch_all(sql.text(), sql.values()).await?;

    let more = rows.len() > query.limit as usize;
    rows.truncate(query.limit as usize);
    let last = rows.last().filter(|_| more);
    let last =
        last.and_then(|row| Some(Cursor { key: key(row.value(&order.column)?, order.kind)?, id: row.get("id").ok()? }));
    let items = rows.iter().map(select::stored).collect::<Result<_>>()?;
    Ok(Listed { items, next_cursor: last.map(|last| cursor::encode(&last, &identity)) })
}

fn check<R: Record>(declaration: &Declaration, query: &ListQuery<R>) -> std::result::Result<Order, FieldErrors> {
    let mut errors = FieldErrors::default();
    if !(1..=LIMIT).contains(&query.limit) {
        errors.add("limit", format!("must be from 1 to {LIMIT}"));
    }
    if let Some(search) = &query.search {
        if !declaration.is_searchable() {
            errors.add("search", "is not possible in this list");
        }
        if search.chars().nth(LONGEST_SEARCH).is_some() || search.split_whitespace().nth(MOST_WORDS).is_some() {
            errors.add("search", format!("must have at most {LONGEST_SEARCH} characters and {MOST_WORDS} words"));
        }
    }
    let order = Order::read(declaration, query.sort.as_deref().unwrap_or("-created_at"));
    match order {
        Ok(order) if errors.is_empty() => Ok(order),
        Ok(_) => Err(errors),
        Err(wrong) => {
            errors.extend(wrong);
            Err(errors)
        }
    }
}

fn narrow(sql: &mut Sql, column: &str, test: &Test) {
    sql.push(" AND ").name(column);
    match test {
        Test::AnyOf(values) => {
            sql.push(" IN (");
            sql.list(values, |sql, value| {
                sql.bind(value.clone());
            });
            sql.push(")")
        }
        Test::AtLeast(value) => sql.push(" >= ").bind(value.clone()),
        Test::Above(value) => sql.push(" > ").bind(value.clone()),
        Test::Below(value) => sql.push(" < ").bind(value.clone()),
        Test::Empty(true) => sql.push(" IS NULL"),
        Test::Empty(false) => sql.push(" IS NOT NULL"),
    };
}

fn seek(sql: &mut Sql, word: &str) {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    sql.push(" AND search_text LIKE ").bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
}

fn go_on(sql: &mut Sql, order: &Order, after: Cursor) {
    let comparison = if order.descending { ", id) < (" } else { ", id) > (" };
    sql.push(" AND (").name(&order.column).push(comparison).bind(after.key).push(", ").bind(after.id).push(")");
}

/// SQLite gives times and dates back as text.
fn key(value: &Value, kind: ColumnKind) -> Option<Value> {
    match kind {
        ColumnKind::Timestamp => jiff::Timestamp::from_value(value).map(Value::Timestamp),
        ColumnKind::Date => jiff::civil::Date::from_value(value).map(Value::Date),
        _ => Some(value.clone()),
    }
}
