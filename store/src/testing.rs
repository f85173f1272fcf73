//! One suite for both databases: an embedded one in a folder of its own, and a PostgreSQL database of its own whose
//! role owns its tables and is no superuser.

use std::{env, fs::OpenOptions, io::Write as _, panic::AssertUnwindSafe};

use futures::FutureExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, postgres::PgConnectOptions};

use crate::{Database, Dialect};

const URL: &str = "GUICHET_TEST_POSTGRES_URL";
const USUAL: &str = "postgres://postgres@127.0.0.1:5432/postgres";

/// A database that lives as long as one test.
#[derive(Debug)]
pub struct Fixture {
    pub database: Database,
    /// What [`Database::open`] takes: the folder, or the address with the role that owns the tables.
    pub target: String,
    /// The address of the same database with the rights of a superuser.
    admin: Option<PgConnectOptions>,
}

impl Fixture {
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// Runs a statement beside everything that guards the rows; nothing on SQLite.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn as_superuser(&self, sql: &str) {
        if let Some(options) = &self.admin {
            let mut connection = PgConnection::connect_with(options).await.expect("connects");
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.expect(sql);
            connection.close().await.expect("closes");
        }
    }

    /// Connections as a superuser, for looking at what is really stored; none on SQLite.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn superuser_pool(&self) -> Option<PgPool> {
        let options = self.admin.clone()?;
        Some(PgPool::connect_with(options).await.expect("connects"))
    }
}

/// Runs `suite` on each kind of database. Where no PostgreSQL answers, says so loudly.
///
/// # Panics
/// When the suite does, after cleaning up.
pub async fn on_each_database(test: &str, suite: impl AsyncFn(&Fixture)) {
    on_sqlite(&suite).await;
    on_postgres(test, &suite).await;
}

async fn on_sqlite(suite: &impl AsyncFn(&Fixture)) {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open_folder(folder.path()).await.expect("opens");
    let fixture = Fixture { database, target: folder.path().display().to_string(), admin: None };
    suite(&fixture).await;
    fixture.database.close().await;
}

/// Runs `suite` on a PostgreSQL database of its own.
///
/// # Panics
/// When the suite does, after cleaning up.
pub async fn on_postgres(test: &str, suite: &impl AsyncFn(&Fixture)) {
    let url = env::var(URL).unwrap_or_else(|_| USUAL.to_owned());
    let mut admin = match PgConnection::connect(&url).await {
        Ok(connection) => connection,
        Err(error) => return skip(test, &format!("no PostgreSQL at {url}: {error}")),
    };
    let name = format!("guichet_test_{}", random_name());
    let mut run = async |sql: String| {
        sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut admin).await.unwrap_or_else(|_| panic!("{sql}"));
    };
    run(format!("CREATE ROLE {name} LOGIN PASSWORD '{name}' NOSUPERUSER NOBYPASSRLS")).await;
    run(format!("CREATE DATABASE {name} OWNER {name} TEMPLATE template0")).await;
    let options: PgConnectOptions = url.parse().expect("the address of a PostgreSQL server");
    let target = format!("postgres://{name}:{name}@{}:{}/{name}", options.get_host(), options.get_port());
    let outcome = AssertUnwindSafe(async {
        let database = Database::open(&target).await.expect("opens");
        let fixture = Fixture { database, target, admin: Some(options.database(&name)) };
        suite(&fixture).await;
        fixture.database.close().await;
    })
    .catch_unwind()
    .await;
    run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    run(format!("DROP ROLE {name}")).await;
    if let Err(panic) = outcome {
        eprintln!("on PostgreSQL:");
        std::panic::resume_unwind(panic);
    }
}

/// Ten letters that no other test has.
///
/// # Panics
/// When the machine has no randomness.
#[must_use]
pub fn random_name() -> String {
    let mut bytes = [0; 5];
    getrandom::fill(&mut bytes).expect("randomness");
    crate::hex(&bytes)
}

/// Says so loudly, and adds a line to the file that `GUICHET_TEST_SKIPS` names, for the summary of the whole run.
pub(crate) fn skip(test: &str, reason: &str) {
    let line = format!("store: {test}: {reason}");
    eprintln!("SKIPPED {line}");
    if let Some(path) = env::var_os("GUICHET_TEST_SKIPS") {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| writeln!(file, "{line}")).expect("the list of skipped tests can be written");
    }
}
