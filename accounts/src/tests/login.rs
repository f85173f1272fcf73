use std::time::Duration;

use jiff::SignedDuration;
use models::{Code, Coded as _, Origin};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{OTHER_PASSWORD, PASSWORD, World, address, origin, origin_of, seconds},
};
use crate::{Cost, Error};

#[tokio::test]
async fn every_failure_reads_the_same() {
    on_each_database("every_failure_reads_the_same", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let suspended = world.person("suspended").await;
        world.accounts.suspend(&world.operator(), suspended, &origin()).await.expect("is allowed");
        let long = "a".repeat(1_000_000);
        for (number, (tenant, email, password)) in [
            (&world.north, address("camille"), OTHER_PASSWORD),
            (&world.north, address("camille"), ""),
            (&world.north, address("camille"), long.as_str()),
            (&world.north, address("nobody"), PASSWORD),
            (&world.north, address("suspended"), PASSWORD),
            (&world.south, address("camille"), PASSWORD),
            (&models::TenantId::new("nowhere"), address("camille"), PASSWORD),
            (&world.north, String::new(), PASSWORD),
            (&world.north, "no address".to_owned(), PASSWORD),
            (&world.north, "' OR 1=1 --@x.y".to_owned(), PASSWORD),
        ]
        .into_iter()
        .enumerate()
        {
            let refused = world.accounts.login(tenant, &email, password.into(), &origin_of(&number.to_string())).await;
            let refused = refused.expect_err("is refused");
            assert_eq!(refused.code(), Code::Unauthenticated, "{number}");
            assert_eq!(refused.to_string(), "the e-mail address or the password is wrong", "{number}");
        }
        let loud = world.accounts.login(&world.north, " CAMILLE@school.example ", PASSWORD.into(), &origin()).await;
        assert!(loud.is_ok(), "case and spaces of an address do not matter");
    })
    .await;
}

#[tokio::test]
async fn guessing_gets_slower_for_known_and_unknown_alike() {
    on_each_database("guessing_gets_slower_for_known_and_unknown_alike", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let guess = async |name: &str, number: i32| {
            let origin = origin_of(&format!("{name}{number}"));
            world.accounts.login(&world.north, &address(name), OTHER_PASSWORD.into(), &origin).await.expect_err("wrong")
        };
        let mut stories = Vec::new();
        for name in ["camille", "nobody"] {
            let mut story = Vec::new();
            for number in 0..9 {
                story.push(guess(name, number).await.retry_after().map(|wait| wait.as_secs()));
            }
            stories.push(story);
        }
        assert_eq!(stories[0], [None, None, None, None, None, None, Some(2), Some(2), Some(2)]);
        assert_eq!(stories[0], stories[1]);

        let right = world.accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await;
        assert!(matches!(right, Err(Error::TooManyAttempts(_))), "the right password waits too");
        world.clock.turn(seconds(2));
        world.sign_in("camille").await;
        for number in 10..16 {
            assert!(guess("camille", number).await.retry_after().is_none(), "forgotten with the right password");
        }
        // However long somebody keeps guessing, the owner gets in after the longest wait.
        for number in 20..60 {
            if let Some(wait) = guess("camille", number).await.retry_after() {
                assert!(wait <= Duration::from_mins(15));
                world.clock.turn(SignedDuration::try_from(wait).expect("short"));
            }
        }
        world.clock.turn(SignedDuration::from_mins(15));
        world.sign_in("camille").await;
    })
    .await;
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_a_hundred_guesses() {
    on_each_database("a_hundred_guesses_at_once_are_a_hundred_guesses", async |fixture| {
        let world = World::with(fixture, |settings| settings.hashes_at_once = 16).await;
        world.person("camille").await;
        let crowd: Vec<_> = (0..100)
            .map(|number| {
                let (accounts, tenant) = (world.accounts.clone(), world.north.clone());
                tokio::spawn(async move {
                    let origin = origin_of(&number.to_string());
                    accounts.login(&tenant, &address("camille"), OTHER_PASSWORD.into(), &origin).await
                })
            })
            .collect();
        let mut looked_at = 0;
        for one in crowd {
            match one.await.expect("does not panic") {
                Err(Error::WrongCredentials) => looked_at += 1,
                Err(Error::TooManyAttempts(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(looked_at, 6);
    })
    .await;
}

#[tokio::test]
async fn one_address_cannot_try_everybody() {
    on_each_database("one_address_cannot_try_everybody", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let sprayer = Origin { address: Some("2001:db8::1".to_owned()), ..origin() };
        let mut refused = 0;
        for number in 0..70 {
            let sprayer = Origin { address: Some(format!("2001:db8::{number}")), ..sprayer.clone() };
            let name = format!("person{number}");
            let error = world.accounts.login(&world.north, &address(&name), PASSWORD.into(), &sprayer).await;
            refused += i32::from(error.expect_err("nobody").retry_after().is_some());
        }
        assert_eq!(refused, 9, "one network, whatever its last bits");
        world.sign_in("camille").await;
    })
    .await;
}

#[tokio::test]
async fn a_dearer_hash_replaces_the_old_one_at_sign_in() {
    on_each_database("a_dearer_hash_replaces_the_old_one_at_sign_in", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        assert_eq!((world.count(sql::CHEAP_HASHES).await, world.count(sql::DEAR_HASHES).await), (1, 0));
        let dearer = world.node_with_cost(Cost { kibibytes: 32, passes: 2, lanes: 1 }).await;
        let wrong = dearer.login(&world.north, &address("camille"), OTHER_PASSWORD.into(), &origin()).await;
        assert!(wrong.is_err());
        assert_eq!(world.count(sql::DEAR_HASHES).await, 0, "a wrong password is not kept");
        for _ in 0..2 {
            dearer.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await.expect("signs in");
            assert_eq!((world.count(sql::CHEAP_HASHES).await, world.count(sql::DEAR_HASHES).await), (0, 1));
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    on_each_database("sessions_are_listed_and_ended", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        world.person("stranger").await;
        world.clock.turn(seconds(60));
        let (phone, laptop) = (world.sign_in("camille").await, world.sign_in("camille").await);
        let stranger = world.identity("stranger").await;
        let me = world.accounts.identify(&laptop.access, None).await.expect("is valid");
        let sessions = world.accounts.sessions(&me).await.expect("lists");
        assert_eq!(sessions.len(), 3, "and the one of the beginning");
        assert_eq!(sessions[0].client.as_deref(), Some("Firefox"));

        let foreign = world.accounts.end_session(&stranger, phone.session, &origin()).await;
        assert!(matches!(foreign, Err(Error::Missing(_))), "somebody else's is like a missing one");
        world.accounts.end_session(&me, phone.session, &origin()).await.expect("is open");
        assert!(!world.is_known(&phone.access).await, "at once");
        assert!(world.accounts.refresh(&phone.refresh, &origin()).await.is_err());
        assert!(world.accounts.end_session(&me, phone.session, &origin()).await.is_err(), "it has ended");
        assert_eq!(world.accounts.end_other_sessions(&me, &origin()).await.expect("ends"), 1);
        assert!(world.is_known(&laptop.access).await);

        world.accounts.logout(&laptop.refresh).await.expect("ends");
        assert!(!world.is_known(&laptop.access).await);
        world.accounts.logout(&laptop.refresh).await.expect("again is as good");
        world.accounts.logout(&"nonsense".into()).await.expect("nothing to end");
    })
    .await;
}
