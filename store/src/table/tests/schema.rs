//! Every declaration against the live tables of both databases.

use std::collections::{BTreeMap, BTreeSet};

use models::{
    record::{ColumnKind, Declaration, Field, Kind},
    records::declarations,
    values,
};

use super::*;
use crate::{Dialect, Tx};

/// Column to type and whether it may be null.
type Columns = BTreeMap<String, (String, bool)>;

#[tokio::test]
async fn tables_are_as_declared() {
    on_each_database("tables_are_as_declared", async |fixture| {
        let mut tx = fixture.database.read_everything().await.expect("begins");
        for declaration in declarations() {
            let live = columns(&mut tx, declaration.table).await;
            let declared: Columns = declaration
                .columns()
                .into_iter()
                .map(|column| (column.name, (word(column.kind, fixture.dialect()).to_owned(), column.nullable)))
                .collect();
            assert_eq!(live, declared, "{}", declaration.table);

            let indexes = indexes(&mut tx, declaration.table).await;
            let unique: BTreeSet<_> =
                indexes.iter().filter(|index| index.unique).map(|index| index.columns.clone()).collect();
            for wanted in wanted_unique(declaration) {
                assert!(unique.contains(&wanted), "{}: {wanted:?} is declared unique", declaration.table);
            }
            for sort in wanted_orders(declaration) {
                let served = indexes.iter().any(|index| index.columns.starts_with(&sort));
                assert!(served, "{}: no index for lists in the order of {sort:?}", declaration.table);
            }
        }
    })
    .await;
}

fn word(kind: ColumnKind, dialect: Dialect) -> &'static str {
    match (kind, dialect) {
        (ColumnKind::Text, Dialect::Postgres) => "text C",
        (ColumnKind::Text, Dialect::Sqlite) => "TEXT",
        (ColumnKind::Boolean, Dialect::Postgres) => "boolean",
        (ColumnKind::Boolean, Dialect::Sqlite) => "BOOLEAN",
        (ColumnKind::Integer, Dialect::Postgres) => "bigint",
        (ColumnKind::Integer, Dialect::Sqlite) => "BIGINT",
        (ColumnKind::Timestamp, Dialect::Postgres) => "timestamp with time zone",
        (ColumnKind::Timestamp, Dialect::Sqlite) => "TIMESTAMPTZ",
        (ColumnKind::Date, Dialect::Postgres) => "date",
        (ColumnKind::Date, Dialect::Sqlite) => "DATE",
        (ColumnKind::Json, Dialect::Postgres) => "jsonb",
        (ColumnKind::Json, Dialect::Sqlite) => "JSONB",
    }
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn wanted_unique(declaration: &Declaration) -> Vec<Vec<String>> {
    let single = declaration.fields.iter().filter(|field| field.unique).map(|field| names(&["tenant", field.name]));
    let together = declaration.unique.iter().map(|fields| [&["tenant"], *fields].concat()).map(|list| names(&list));
    single.chain(together).chain([names(&["tenant", "id"])]).collect()
}

fn wanted_orders(declaration: &Declaration) -> Vec<Vec<String>> {
    if declaration.name == "organisation" {
        return Vec::new(); // a tenant has one
    }
    let fields = declaration.fields.iter().filter(|field| field.sort).map(Field::sort_column);
    let references = declaration.fields.iter().filter(|field| matches!(field.kind, Kind::Reference { .. }));
    let orders = fields.chain(["updated_at".to_owned()]).map(|column| names(&["tenant", &column, "id"]));
    // Whoever deletes the target looks for what points to it.
    orders.chain(references.map(|field| names(&["tenant", field.name]))).collect()
}

async fn columns(tx: &mut Tx, table: &str) -> Columns {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            r#"SELECT name, type, CASE WHEN "notnull" THEN 0 ELSE 1 END AS nullable FROM pragma_table_info(?)"#
        }
        Dialect::Postgres => {
            "SELECT column_name::text AS name, data_type || coalesce(' ' || collation_name, '') AS type,
                 is_nullable = 'YES' AS nullable
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ?"
        }
    };
    let rows = tx.fetch_all(sql, &values![table]).await.expect("reads the schema");
    let column = |row: &models::record::Row| Ok((row.get("name")?, (row.get("type")?, row.get("nullable")?)));
    rows.iter().map(column).collect::<std::result::Result<_, models::record::Mismatch>>().expect("a schema")
}

#[derive(Debug)]
struct Index {
    unique: bool,
    columns: Vec<String>,
}

async fn indexes(tx: &mut Tx, table: &str) -> Vec<Index> {
    let sql = match tx.dialect() {
        Dialect::Sqlite => {
            r#"SELECT l."unique" AS is_unique, (SELECT group_concat(name, ',') FROM
                   (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) AS columns
               FROM pragma_index_list(?) AS l"#
        }
        Dialect::Postgres => {
            "SELECT i.indisunique AS is_unique, (SELECT string_agg(a.attname::text, ',' ORDER BY k.ordinality)
                 FROM unnest(i.indkey) WITH ORDINALITY AS k(number, ordinality)
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number) AS columns
             FROM pg_index i WHERE i.indrelid = CAST(? AS TEXT)::regclass"
        }
    };
    let rows = tx.fetch_all(sql, &values![table]).await.expect("reads the indexes");
    let index = |row: &models::record::Row| {
        let columns: String = row.get("columns").expect("columns");
        Index {
            unique: row.get("is_unique").expect("a flag"),
            columns: columns.split(',').map(str::to_owned).collect(),
        }
    };
    rows.iter().map(index).collect()
}
