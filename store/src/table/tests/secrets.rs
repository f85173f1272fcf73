//! A record declared outside of `models`, with a field that nobody may read again.

use models::{
    record::{Choice, Record, Text},
    values,
};

use super::*;
use crate::{
    Dialect, Outbox,
    audit::{self, AuditQuery},
    testing::Fixture,
};

/// A locker with a number that opens it.
#[derive(Debug, Clone, PartialEq, Record)]
#[record(table = "lockers", prefix = "lck", audit, events)]
struct Locker {
    #[field(create, patch, sort)]
    name: Text<40>,
    #[field(create, patch, secret)]
    code: Option<Text<20>>,
    #[field(create, patch, default, filter, sort)]
    size: Size,
    /// Set by nobody but the program.
    opened: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Choice)]
enum Size {
    #[default]
    Small,
    VeryLarge,
}

async fn with_lockers(fixture: &Fixture) {
    let mut tx = fixture.database.write_everything().await.expect("begins");
    let sql = "CREATE TABLE lockers (tenant TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
                   created_at TIMESTAMPTZ NOT NULL, updated_at TIMESTAMPTZ NOT NULL, name TEXT NOT NULL,
                   name_sort TEXT NOT NULL, code TEXT, size TEXT NOT NULL, opened BOOLEAN NOT NULL,
                   PRIMARY KEY (tenant, id))";
    tx.execute(sql, &[]).await.expect("creates");
    if fixture.dialect() == Dialect::Postgres {
        tx.fetch_all("SELECT guichet_protect(CAST(? AS TEXT)::regclass)", &values!["lockers"]).await.expect("protects");
    }
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_secret_is_kept_and_never_told() {
    on_each_database("a_secret_is_kept_and_never_told", async |fixture| {
        with_lockers(fixture).await;
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let json = json!({ "name": "L1", "code": "4711", "size": "very_large" });
        let created: Stored<Locker> = actor.create(database, json).await.expect("creates");
        let patched = actor.patch(database, created.id, 1, json!({ "code": "0815" })).await.expect("changes");
        actor.patch(database, created.id, 2, json!({ "code": null })).await.expect("changes");
        assert_eq!(patched.code.as_ref().map(Text::as_str), Some("0815"), "the program reads it");
        assert!(!serde_json::to_string(&patched).expect("serialises").contains("0815"));
        assert!(Locker::declaration().fields[1].secret && !patched.opened);
        let schema = serde_json::to_value(Locker::declaration().read_schema()).expect("serialises");
        assert_eq!(schema["properties"]["code"], Json::Null, "not even mentioned to readers");

        let entries = audit::search(database, &actor.scope, &AuditQuery::default()).await.expect("searches").items;
        let seen = serde_json::to_string(&entries).expect("serialises");
        assert!(!seen.contains("4711") && !seen.contains("0815"), "{seen}");
        assert_eq!(entries[0].before.as_ref().expect("before")["code"], "***");
        assert_eq!(entries[0].after.as_ref().expect("after")["code"], Json::Null);
        let events = Outbox::new(database).after(0, 10).await.expect("reads");
        assert_eq!(events[1].data["changed"], json!(["code"]));
        assert!(events.iter().all(|event| !event.data.to_string().contains("4711")));
    })
    .await;
}
