//! What a database's refusal means, by the constraint's name.

use models::record::Declaration;
use sqlx::{
    error::{DatabaseError, ErrorKind},
    postgres::PgDatabaseError,
    sqlite::SqliteError,
};

use crate::Error;

/// What an error of the driver means to the caller.
pub fn meaning(error: sqlx::Error) -> Error {
    match &error {
        sqlx::Error::Database(refusal) => refused(refusal.as_ref()).unwrap_or(Meaning::Other).of(error),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
            Error::Unavailable(error)
        }
        _ => Error::Database(error),
    }
}

enum Meaning {
    Full,
    Unavailable,
    Contention,
    Unstorable,
    Known(Error),
    Other,
}

impl Meaning {
    fn of(self, error: sqlx::Error) -> Error {
        match self {
            Self::Full => Error::Full(error.into()),
            Self::Unavailable => Error::Unavailable(error),
            Self::Contention => Error::Contention(error),
            Self::Unstorable => Error::Unstorable("a text with a character that the database cannot keep"),
            Self::Known(known) => known,
            Self::Other => Error::Database(error),
        }
    }
}

fn refused(error: &dyn DatabaseError) -> Option<Meaning> {
    if let Some(postgres) = error.try_downcast_ref::<PgDatabaseError>() {
        return from_postgres(postgres);
    }
    from_sqlite(error.try_downcast_ref::<SqliteError>()?)
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn from_postgres(error: &PgDatabaseError) -> Option<Meaning> {
    let constraint = || error.constraint().unwrap_or_default().to_owned();
    Some(match error.code() {
        "23505" => Meaning::Known(unique(error.table().unwrap_or_default(), constraint())),
        "23503" => Meaning::Known(Error::Reference { constraint: Some(constraint()) }),
        "23514" => Meaning::Known(Error::Check { constraint: constraint() }),
        "40001" | "40P01" | "55P03" => Meaning::Contention,
        "53100" => Meaning::Full,
        "53300" | "57P01" | "57P02" | "57P03" => Meaning::Unavailable,
        "22021" | "22P05" => Meaning::Unstorable,
        code if code.starts_with("08") => Meaning::Unavailable,
        _ => return None,
    })
}

/// <https://sqlite.org/rescode.html>: the low byte of an extended code is its class.
fn from_sqlite(error: &SqliteError) -> Option<Meaning> {
    const BUSY: i32 = 5;
    const FULL: i32 = 13;
    let class = error.code()?.parse::<i32>().ok()? & 0xff;
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let (table, constraint) = named_by_columns(error.message());
            return Some(Meaning::Known(unique(&table, constraint)));
        }
        ErrorKind::ForeignKeyViolation => return Some(Meaning::Known(Error::Reference { constraint: None })),
        ErrorKind::CheckViolation => {
            let constraint = error.message().rsplit(": ").next().unwrap_or_default().to_owned();
            return Some(Meaning::Known(Error::Check { constraint }));
        }
        _ => {}
    }
    // A trigger that stands for a check says so in the same words.
    if let Some(constraint) = error.message().strip_prefix("CHECK constraint failed: ") {
        return Some(Meaning::Known(Error::Check { constraint: constraint.to_owned() }));
    }
    match class {
        FULL => Some(Meaning::Full),
        BUSY => Some(Meaning::Contention),
        _ => None,
    }
}

/// `UNIQUE constraint failed: courses.tenant, courses.code` names the columns only; PostgreSQL would name the
/// constraint `courses_tenant_code_key`, so that is its name here too.
fn named_by_columns(message: &str) -> (String, String) {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    let columns: Vec<(&str, &str)> = columns.split(", ").filter_map(|column| column.split_once('.')).collect();
    let table = columns.first().map(|(table, _)| *table).unwrap_or_default();
    let columns: Vec<&str> = columns.iter().map(|(_, column)| *column).collect();
    (table.to_owned(), format!("{table}_{}_key", columns.join("_")))
}

/// Row-level security makes PostgreSQL keep the columns to itself, so they are read off the constraint's name. Names
/// of columns hold underscores too: a declared record says which they are, elsewhere they stay together.
fn unique(table: &str, constraint: String) -> Error {
    let columns = constraint.strip_prefix(table).and_then(|rest| rest.strip_suffix("_key")).unwrap_or_default();
    let columns = columns.trim_start_matches('_');
    let columns = columns.strip_prefix("tenant_").unwrap_or(columns);
    let declared = models::records::declarations().into_iter().find(|declaration| declaration.table == table);
    let sets = declared.into_iter().flat_map(Declaration::unique_fields);
    let fields = sets.into_iter().find(|fields| fields.join("_") == columns).unwrap_or_else(|| vec![columns]);
    let fields = fields.into_iter().filter(|field| !field.is_empty()).map(str::to_owned).collect();
    Error::Unique { constraint, fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_have_the_same_name_everywhere() {
        for (columns, name, fields) in [
            ("courses.tenant, courses.code", "courses_tenant_code_key", vec!["code"]),
            (
                "enrolments.tenant, enrolments.course, enrolments.user",
                "enrolments_tenant_course_user_key",
                vec!["course", "user"],
            ),
            ("api_keys.prefix", "api_keys_prefix_key", vec!["prefix"]),
            ("roles.tenant, roles.a, roles.b", "roles_tenant_a_b_key", vec!["a_b"]),
        ] {
            let (table, constraint) = named_by_columns(&format!("UNIQUE constraint failed: {columns}"));
            assert_eq!(constraint, name);
            let Error::Unique { fields: found, .. } = unique(&table, constraint) else { panic!("a duplicate") };
            assert_eq!(found, fields);
        }
    }
}
