//! Many at once.

use futures::future::join_all;
use models::records::Enrolment;

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_fifty_changes_to_one_version_one_wins() {
    on_each_database("of_fifty_changes_to_one_version_one_wins", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        let (theirs, mine) = (north.course(database, "A").await, south.course(database, "A").await);
        let changes = (0..50).map(|number| {
            let (actor, id) = if number % 2 == 0 { (&north, theirs.id) } else { (&south, mine.id) };
            async move { actor.patch(database, id, 1, json!({ "title": format!("Title {number}") })).await }
        });
        let outcomes = join_all(changes).await;
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 2, "one of each tenant");
        for outcome in lost {
            assert!(matches!(outcome, Err(Error::VersionConflict { current: 2 })), "{outcome:?}");
        }
        for (actor, id) in [(&north, theirs.id), (&south, mine.id)] {
            let kept = Table::<Course>::new(database).get(&actor.scope, id).await.expect("is there");
            assert_eq!(kept.version, 2);
            assert!(won.iter().flatten().any(|winner| *winner == kept), "the winner is what is stored");
            let query = crate::audit::AuditQuery { record_id: Some(id.to_string()), ..Default::default() };
            let entries = crate::audit::search(database, &actor.scope, &query).await.expect("searches").items;
            assert_eq!(entries.len(), 2, "one creation, one change");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_twins_one_is_born() {
    on_each_database("of_twenty_twins_one_is_born", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let births = (0..20).map(|_| actor.create::<Course>(database, json!({ "code": "A", "title": "A" })));
        let outcomes = join_all(births).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(
            outcomes
                .iter()
                .filter_map(|outcome| outcome.as_ref().err())
                .all(|error| matches!(error, Error::Unique { .. }))
        );
    })
    .await;
}

/// Either the enrolment comes first and the course stays, or the course goes and nobody enrols: never an enrolment in a
/// deleted course.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_points_to_what_goes_at_the_same_moment() {
    on_each_database("nothing_points_to_what_goes_at_the_same_moment", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let user = actor.user(database, "ada").await;
        for round in 0..20 {
            let course = actor.course(database, &format!("A{round}")).await;
            let json = json!({ "course": course.id.to_string(), "user": user.id.to_string() });
            let (enrolled, deleted) =
                futures::join!(actor.create::<Enrolment>(database, json), actor.delete(database, course.id));
            match (&enrolled, &deleted) {
                (Ok(_), Err(Error::Referenced { .. })) | (Err(Error::Invalid(_)), Ok(())) => {}
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}
