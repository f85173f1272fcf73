//! The outbox: written with the change, read in one order, at least once.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::join_all;

use super::*;
use crate::{Event, Outbox, Subscriber, audit::AuditQuery};

/// Notes what it hears; refuses one kind as often as it is told to.
#[derive(Default)]
struct Listener {
    heard: Mutex<Vec<String>>,
    refusals: Mutex<u32>,
}

#[async_trait]
impl Subscriber for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn patterns(&self) -> &[&str] {
        &["course.*", "user.created"]
    }

    async fn handle(&self, event: &Event) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut refusals = self.refusals.lock().expect("no panic");
        if *refusals > 0 && event.kind == "course.updated" {
            *refusals -= 1;
            return Err("not now".into());
        }
        self.heard.lock().expect("no panic").push(event.kind.clone());
        Ok(())
    }
}

#[tokio::test]
async fn subscribers_hear_in_order_and_again_after_an_error() {
    on_each_database("subscribers_hear_in_order_and_again_after_an_error", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let course = actor.course(database, "A").await;
        actor.patch(database, course.id, 1, json!({ "title": "New" })).await.expect("changes");
        actor.create::<models::records::Group>(database, json!({ "name": "Class" })).await.expect("not listened to");
        actor.user(database, "ada").await;

        let (outbox, listener) = (Outbox::new(database), Arc::new(Listener::default()));
        *listener.refusals.lock().expect("no panic") = 1;
        let delivered = outbox.deliver(&*listener).await.expect("delivers");
        assert_eq!((delivered.handled, delivered.failed.map(|(position, _)| position)), (1, Some(2)));
        let delivered = outbox.deliver(&*listener).await.expect("delivers");
        assert_eq!((delivered.handled, delivered.failed.is_none()), (2, true));
        assert_eq!(*listener.heard.lock().expect("no panic"), ["course.created", "course.updated", "user.created"]);
        assert_eq!(outbox.deliver(&*listener).await.expect("nothing new").handled, 0);

        outbox.set_position("listener", 0).await.expect("back to the start");
        assert_eq!(outbox.deliver(&*listener).await.expect("replays").handled, 3);
        assert_eq!(outbox.prune(4).await.expect("prunes"), 3);
        actor.course(database, "B").await;
        assert_eq!(
            outbox.after(0, 10).await.expect("reads").iter().map(|event| event.position).collect::<Vec<_>>(),
            [4, 5]
        );
    })
    .await;
}

/// Everybody hears what happens while the program runs, also after a refusal.
#[tokio::test]
async fn subscribers_hear_while_the_program_runs() {
    on_each_database("subscribers_hear_while_the_program_runs", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let listener = Arc::new(Listener::default());
        *listener.refusals.lock().expect("no panic") = 1;
        let (outbox, subscribers) = (Outbox::new(database), [Arc::clone(&listener) as Arc<dyn Subscriber>]);
        let heard = || listener.heard.lock().expect("no panic").len();
        let stop = async {
            let course = actor.course(database, "A").await;
            actor.patch(database, course.id, 1, json!({ "title": "New" })).await.expect("changes");
            while heard() < 2 {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let run = outbox.run(&subscribers, stop);
        tokio::time::timeout(std::time::Duration::from_mins(1), run).await.expect("both are heard");
        assert_eq!(heard(), 2);
    })
    .await;
}

#[tokio::test]
async fn an_event_is_a_cloud_event() {
    on_each_database("an_event_is_a_cloud_event", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let course = actor.course(database, "A").await;
        actor.patch(database, course.id, 1, json!({ "title": "New" })).await.expect("changes");
        let events = Outbox::new(database).after(1, 10).await.expect("reads");
        let event = events.first().expect("the change").cloud_event();
        for (name, value) in [
            ("specversion", json!("1.0")),
            ("type", json!("course.updated")),
            ("source", json!("/guichet/north")),
            ("subject", json!(course.id.to_string())),
            ("tenant", json!("north")),
        ] {
            assert_eq!(event[name], value, "{name}");
        }
        assert_eq!(event["data"]["changed"], json!(["title"]));
        assert_eq!(event["data"]["record"]["version"], 2);
        assert!(event["id"].as_str().expect("an id").starts_with("evn_"));
    })
    .await;
}

/// A change that did not happen is not told of.
#[tokio::test]
async fn no_event_without_its_change() {
    on_each_database("no_event_without_its_change", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let input = <Course as Record>::Create::from_json(&json!({ "code": "A", "title": "A" })).expect("a good input");
        let mut tx = database.write(&actor.scope.tenant).await.expect("begins");
        Table::<Course>::new(database).create_in(&mut tx, &actor.context(), input).await.expect("creates");
        drop(tx);
        assert_eq!(Outbox::new(database).after(0, 10).await.expect("reads"), []);
        let entries =
            crate::audit::search(database, &actor.scope, &AuditQuery::default()).await.expect("searches").items;
        assert_eq!(entries, []);
    })
    .await;
}

/// Readers that count while transactions are under way pass over none of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn slow_transactions_are_not_passed_over() {
    on_each_database("slow_transactions_are_not_passed_over", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let outbox = Outbox::new(database);
        let writers = join_all((0..40).map(|number| {
            let actor = &actor;
            async move {
                let json = json!({ "code": number.to_string(), "title": "A" });
                let input = <Course as Record>::Create::from_json(&json).expect("a good input");
                let mut tx = database.write(&actor.scope.tenant).await.expect("begins");
                Table::<Course>::new(database).create_in(&mut tx, &actor.context(), input).await.expect("creates");
                tokio::time::sleep(std::time::Duration::from_millis(number * 7 % 20)).await;
                tx.commit().await.expect("commits");
            }
        }));
        let reader = async {
            let (mut seen, mut position) = (Vec::new(), 0);
            while seen.len() < 40 {
                for event in outbox.after(position, 3).await.expect("reads") {
                    assert_eq!(event.position, position + 1, "no gap");
                    position = event.position;
                    seen.push(event.subject);
                }
            }
            seen.sort_unstable();
            seen.dedup();
            seen.len()
        };
        let (_, seen) = futures::join!(writers, tokio::time::timeout(std::time::Duration::from_mins(1), reader));
        assert_eq!(seen.expect("every event arrives"), 40);
    })
    .await;
}
