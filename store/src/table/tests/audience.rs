//! Records that are meant for some.

use models::records::{CoursePatch, Enrolment};

use super::*;

#[tokio::test]
async fn only_who_is_meant_sees_it() {
    on_each_database("only_who_is_meant_sees_it", async |fixture| {
        let database = &fixture.database;
        let writer = Actor::new("north", &[]);
        let staff =
            writer.create::<Course>(database, json!({ "code": "STAFF", "title": "T", "audience": ["role:staff"] }));
        let staff = staff.await.expect("creates");
        let both = json!({ "code": "BOTH", "title": "T", "audience": ["role:staff", "group:2e-année"] });
        writer.create::<Course>(database, both).await.expect("creates");
        writer.course(database, "OPEN").await;

        let table = Table::<Course>::new(database);
        for (grants, expected) in [
            (&[][..], vec!["OPEN"]),
            (&["role:staff"], vec!["BOTH", "OPEN", "STAFF"]),
            (&["role:student", "group:2e-année"], vec!["BOTH", "OPEN"]),
            (&["role:staf"], vec!["OPEN"]),
        ] {
            let reader = Actor::new("north", grants);
            let query = ListQuery { sort: Some("code".to_owned()), ..ListQuery::default() };
            let listed = table.list(&reader.scope, &query).await.expect("lists");
            assert_eq!(codes(&listed.items), expected, "{grants:?}");
            let got = table.get(&reader.scope, staff.id).await.is_ok();
            assert_eq!(got, expected.contains(&"STAFF"), "{grants:?}");
        }
        let all = table.clone().for_everybody().list(&writer.scope, &ListQuery::default()).await.expect("lists");
        assert_eq!(all.items.len(), 3);

        // Who may not see it can neither change it nor point to it.
        let reader = Actor::new("north", &[]);
        let changed = table.patch(&reader.context(), staff.id, None, CoursePatch::default()).await;
        assert!(matches!(changed, Err(Error::NotFound { .. })), "{changed:?}");
        let user = writer.user(database, "ada").await;
        let json = json!({ "course": staff.id.to_string(), "user": user.id.to_string() });
        let input = <Enrolment as Record>::Create::from_json(&json).expect("a good input");
        let pointed = Table::<Enrolment>::new(database).create(&reader.context(), input).await;
        assert_eq!(pointed.expect_err("hidden").to_string(), "course must be a course that exists");

        // A change of audience holds from the next reading on.
        table.get(&reader.scope, staff.id).await.expect_err("not yet");
        writer.patch(database, staff.id, 1, json!({ "audience": ["everyone"] })).await.expect("opens");
        table.get(&reader.scope, staff.id).await.expect("at once");
    })
    .await;
}
