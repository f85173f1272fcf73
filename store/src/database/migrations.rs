//! The structure of the database, forward only. A migration and the note that it ran are one transaction, so one that
//! was killed is simply run again; a text that changed after it ran is refused.
//!
//! One text serves both databases. What only one of them understands stands behind `-- sqlite:` or `-- postgres:` at
//! the start of a line, which the other reads as a comment. `TEXT` columns sort by bytes on both.
//!
//! To add one: a file `store/migrations/NNNN_name.sql` and its line in [`RECORDS`]. A table with a `tenant` column ends
//! with `-- postgres: SELECT guichet_protect('table');`, which a test insists on. Unique constraints are named after
//! their columns (`table_column_column_key`, PostgreSQL's own way), because refusals are told by that name.

use std::borrow::Cow;

use sqlx::{
    AssertSqlSafe, SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

struct Text {
    version: i64,
    name: &'static str,
    sql: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal),* $(,)?) => {
        &[$(Text {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/", $name, ".sql")),
        }),*]
    };
}

/// The document pipeline's own tables, which live beside the files in the data folder.
const DOCUMENTS: &[Text] = migrations![1 "0001_documents", 2 "0002_versions", 3 "0003_embeddings"];

/// Records and what stands around them, on both databases.
const RECORDS: &[Text] = migrations![
    10 "0010_row_security",
    11 "0011_audit",
    12 "0012_events",
    13 "0013_organisations",
    14 "0014_users",
    15 "0015_groups",
    16 "0016_collections",
    17 "0017_courses",
    18 "0018_enrolments",
    19 "0019_calendar_events",
    20 "0020_ticket_categories",
    25 "0025_jobs",
    26 "0026_schedules",
    27 "0027_blob_references",
    30 "0030_credentials",
    31 "0031_sessions",
    32 "0032_roles",
    33 "0033_links",
    34 "0034_api_keys",
    35 "0035_attempts",
    36 "0036_signing_keys",
    37 "0037_last_administrator",
];

pub fn sqlite() -> Migrator {
    let documents = DOCUMENTS.iter().map(|text| migration(text, Cow::Borrowed(text.sql)));
    let records = RECORDS.iter().map(|text| migration(text, uncovered(text.sql, "-- sqlite: ").into()));
    Migrator::with_migrations(documents.chain(records).collect())
}

/// What a data folder had before there were records.
#[cfg(test)]
pub fn documents_only() -> Migrator {
    Migrator::with_migrations(DOCUMENTS.iter().map(|text| migration(text, Cow::Borrowed(text.sql))).collect())
}

pub fn postgres() -> Migrator {
    let records = RECORDS.iter().map(|text| {
        let sql = uncovered(text.sql, "-- postgres: ");
        migration(text, by_bytes(&sql).into())
    });
    Migrator::with_migrations(records.collect())
}

fn migration(text: &Text, sql: Cow<'static, str>) -> Migration {
    Migration::new(text.version, text.name.into(), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
}

/// The text with the lines that are meant for this database.
fn uncovered(sql: &str, cover: &str) -> String {
    let lines = sql.lines().map(|line| line.strip_prefix(cover).unwrap_or(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// PostgreSQL sorts text by the server's language unless told otherwise; SQLite by bytes.
fn by_bytes(sql: &str) -> String {
    let mut parts = sql.split(" TEXT");
    let mut rewritten = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let whole_word = !part.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        rewritten.push_str(if whole_word { " TEXT COLLATE \"C\"" } else { " TEXT" });
        rewritten.push_str(part);
    }
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_gets_its_own_lines() {
        let sql = "CREATE TABLE a (\n    name TEXT,\n-- postgres:     n BIGINT\n-- sqlite:     n INTEGER\n);";
        assert!(uncovered(sql, "-- postgres: ").contains("\n    n BIGINT\n-- sqlite:"));
        assert!(by_bytes(sql).contains("name TEXT COLLATE \"C\","));
        assert_eq!(by_bytes("a TEXTUAL"), "a TEXTUAL");
    }
}
