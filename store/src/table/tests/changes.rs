//! One record's life: created, changed, deleted.

use models::records::{CalendarEvent, TicketCategory};

use super::*;

#[tokio::test]
async fn a_record_lives() {
    on_each_database("a_record_lives", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let table = Table::<Course>::new(database);
        let teacher = actor.user(database, "ada").await;
        let full = json!({
            "code": "MATH101", "title": "Algèbre", "description": "# Plan\n\n\ttext", "teacher": teacher.id.to_string(),
            "starts_on": "2026-09-01", "ends_on": "2027-06-30", "credits": 6,
            "fee": { "amount": -1250, "currency": "EUR" }, "tags": ["a", "ÿ"], "audience": ["role:student", "everyone"],
            "syllabus": { "blob": "a".repeat(64), "name": "plan.pdf", "media_type": "application/pdf", "bytes": 3 },
        });
        let created: Stored<Course> = actor.create(database, full).await.expect("creates");
        assert_eq!(created.version, 1);
        assert_eq!(table.get(&actor.scope, created.id).await.expect("is there"), created);

        let patch = json!({ "title": "Algebra", "fee": null, "teacher": null, "starts_on": null, "syllabus": null });
        let changed = actor.patch(database, created.id, 1, patch).await.expect("changes");
        assert_eq!((changed.version, changed.fee, changed.teacher), (2, None, None));
        assert_eq!(changed.credits, created.credits, "absent is not null");
        assert!(changed.updated_at > created.updated_at && changed.created_at == created.created_at);
        assert_eq!(table.get(&actor.scope, created.id).await.expect("is there"), changed);

        let same = actor.patch(database, created.id, 2, json!({ "title": "Algebra" })).await.expect("nothing to do");
        assert_eq!(same.version, 2);
        let conflict = actor.patch(database, created.id, 1, json!({ "title": "Late" })).await;
        assert!(matches!(conflict, Err(Error::VersionConflict { current: 2 })), "{conflict:?}");

        let stale = table.delete(&actor.context(), created.id, Some(1)).await;
        assert!(matches!(stale, Err(Error::VersionConflict { current: 2 })), "{stale:?}");
        table.delete(&actor.context(), created.id, Some(2)).await.expect("deletes");
        for gone in [
            table.get(&actor.scope, created.id).await.map(|_| ()),
            table.delete(&actor.context(), created.id, None).await,
            actor.patch(database, created.id, 3, json!({ "title": "Late" })).await.map(|_| ()),
        ] {
            assert!(matches!(gone, Err(Error::NotFound { .. })), "{gone:?}");
        }
        assert_eq!(table.list(&actor.scope, &ListQuery::default()).await.expect("lists").items.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn soft_deletion_keeps_the_row_and_frees_the_code() {
    on_each_database("soft_deletion_keeps_the_row_and_frees_the_code", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let first = actor.course(database, "MATH101").await;
        let twin = actor.create::<Course>(database, json!({ "code": "MATH101", "title": "Twin" })).await;
        match twin {
            Err(Error::Unique { constraint, fields }) => {
                assert_eq!((constraint.as_str(), fields), ("courses_tenant_code_key", vec!["code".to_owned()]));
            }
            other => panic!("{other:?}"),
        }
        actor.delete(database, first.id).await.expect("deletes");
        let second = actor.course(database, "MATH101").await;
        assert_ne!(first.id, second.id);
        let mut tx = database.read(&actor.scope.tenant).await.expect("begins");
        let sql = "SELECT count(*) FROM courses WHERE deleted_at IS NOT NULL AND version = 2";
        assert_eq!(tx.fetch_one(sql, &[]).await.expect("counts").only::<i64>(), Ok(1));
    })
    .await;
}

#[tokio::test]
async fn hooks_refuse_with_the_field() {
    on_each_database("hooks_refuse_with_the_field", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let json = json!({ "code": "A", "title": "A", "starts_on": "2026-09-01", "ends_on": "2026-08-01" });
        let refused = actor.create::<Course>(database, json).await.expect_err("ends before it starts");
        assert_eq!(refused.to_string(), "ends_on must not be before the first day");
        let course = actor.course(database, "A").await;
        let good = json!({ "starts_on": "2026-09-01", "ends_on": "2026-09-01" });
        actor.patch(database, course.id, 1, good).await.expect("one day");
        actor.patch(database, course.id, 2, json!({ "ends_on": "2026-08-01" })).await.expect_err("before the start");
    })
    .await;
}

/// Everything that an input may hold goes into both databases and comes back as it was.
#[tokio::test]
async fn odd_texts_survive() {
    on_each_database("odd_texts_survive", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let table = Table::<TicketCategory>::new(database);
        for (number, text) in
            ["'; DROP TABLE users; --", "\\", "%_?$1", "😀 \u{202e}rtl", "\u{10ffff}", "a\\u0000b", "NULL"]
                .iter()
                .enumerate()
        {
            let json = json!({ "name": text, "description": format!("{text}\n{number}"), "archived": number % 2 == 0 });
            let created: Stored<TicketCategory> = actor.create(database, json).await.expect(text);
            let read = table.get(&actor.scope, created.id).await.expect("is there");
            assert_eq!((read.name.as_str(), &read), (*text, &created));
            let query = ListQuery { search: Some((*text).to_owned()), ..ListQuery::default() };
            let found = table.list(&actor.scope, &query).await.expect("searches");
            assert_eq!(found.items.first(), Some(&created), "{text:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn times_keep_their_microseconds() {
    on_each_database("times_keep_their_microseconds", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        for (start, end) in [
            ("1800-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z"),
            ("2026-03-29T02:30:00.000001+01:00", "2026-10-25T02:30:00+02:00"),
        ] {
            let json = json!({ "title": "Exam", "period": { "start": start, "end": end } });
            let created: Stored<CalendarEvent> = actor.create(database, json).await.expect("creates");
            assert_eq!(created.period.start(), start.parse().expect("a time"));
            let read = Table::<CalendarEvent>::new(database).get(&actor.scope, created.id).await.expect("is there");
            assert_eq!(read, created);
        }
    })
    .await;
}
