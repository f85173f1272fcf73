use jiff::SignedDuration;
use models::{Code, Coded as _};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{OTHER_PASSWORD, PASSWORD, World, address, email, origin, origin_of, same, seconds},
};
use crate::{Error, Result, Tokens};

async fn login(world: &World, name: &str, password: &str) -> Result<Tokens> {
    world.accounts.login(&world.north, &address(name), password.into(), &origin_of(name)).await
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_mail() {
    on_each_database("a_forgotten_password_is_reset_by_mail", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let thief = world.sign_in("camille").await;
        let accounts = &world.accounts;
        accounts.request_password_reset(&world.north, &email("camille"), &origin()).await.expect("is taken");
        let first = world.mailbox.token();
        accounts.request_password_reset(&world.north, &email("camille"), &origin()).await.expect("is taken");
        let link = world.mailbox.token();
        assert!(!same(&first, &link));
        let old = accounts.set_password(&first, OTHER_PASSWORD.into(), &origin()).await;
        assert!(matches!(old, Err(Error::InvalidLink)), "only the newest link works");
        let weak = accounts.set_password(&link, "password123".into(), &origin()).await.expect_err("is weak");
        assert_eq!(weak.code(), Code::ValidationFailed);
        accounts.set_password(&link, OTHER_PASSWORD.into(), &origin()).await.expect("the link still worked");
        assert_eq!(world.mailbox.kinds(), ["password_changed camille@school.example"]);
        assert!(accounts.set_password(&link, PASSWORD.into(), &origin()).await.is_err(), "works once");
        assert!(!world.is_known(&thief.access).await && accounts.refresh(&thief.refresh, &origin()).await.is_err());
        assert!(login(&world, "camille", PASSWORD).await.is_err());
        assert!(login(&world, "camille", OTHER_PASSWORD).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing() {
    on_each_database("asking_for_a_reset_tells_nothing", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let suspended = world.person("suspended").await;
        world.accounts.suspend(&world.operator(), suspended, &origin()).await.expect("is allowed");
        world.mailbox.kinds();
        let mut stories = Vec::new();
        for name in ["camille", "nobody", "suspended"] {
            world.clock.turn(SignedDuration::from_hours(48));
            let mut story = Vec::new();
            for number in 0..8 {
                let origin = origin_of(&format!("{name}{number}"));
                let asked = world.accounts.request_password_reset(&world.north, &email(name), &origin).await;
                story.push(asked.err().and_then(|error| error.retry_after()).map(|wait| wait.as_secs()));
            }
            stories.push(story);
        }
        assert_eq!(stories[0], [None, None, None, None, Some(300), Some(300), Some(300), Some(300)]);
        assert!(stories.iter().all(|story| *story == stories[0]), "{stories:?}");
        assert_eq!(world.mailbox.kinds(), vec!["reset_password camille@school.example"; 4]);
        assert_eq!(world.count(sql::DECOYS).await, 8, "as much was written");
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_ends() {
    on_each_database("a_reset_link_ends", async |fixture| {
        let world = World::new(fixture).await;
        let user = world.person("camille").await;
        let ask = async || {
            world.clock.turn(SignedDuration::from_hours(7));
            world.accounts.request_password_reset(&world.north, &email("camille"), &origin()).await.expect("is taken");
            world.mailbox.token()
        };
        let link = ask().await;
        world.clock.turn(SignedDuration::from_hours(1));
        assert!(world.accounts.set_password(&link, OTHER_PASSWORD.into(), &origin()).await.is_err(), "after an hour");
        let link = ask().await;
        assert!(world.accounts.verify_email(&link, &origin()).await.is_err(), "for its purpose");
        let me = world.identity("camille").await;
        world.accounts.change_password(&me, PASSWORD.into(), OTHER_PASSWORD.into(), &origin()).await.expect("changes");
        world.mailbox.kinds();
        assert!(world.accounts.set_password(&link, PASSWORD.into(), &origin()).await.is_err(), "with the password");
        let link = ask().await;
        world.accounts.suspend(&world.operator(), user, &origin()).await.expect("is allowed");
        assert!(world.accounts.set_password(&link, PASSWORD.into(), &origin()).await.is_err(), "with a suspension");
    })
    .await;
}

/// Of several who follow one link at once, one sets the password.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_works_once_however_many_follow_it() {
    on_each_database("a_link_works_once_however_many_follow_it", async |fixture| {
        let world = World::with(fixture, |settings| settings.hashes_at_once = 16).await;
        world.person("camille").await;
        world.accounts.request_password_reset(&world.north, &email("camille"), &origin()).await.expect("is taken");
        let link = world.mailbox.token();
        let passwords: Vec<String> = (0..10).map(|number| format!("huit tables {number} marchent loin")).collect();
        let crowd: Vec<_> = passwords
            .iter()
            .map(|password| {
                let (accounts, link, password) = (world.accounts.clone(), link.clone(), password.clone());
                tokio::spawn(async move { accounts.set_password(&link, password.into(), &origin()).await })
            })
            .collect();
        let mut set = Vec::new();
        for (one, password) in crowd.into_iter().zip(&passwords) {
            if one.await.expect("does not panic").is_ok() {
                set.push(password);
            }
        }
        assert_eq!(set.len(), 1);
        assert!(login(&world, "camille", set[0]).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_needs_the_present_one() {
    on_each_database("changing_the_password_needs_the_present_one", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let elsewhere = world.sign_in("camille").await;
        let here = world.sign_in("camille").await;
        let me = world.accounts.identify(&here.access, None).await.expect("is valid");
        let change = async |present: &str, new: &str| {
            world.accounts.change_password(&me, present.into(), new.into(), &origin()).await
        };
        let wrong = change(OTHER_PASSWORD, OTHER_PASSWORD).await.expect_err("is wrong");
        assert_eq!(wrong.to_string(), "current_password is wrong");
        assert_eq!(change(PASSWORD, "camille1234").await.expect_err("is weak").code(), Code::ValidationFailed);
        change(PASSWORD, OTHER_PASSWORD).await.expect("changes");
        assert!(world.is_known(&here.access).await, "this session goes on");
        assert!(!world.is_known(&elsewhere.access).await, "the others do not");
        assert!(login(&world, "camille", PASSWORD).await.is_err());
        // Whoever finds an open browser cannot guess on.
        for _ in 0..5 {
            let _ = change(PASSWORD, OTHER_PASSWORD).await;
        }
        assert_eq!(change(OTHER_PASSWORD, PASSWORD).await.expect_err("waits").code(), Code::TooManyRequests);
        world.clock.turn(seconds(60));
        change(OTHER_PASSWORD, PASSWORD).await.expect("changes back");
    })
    .await;
}
