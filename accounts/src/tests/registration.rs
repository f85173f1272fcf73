use jiff::SignedDuration;
use models::{
    Code, Coded as _,
    record::{Email, Patch},
    records::UserPatch,
};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{OTHER_PASSWORD, PASSWORD, World, account, address, email, origin, seconds},
};
use crate::{Error, NewAccount, Registration};

#[tokio::test]
async fn an_account_begins_with_a_confirmed_address() {
    on_each_database("an_account_begins_with_a_confirmed_address", async |fixture| {
        let world = World::new(fixture).await;
        let accounts = &world.accounts;
        accounts.register(&world.north, account("camille"), &origin()).await.expect("is taken");
        let token = world.mailbox.token();
        let early = accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await;
        assert!(matches!(early, Err(Error::EmailNotVerified)), "{early:?}");
        assert_eq!(world.mailbox.kinds(), ["verify_email camille@school.example"], "a new link");
        assert!(accounts.verify_email(&token, &origin()).await.is_err(), "the old link");
        let _ = accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await;
        let token = world.mailbox.token();
        accounts.verify_email(&token, &origin()).await.expect("is valid");
        assert!(matches!(accounts.verify_email(&token, &origin()).await, Err(Error::InvalidLink)), "works once");

        let identity = world.identity("camille").await;
        assert_eq!(identity.tenant, world.north);
        let grants: Vec<String> = identity.grants.iter().map(|held| held.grant.to_string()).collect();
        assert_eq!(grants, ["everyone".to_owned(), format!("user:{}", identity.user)]);
        assert_eq!(identity.permissions, crate::of_anybody(), "no role yet");
        let other = accounts.login(&world.south, &address("camille"), PASSWORD.into(), &origin()).await;
        assert!(matches!(other, Err(Error::WrongCredentials)), "an account is one organisation's");
    })
    .await;
}

#[tokio::test]
async fn a_taken_address_is_told_to_its_owner_only() {
    on_each_database("a_taken_address_is_told_to_its_owner_only", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        world.mailbox.kinds();
        let again = NewAccount { password: OTHER_PASSWORD.into(), ..account("camille") };
        let accounts = &world.accounts;
        accounts.register(&world.north, again, &origin()).await.expect("the same answer");
        assert_eq!(world.mailbox.kinds(), ["already_registered camille@school.example"]);
        let changed = accounts.login(&world.north, &address("camille"), OTHER_PASSWORD.into(), &origin()).await;
        assert!(matches!(changed, Err(Error::WrongCredentials)), "the password stays");
        world.sign_in("camille").await;

        // The same person in another case is the same person.
        let shouting = NewAccount { email: Email::new("CAMILLE@School.Example").expect("an address"), ..account("x") };
        accounts.register(&world.north, shouting, &origin()).await.expect("the same answer");
        assert_eq!(world.mailbox.kinds(), ["already_registered camille@school.example"]);
    })
    .await;
}

#[tokio::test]
async fn twenty_at_once_make_one_account() {
    on_each_database("twenty_at_once_make_one_account", async |fixture| {
        let world = World::new(fixture).await;
        let crowd: Vec<_> = (0..20)
            .map(|number| {
                let (accounts, tenant) = (world.accounts.clone(), world.north.clone());
                let origin = super::world::origin_of(&format!("{number}"));
                tokio::spawn(async move { accounts.register(&tenant, account("camille"), &origin).await })
            })
            .collect();
        let (mut taken, mut late) = (0, 0);
        for one in crowd {
            match one.await.expect("does not panic") {
                Ok(()) => taken += 1,
                Err(Error::TooManyAttempts(_)) => late += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((taken, late), (4, 16), "mails to one mailbox are few");
        let mails = world.mailbox.kinds();
        assert_eq!(mails.iter().filter(|mail| mail.starts_with("verify_email")).count(), 1, "{mails:?}");
        assert_eq!(world.count(sql::USERS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn registration_is_open_by_domain_or_closed() {
    on_each_database("registration_is_open_by_domain_or_closed", async |fixture| {
        let domains = Registration::Domains(vec!["lycee.example".to_owned()]);
        let world = World::with(fixture, |settings| settings.registration = domains).await;
        let inside = NewAccount { email: Email::new("a@LYCEE.example").expect("an address"), ..account("a") };
        world.accounts.register(&world.north, inside, &origin()).await.expect("an address of the school");
        let outside = world.accounts.register(&world.north, account("a"), &origin()).await.expect_err("another domain");
        assert_eq!(outside.code(), Code::Forbidden);
        assert_eq!(world.mailbox.kinds(), ["verify_email a@lycee.example"]);
    })
    .await;
}

#[tokio::test]
async fn bad_passwords_are_refused_before_anything_is_mailed() {
    on_each_database("bad_passwords_are_refused_before_anything_is_mailed", async |fixture| {
        let world = World::new(fixture).await;
        world.person("known").await;
        world.mailbox.kinds();
        for name in ["known", "unknown"] {
            for bad in ["", "short", "password123", "Given-Family"] {
                let new = NewAccount { password: bad.into(), ..account(name) };
                let refused = world.accounts.register(&world.north, new, &origin()).await.expect_err(bad);
                let Error::Invalid(errors) = refused else { panic!("{bad}") };
                assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["password"]);
            }
        }
        assert!(world.mailbox.kinds().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_after_a_day_and_with_the_address() {
    on_each_database("a_link_ends_after_a_day_and_with_the_address", async |fixture| {
        let world = World::new(fixture).await;
        let accounts = &world.accounts;
        accounts.register(&world.north, account("early"), &origin()).await.expect("is taken");
        let early = world.mailbox.token();
        accounts.register(&world.north, account("late"), &origin()).await.expect("is taken");
        let late = world.mailbox.token();
        assert!(accounts.set_password(&late, OTHER_PASSWORD.into(), &origin()).await.is_err(), "another purpose");
        world.clock.turn(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
        accounts.verify_email(&early, &origin()).await.expect("at the last moment");
        world.clock.turn(SignedDuration::from_micros(1));
        assert!(matches!(accounts.verify_email(&late, &origin()).await, Err(Error::InvalidLink)), "exactly at its end");

        accounts.register(&world.north, account("moving"), &origin()).await.expect("is taken");
        let link = world.mailbox.token();
        let user = {
            let mut tx = world.database().read(&world.north).await.expect("begins");
            crate::people::store::by_email(&mut tx, &world.north, &address("moving"))
                .await
                .expect("reads")
                .expect("is there")
                .user
        };
        let patch = UserPatch { email: Patch::Set(email("moved")), ..UserPatch::default() };
        accounts.change_person(&world.operator(), user, None, patch, &origin()).await.expect("is allowed");
        assert!(accounts.verify_email(&link, &origin()).await.is_err(), "it went to the old address");
        for nonsense in ["", "x", "é", &"a".repeat(100_000)] {
            assert!(matches!(accounts.verify_email(&nonsense.into(), &origin()).await, Err(Error::InvalidLink)));
        }
        world.clock.turn(seconds(1));
    })
    .await;
}
