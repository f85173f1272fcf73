//! What every transaction does, on both databases.

mod isolation;
mod upgrades;

use jiff::{Timestamp, civil::date};
use models::{Code, Coded as _, TenantId, record::Value, values};
use serde_json::json;

use crate::{
    Error,
    testing::{Fixture, on_each_database},
};

/// One column of each type, and a second table that points to the first.
async fn with_example_tables(fixture: &Fixture) {
    let mut tx = fixture.database.write(&north()).await.expect("begins");
    for sql in [
        "CREATE TABLE things (tenant TEXT NOT NULL, code TEXT NOT NULL, flag BOOLEAN, amount BIGINT,
             ratio DOUBLE PRECISION, at TIMESTAMPTZ, day DATE, list JSONB, UNIQUE (tenant, code),
             CONSTRAINT things_amount_check CHECK (amount >= 0))",
        "CREATE TABLE parts (tenant TEXT NOT NULL, thing TEXT NOT NULL,
             FOREIGN KEY (tenant, thing) REFERENCES things (tenant, code))",
    ] {
        tx.execute(sql, &[]).await.expect(sql);
    }
    tx.commit().await.expect("commits");
}

fn north() -> TenantId {
    TenantId::new("north")
}

const INSERT: &str = "INSERT INTO things (tenant, code, flag, amount, ratio, at, day, list)
                      VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

fn row(code: &str, amount: i64) -> [Value; 8] {
    let at: Timestamp = "2026-10-01T08:00:00.123456Z".parse().expect("a time");
    values![&north(), code, true, amount, 0.5, at, date(1999, 12, 31), json!(["a", {"b": null}])]
}

#[tokio::test]
async fn values_come_back_as_they_went() {
    on_each_database("values_come_back_as_they_went", async |fixture| {
        with_example_tables(fixture).await;
        let mut tx = fixture.database.write(&north()).await.expect("begins");
        assert_eq!(tx.execute(INSERT, &row("full", 7)).await.expect("inserts"), 1);
        let mut empty = row("empty", 0);
        empty[2..].fill(Value::Null);
        tx.execute(INSERT, &empty).await.expect("inserts nulls");
        tx.commit().await.expect("commits");

        let mut tx = fixture.database.read(&north()).await.expect("begins");
        let sql = "SELECT * FROM things WHERE tenant = ? AND code = ? AND code <> '?'";
        let full = tx.fetch_one(sql, &values![&north(), "full"]).await.expect("is there");
        assert_eq!(full.get::<bool>("flag"), Ok(true));
        assert_eq!(full.get::<i64>("amount"), Ok(7));
        assert_eq!(full.get::<f64>("ratio"), Ok(0.5));
        assert_eq!(full.get::<Timestamp>("at").expect("a time").to_string(), "2026-10-01T08:00:00.123456Z");
        assert_eq!(full.get("day"), Ok(date(1999, 12, 31)));
        assert_eq!(full.get("list"), Ok(json!(["a", {"b": null}])));
        assert!(full.get::<bool>("code").is_err() && full.get::<bool>("nothing").is_err());
        let empty = tx.fetch_one(sql, &values![&north(), "empty"]).await.expect("is there");
        assert_eq!(empty.get::<Option<Timestamp>>("at"), Ok(None));
        assert_eq!(empty.get::<Option<serde_json::Value>>("list"), Ok(None));
        assert!(tx.fetch_optional(sql, &values![&north(), "none"]).await.expect("reads").is_none());
        let refused = tx.execute(INSERT, &row("late", 1)).await;
        assert!(refused.is_err(), "a reading transaction writes nothing");
    })
    .await;
}

#[tokio::test]
async fn refusals_say_which_constraint() {
    on_each_database("refusals_say_which_constraint", async |fixture| {
        with_example_tables(fixture).await;
        let mut tx = fixture.database.write(&north()).await.expect("begins");
        tx.execute(INSERT, &row("one", 1)).await.expect("inserts");
        match tx.attempt(INSERT, &row("one", 2)).await {
            Err(Error::Unique { constraint, fields }) => {
                assert_eq!((constraint.as_str(), fields.len()), ("things_tenant_code_key", 1));
            }
            other => panic!("{other:?}"),
        }
        match tx.attempt(INSERT, &row("two", -1)).await {
            Err(Error::Check { constraint }) => assert_eq!(constraint, "things_amount_check"),
            other => panic!("{other:?}"),
        }
        let dangling = tx.attempt("INSERT INTO parts (tenant, thing) VALUES (?, ?)", &values![&north(), "none"]).await;
        assert!(matches!(dangling, Err(Error::Reference { .. })), "{dangling:?}");
        let before_christ: Timestamp = "-004800-01-01T00:00:00Z".parse().expect("a time");
        for (column, value) in [
            (1, Value::from("a\0b")),
            (7, json!({"a": ["b\0"]}).into()),
            (5, before_christ.into()),
            (6, date(-4800, 1, 1).into()),
        ] {
            let mut bad = row("bad", 1);
            bad[column] = value;
            let error = tx.execute(INSERT, &bad).await.expect_err("refused");
            assert_eq!(error.code(), Code::ValidationFailed);
        }
        tx.execute(INSERT, &row("three", 3)).await.expect("the transaction still lives");
        tx.commit().await.expect("commits");
        let mut tx = fixture.database.read(&north()).await.expect("begins");
        let count: i64 =
            tx.fetch_one("SELECT count(*) FROM things", &[]).await.expect("counts").only().expect("a number");
        assert_eq!(count, 2);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_committed_did_not_happen() {
    on_each_database("what_is_not_committed_did_not_happen", async |fixture| {
        with_example_tables(fixture).await;
        let mut tx = fixture.database.write(&north()).await.expect("begins");
        tx.execute(INSERT, &row("dropped", 1)).await.expect("inserts");
        drop(tx);
        let mut tx = fixture.database.write(&north()).await.expect("begins");
        tx.execute(INSERT, &row("rolled back", 1)).await.expect("inserts");
        tx.rollback().await.expect("rolls back");
        let mut tx = fixture.database.read(&north()).await.expect("begins");
        assert_eq!(tx.fetch_all("SELECT * FROM things", &[]).await.expect("reads").len(), 0);
    })
    .await;
}

/// The connections die under the pool; the next request gets new ones.
#[tokio::test]
async fn a_server_that_comes_back_is_used_again() {
    crate::testing::on_postgres("a_server_that_comes_back_is_used_again", &async |fixture: &Fixture| {
        with_example_tables(fixture).await;
        let mut tx = fixture.database.write(&north()).await.expect("begins");
        tx.execute(INSERT, &row("lost", 1)).await.expect("inserts");
        fixture
            .as_superuser(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;
        let error = tx.execute(INSERT, &row("late", 1)).await.expect_err("the connection is gone");
        assert_eq!(error.code(), Code::Unavailable, "{error:?}");
        drop(tx);
        let mut tx = fixture.database.read(&north()).await.expect("a new connection");
        assert_eq!(tx.fetch_all("SELECT * FROM things", &[]).await.expect("reads").len(), 0);
    })
    .await;
}
