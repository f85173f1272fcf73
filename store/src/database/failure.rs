//! What a database's refusal means, by the constraint's name.

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
        "23505" => Meaning::Known(Error::Unique { constraint: constraint(), fields: key_columns(error.detail()) }),
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

/// `Key (tenant, code)=(default, MATH101) already exists.`
fn key_columns(detail: Option<&str>) -> Vec<String> {
    let columns = detail.and_then(|detail| detail.strip_prefix("Key (")?.split_once(")=("));
    let columns = columns.map(|(columns, _)| columns).unwrap_or_default();
    let unquoted = columns.split(", ").map(|column| column.trim_matches('"'));
    unquoted.filter(|column| !column.is_empty() && *column != "tenant").map(str::to_owned).collect()
}

/// <https://sqlite.org/rescode.html>: the low byte of an extended code is its class.
fn from_sqlite(error: &SqliteError) -> Option<Meaning> {
    const BUSY: i32 = 5;
    const FULL: i32 = 13;
    let class = error.code()?.parse::<i32>().ok()? & 0xff;
    match error.kind() {
        ErrorKind::UniqueViolation => return Some(Meaning::Known(unique(error.message()))),
        ErrorKind::ForeignKeyViolation => return Some(Meaning::Known(Error::Reference { constraint: None })),
        ErrorKind::CheckViolation => {
            let constraint = error.message().rsplit(": ").next().unwrap_or_default().to_owned();
            return Some(Meaning::Known(Error::Check { constraint }));
        }
        _ => {}
    }
    match class {
        FULL => Some(Meaning::Full),
        BUSY => Some(Meaning::Contention),
        _ => None,
    }
}

/// `UNIQUE constraint failed: courses.tenant, courses.code` names the columns only; PostgreSQL would name the
/// constraint `courses_tenant_code_key`, so that is its name here too.
fn unique(message: &str) -> Error {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    let named = |column: &str| column.split_once('.').map(|(table, column)| (table.to_owned(), column.to_owned()));
    let columns: Vec<(String, String)> = columns.split(", ").filter_map(named).collect();
    let table = columns.first().map(|(table, _)| table.clone()).unwrap_or_default();
    let mut fields: Vec<String> = columns.into_iter().map(|(_, column)| column).collect();
    let constraint = format!("{table}_{}_key", fields.join("_"));
    fields.retain(|column| column != "tenant");
    Error::Unique { constraint, fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicates_have_the_same_name_everywhere() {
        let Error::Unique { constraint, fields } = unique("UNIQUE constraint failed: courses.tenant, courses.code")
        else {
            panic!("a duplicate")
        };
        assert_eq!(constraint, "courses_tenant_code_key");
        assert_eq!(fields, ["code"]);
        assert_eq!(key_columns(Some("Key (tenant, code)=(default, A (1)=(2)) already exists.")), ["code"]);
        assert_eq!(key_columns(Some("Key (tenant, \"user\")=(default, usr_1) already exists.")), ["user"]);
    }
}
