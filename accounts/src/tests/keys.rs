use jiff::{SignedDuration, Timestamp};
use models::{Code, Coded as _, record::Text};
use secrecy::ExposeSecret as _;
use store::testing::on_each_database;

use super::world::{World, now, origin, seconds};
use crate::{Actor, Credential, Error, NewApiKey, NewRole, Permissions};

fn new(name: &str, permissions: &[&str], expires_at: Timestamp) -> NewApiKey {
    let permissions = Permissions::parse(permissions.iter().copied()).expect("in the table");
    NewApiKey { name: Text::new(name).expect("a name"), permissions, expires_at }
}

#[tokio::test]
async fn a_key_acts_for_its_owner_within_its_permissions() {
    on_each_database("a_key_acts_for_its_owner_within_its_permissions", async |fixture| {
        let world = World::new(fixture).await;
        let agent = world.with_role("agent", "agent").await;
        let end = now(&world) + SignedDuration::from_hours(24);
        let wanted = new("export", &["document:read", "document:write"], end);
        let (key, text) = world.accounts.create_api_key(&agent, wanted, &origin()).await.expect("is allowed");
        let secret = text.expose_secret();
        assert!(secret.starts_with(&key.prefix) && secret.len() > key.prefix.len() + 40);
        assert!(!format!("{text:?} {key:?}").contains(secret));

        let program = world.accounts.identify(&text, Some(&world.north)).await.expect("is valid");
        assert_eq!(program.credential, Credential::ApiKey(key.id));
        assert_eq!(program.permissions.names(), ["document:read", "document:write"]);
        assert_eq!(program.grants, agent.grants, "it reads what its owner reads");
        assert_eq!(program.actor(), key.id.to_string());
        assert!(world.accounts.identify(&text, Some(&world.south)).await.is_err(), "in its organisation only");

        // A key cannot make keys, nor change the password.
        let more = new("more", &["document:read"], end);
        assert!(matches!(world.accounts.create_api_key(&program, more, &origin()).await, Err(Error::Forbidden(_))));
        let changed = world.accounts.change_password(&program, "x".into(), "y".into(), &origin()).await;
        assert!(matches!(changed, Err(Error::Forbidden(_))));

        // What the owner loses, the key loses at once.
        world.accounts.take_role(&world.operator(), agent.user, "agent", &origin()).await.expect("has it");
        let program = world.accounts.identify(&text, None).await.expect("is valid");
        assert_eq!(program.permissions.names(), ["document:read"]);
        world.accounts.suspend(&world.operator(), agent.user, &origin()).await.expect("is allowed");
        assert!(world.accounts.identify(&text, None).await.is_err(), "with its owner");
    })
    .await;
}

#[tokio::test]
async fn a_key_never_allows_more_than_its_maker() {
    on_each_database("a_key_never_allows_more_than_its_maker", async |fixture| {
        let world = World::new(fixture).await;
        let agent = world.with_role("agent", "agent").await;
        let student = world.with_role("student", "student").await;
        let end = now(&world) + seconds(60);
        let make = async |who, new| world.accounts.create_api_key(who, new, &origin()).await.map(|_| ());
        assert!(matches!(make(&agent, new("k", &["user:write"], end)).await, Err(Error::Forbidden(_))));
        assert!(matches!(make(&student, new("k", &["document:read"], end)).await, Err(Error::Forbidden(_))));
        let long = now(&world) + SignedDuration::from_hours(24 * 367);
        for (permissions, end) in [(vec![], end), (vec!["document:read"], now(&world)), (vec!["document:read"], long)] {
            let refused = make(&agent, new("k", &permissions, end)).await.expect_err("is refused");
            assert_eq!(refused.code(), Code::ValidationFailed);
        }
        assert!(make(&agent, new("k", &["document:read"], end)).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn keys_end_and_are_revoked_and_note_their_use() {
    on_each_database("keys_end_and_are_revoked_and_note_their_use", async |fixture| {
        let world = World::new(fixture).await;
        let agent = world.with_role("agent", "agent").await;
        let other = world.with_role("other", "agent").await;
        let administrator = world.with_role("boss", "administrator").await;
        let end = now(&world) + SignedDuration::from_mins(10);
        let make = async |name: &str| {
            world
                .accounts
                .create_api_key(&agent, new(name, &["document:read"], end), &origin())
                .await
                .expect("is allowed")
        };
        let ((one, first), (two, second), (_, third)) = (make("one").await, make("two").await, make("three").await);
        assert_eq!(world.accounts.api_keys(&agent).await.expect("lists").len(), 3);
        assert!(world.accounts.api_keys(&other).await.expect("lists").is_empty());

        let used = async || {
            let keys = world.accounts.api_keys(&agent).await.expect("lists");
            keys.into_iter().find(|key| key.id == one.id).expect("is listed").used_at
        };
        assert_eq!(used().await, None);
        assert!(world.is_known(&first).await);
        let noted = used().await;
        assert_eq!(noted, Some(now(&world)));
        world.clock.turn(seconds(59));
        assert!(world.is_known(&first).await);
        assert_eq!(used().await, noted, "to the minute");
        world.clock.turn(seconds(1));
        assert!(world.is_known(&first).await);
        assert_eq!(used().await, Some(now(&world)));

        let foreign = world.accounts.revoke_api_key(&Actor::Person(&other), one.id, &origin()).await;
        assert!(matches!(foreign, Err(Error::Missing(_))), "somebody else's is like a missing one");
        world.accounts.revoke_api_key(&Actor::Person(&agent), one.id, &origin()).await.expect("one's own");
        world.accounts.revoke_api_key(&Actor::Person(&administrator), two.id, &origin()).await.expect("may manage");
        for gone in [&first, &second] {
            assert!(!world.is_known(gone).await, "at once");
        }
        let again = world.accounts.revoke_api_key(&Actor::Person(&agent), one.id, &origin()).await;
        assert!(matches!(again, Err(Error::Missing(_))));
        assert_eq!(world.accounts.all_api_keys(&Actor::Person(&administrator)).await.expect("lists").len(), 1);
        assert!(world.accounts.all_api_keys(&Actor::Person(&agent)).await.is_err());

        world.clock.turn(SignedDuration::from_mins(9) - SignedDuration::from_micros(1));
        assert!(world.is_known(&third).await);
        world.clock.turn(SignedDuration::from_micros(1));
        assert!(!world.is_known(&third).await, "exactly at its end");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_known_as_a_whole_only() {
    on_each_database("a_key_is_known_as_a_whole_only", async |fixture| {
        let world = World::new(fixture).await;
        let agent = world.with_role("agent", "agent").await;
        let end = now(&world) + seconds(600);
        let (key, text) = world
            .accounts
            .create_api_key(&agent, new("k", &["document:read"], end), &origin())
            .await
            .expect("is allowed");
        let text = text.expose_secret().to_owned();
        let swapped = format!("{}A", &text[..text.len() - 1]);
        let swapped = if swapped == text { format!("{}B", &text[..text.len() - 1]) } else { swapped };
        let stored = crate::secret::Fingerprint::of_text(&text).as_str().to_owned();
        for wrong in [
            key.prefix.clone(),
            format!("{}_", key.prefix),
            swapped,
            format!("{text}="),
            format!("{}_{}", key.prefix, &stored[..43]),
        ] {
            assert!(!world.is_known(&wrong.clone().into()).await, "{wrong}");
        }
        let role = NewRole {
            name: "k".repeat(3),
            title: Text::new("K").expect("a title"),
            permissions: Permissions::default(),
        };
        assert!(world.accounts.create_role(&Actor::Person(&agent), &role, &origin()).await.is_err());
    })
    .await;
}
