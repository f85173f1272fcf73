//! What is somebody else's is not there.

use models::records::Organisation;

use super::*;

#[tokio::test]
async fn another_tenants_record_is_a_missing_one() {
    on_each_database("another_tenants_record_is_a_missing_one", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        let theirs = north.course(database, "MATH101").await;
        let table = Table::<Course>::new(database).for_everybody();

        let foreign = table.get(&south.scope, theirs.id).await.expect_err("foreign").to_string();
        let missing = table.get(&south.scope, nobody()).await.expect_err("missing").to_string();
        assert_eq!(
            foreign.replace(&theirs.id.to_string(), "ID"),
            missing.replace(&nobody::<Course>().to_string(), "ID")
        );
        let patched = south.patch(database, theirs.id, 1, json!({ "title": "Mine" })).await;
        assert!(matches!(patched, Err(Error::NotFound { .. })), "{patched:?}");
        let deleted = south.delete(database, theirs.id).await;
        assert!(matches!(deleted, Err(Error::NotFound { .. })), "{deleted:?}");
        assert_eq!(table.list(&south.scope, &ListQuery::default()).await.expect("lists").items.len(), 0);

        let mine = south.course(database, "MATH101").await;
        assert_eq!(table.list(&south.scope, &ListQuery::default()).await.expect("lists").items, [mine]);
        assert_eq!(table.get(&north.scope, theirs.id).await.expect("untouched"), theirs);
    })
    .await;
}

/// SQL that comes with the wrong transaction is refused before it runs.
#[tokio::test]
async fn a_transaction_of_another_tenant_is_refused() {
    on_each_database("a_transaction_of_another_tenant_is_refused", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        let theirs = north.course(database, "MATH101").await;
        let table = Table::<Course>::new(database);
        let mut tx = database.write(&south.scope.tenant).await.expect("begins");
        let read = table.get_in(&mut tx, &north.scope, theirs.id).await;
        assert!(matches!(read, Err(Error::ForeignTransaction)), "{read:?}");
        let deleted = table.delete_in(&mut tx, &north.context(), theirs.id, None).await;
        assert!(matches!(deleted, Err(Error::ForeignTransaction)), "{deleted:?}");
        drop(tx);
        let mut tx = database.read_everything().await.expect("begins");
        table.get_in(&mut tx, &north.scope, theirs.id).await.expect("everybody's transaction reads each tenant's rows");
        let foreign = table.get_in(&mut tx, &south.scope, theirs.id).await;
        assert!(matches!(foreign, Err(Error::NotFound { .. })), "{foreign:?}");
    })
    .await;
}

#[tokio::test]
async fn a_tenant_has_one_organisation() {
    on_each_database("a_tenant_has_one_organisation", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        north.create::<Organisation>(database, json!({ "name": "North" })).await.expect("the first");
        let second = north.create::<Organisation>(database, json!({ "name": "Again" })).await;
        assert!(matches!(second, Err(Error::Unique { .. })), "{second:?}");
        south.create::<Organisation>(database, json!({ "name": "South" })).await.expect("another tenant's");
        let table = Table::<Organisation>::new(database);
        let names = table.list(&north.scope, &ListQuery::default()).await.expect("lists").items;
        assert_eq!(names.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["North"]);
    })
    .await;
}
