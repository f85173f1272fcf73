//! Migrations: repeatable, resumable, checked.

use models::{TenantId, values};

use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};

use super::super::migrations;
use crate::{
    Database, Error,
    testing::{Fixture, on_each_database},
};

async fn applied(database: &Database) -> i64 {
    let mut tx = database.read_everything().await.expect("begins");
    tx.fetch_one("SELECT count(*) FROM _sqlx_migrations WHERE success", &[])
        .await
        .expect("counts")
        .only()
        .expect("a number")
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    on_each_database("opening_again_changes_nothing", async |fixture| {
        let before = applied(&fixture.database).await;
        let again = Database::open(&fixture.target).await.expect("opens again");
        assert_eq!(applied(&again).await, before);
        again.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_folder_of_documents_gains_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SqliteConnectOptions::new().filename(folder.path().join("guichet.sqlite")).create_if_missing(true);
    let old = SqlitePool::connect_with(options).await.expect("opens");
    migrations::documents_only().run(&old).await.expect("runs");
    old.close().await;
    let store = crate::Store::open(folder.path()).await.expect("opens");
    let mut tx = store.database().read(&TenantId::default()).await.expect("begins");
    tx.fetch_one("SELECT count(*) FROM courses", &[]).await.expect("has the new tables");
}

/// A process that dies in the middle of a migration leaves neither its tables nor its note.
#[tokio::test]
async fn a_killed_migration_runs_again() {
    on_each_database("a_killed_migration_runs_again", async |fixture| {
        let before = applied(&fixture.database).await;
        undo_events(fixture).await;
        let mut tx = fixture.database.write_everything().await.expect("begins");
        tx.execute("CREATE TABLE events (half TEXT)", &[]).await.expect("the first half of the migration");
        drop(tx);
        let again = Database::open(&fixture.target).await.expect("runs it from the start");
        assert_eq!(applied(&again).await, before);
        again.close().await;
    })
    .await;
}

async fn undo_events(fixture: &Fixture) {
    let mut tx = fixture.database.write_everything().await.expect("begins");
    for sql in [
        "DROP TABLE events",
        "DROP TABLE event_consumers",
        "DELETE FROM _sqlx_migrations WHERE description = '0012_events'",
    ] {
        tx.execute(sql, &[]).await.expect(sql);
    }
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    on_each_database("a_changed_migration_is_refused", async |fixture| {
        let mut tx = fixture.database.write(&TenantId::default()).await.expect("begins");
        let sql = "UPDATE _sqlx_migrations SET checksum = ? WHERE description = '0012_events'";
        tx.execute(sql, &values![vec![0_u8; 48]]).await.expect("another text ran");
        tx.commit().await.expect("commits");
        let refused = Database::open(&fixture.target).await;
        assert!(matches!(refused, Err(Error::Migrate(_))), "{refused:?}");
    })
    .await;
}
