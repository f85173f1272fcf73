//! Records that point to others.

use models::records::{Enrolment, Group, GroupMember, TicketCategory};

use super::*;

#[tokio::test]
async fn a_reference_points_to_something_of_the_same_tenant() {
    on_each_database("a_reference_points_to_something_of_the_same_tenant", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        let theirs = south.user(database, "bob").await;
        let deleted = north.user(database, "gone").await;
        north.delete(database, deleted.id).await.expect("deletes");
        let mut messages = Vec::new();
        for id in [theirs.id, deleted.id, nobody()] {
            let json = json!({ "code": "A", "title": "A", "teacher": id.to_string() });
            messages.push(north.create::<Course>(database, json).await.expect_err("no such user").to_string());
        }
        assert_eq!(
            messages,
            vec!["teacher must be a user that exists"; 3],
            "foreign, deleted and missing are the same"
        );

        let course = north.course(database, "A").await;
        let patched = north.patch(database, course.id, 1, json!({ "teacher": theirs.id.to_string() })).await;
        assert!(matches!(patched, Err(Error::Invalid(_))), "{patched:?}");
        let both = json!({ "course": nobody::<Course>().to_string(), "user": theirs.id.to_string() });
        match north.create::<Enrolment>(database, both).await {
            Err(Error::Invalid(errors)) => {
                assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["course", "user"]);
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_pointed_to_stays() {
    on_each_database("what_is_pointed_to_stays", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let (user, course) = (actor.user(database, "ada").await, actor.course(database, "A").await);
        let group: Stored<Group> = actor.create(database, json!({ "name": "Class" })).await.expect("creates");
        let member = json!({ "group": group.id.to_string(), "user": user.id.to_string() });
        let member: Stored<GroupMember> = actor.create(database, member).await.expect("creates");
        let enrolment = json!({ "course": course.id.to_string(), "user": user.id.to_string() });
        let enrolment: Stored<Enrolment> = actor.create(database, enrolment).await.expect("creates");

        let names = |outcome: Result<()>| match outcome {
            Err(Error::Referenced { by }) => by,
            other => panic!("{other:?}"),
        };
        assert_eq!(names(actor.delete(database, user.id).await), ["group-members", "enrolments"]);
        assert_eq!(names(actor.delete(database, group.id).await), ["group-members"]);
        assert_eq!(names(actor.delete(database, course.id).await), ["enrolments"]);
        actor.delete(database, enrolment.id).await.expect("nothing points to it");
        actor.delete(database, course.id).await.expect("nothing points to it any more");
        actor.delete(database, member.id).await.expect("nothing points to it");
        actor.delete(database, group.id).await.expect("nothing points to it any more");
        actor.delete(database, user.id).await.expect("nothing points to it any more");
    })
    .await;
}

/// What was pointed to before may be left as it is, also when it was deleted since.
#[tokio::test]
async fn a_category_may_stand_under_another() {
    on_each_database("a_category_may_stand_under_another", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let parent: Stored<TicketCategory> = actor.create(database, json!({ "name": "IT" })).await.expect("creates");
        let json = json!({ "name": "Wi-Fi", "parent": parent.id.to_string() });
        let child: Stored<TicketCategory> = actor.create(database, json).await.expect("creates");
        let refused = actor.delete(database, parent.id).await;
        assert!(matches!(refused, Err(Error::Referenced { .. })), "{refused:?}");
        actor.patch(database, child.id, 1, json!({ "parent": null })).await.expect("moves up");
        actor.delete(database, parent.id).await.expect("nothing points to it any more");
    })
    .await;
}
