//! The audit: complete, found again, never changed.

use futures::TryStreamExt as _;

use super::*;
use crate::audit::{self, AuditQuery};

#[tokio::test]
async fn every_change_leaves_a_row() {
    on_each_database("every_change_leaves_a_row", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let course = actor.course(database, "A").await;
        actor.patch(database, course.id, 1, json!({ "title": "New" })).await.expect("changes");
        actor.patch(database, course.id, 1, json!({ "title": "Late" })).await.expect_err("refused");
        actor.delete(database, course.id).await.expect("deletes");
        let all = audit::search(database, &actor.scope, &AuditQuery::default()).await.expect("searches").items;
        let actions: Vec<_> = all.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["course.deleted", "course.updated", "course.created"], "newest first, nothing refused");
        let update = &all[1];
        assert_eq!((update.actor.as_str(), update.record.as_deref()), ("usr_test", Some("course")));
        assert_eq!(update.record_id, Some(course.id.to_string()));
        assert_eq!(update.before.as_ref().expect("before")["title"], "Course A");
        assert_eq!(update.after.as_ref().expect("after")["title"], "New");
        assert_eq!(update.address.as_deref(), Some("192.0.2.1"));
        assert_eq!(update.client.as_deref(), Some("curlInjected: 1"), "one line");
        assert_eq!((&all[0].after, &all[2].before), (&None, &None));

        let foreign = audit::search(database, &Actor::new("south", &[]).scope, &AuditQuery::default()).await;
        assert_eq!(foreign.expect("searches").items, []);
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_and_exported() {
    on_each_database("entries_are_found_and_exported", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let course = actor.course(database, "A").await;
        let user = actor.user(database, "ada").await;
        for version in 1..=5 {
            actor
                .patch(database, course.id, version, json!({ "title": format!("T{version}") }))
                .await
                .expect("changes");
        }
        let at = |index: usize, all: &[audit::AuditEntry]| all[index].at;
        let all = audit::search(database, &actor.scope, &AuditQuery::default()).await.expect("searches").items;
        assert_eq!(all.len(), 7);
        for (query, count) in [
            (AuditQuery { action: Some("course.updated".to_owned()), ..Default::default() }, 5),
            (AuditQuery { action: Some("course.*".to_owned()), ..Default::default() }, 6),
            (AuditQuery { action: Some("cour%".to_owned()), ..Default::default() }, 0),
            (AuditQuery { record: Some("user".to_owned()), ..Default::default() }, 1),
            (AuditQuery { record_id: Some(user.id.to_string()), ..Default::default() }, 1),
            (AuditQuery { actor: Some("' OR 1=1 --".to_owned()), ..Default::default() }, 0),
            (AuditQuery { from: Some(at(2, &all)), ..Default::default() }, 3),
            (AuditQuery { before: Some(at(2, &all)), ..Default::default() }, 4),
        ] {
            let found = audit::search(database, &actor.scope, &query).await.expect("searches").items;
            assert_eq!(found.len(), count, "{query:?}");
        }
        let mut query = AuditQuery { limit: 3, ..Default::default() };
        let mut paged = Vec::new();
        loop {
            let page = audit::search(database, &actor.scope, &query).await.expect("searches");
            paged.extend(page.items);
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, all);
        for bad in [
            AuditQuery { limit: 201, ..Default::default() },
            AuditQuery { cursor: Some("crs_1".to_owned()), ..Default::default() },
        ] {
            audit::search(database, &actor.scope, &bad).await.expect_err("refused");
        }

        let pieces: Vec<String> =
            audit::export(database, &actor.scope, AuditQuery::default()).try_collect().await.expect("exports");
        let lines: Vec<Json> = pieces.concat().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[0], serde_json::to_value(&all[0]).expect("serialises"));
    })
    .await;
}

#[tokio::test]
async fn the_audit_is_append_only() {
    on_each_database("the_audit_is_append_only", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        actor.course(database, "A").await;
        for sql in ["UPDATE audit SET actor = 'somebody else'", "DELETE FROM audit"] {
            let mut tx = database.write(&actor.scope.tenant).await.expect("begins");
            let error = tx.execute(sql, &[]).await.expect_err(sql);
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            assert!(cause.contains("append-only"), "{cause}");
        }
        let all = audit::search(database, &actor.scope, &AuditQuery::default()).await.expect("searches").items;
        assert_eq!(all.len(), 1);
    })
    .await;
}
