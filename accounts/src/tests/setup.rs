use jiff::SignedDuration;
use models::{
    TenantId,
    records::{Locale, OrganisationCreate},
};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{PASSWORD, World, account, address, origin, origin_of, text},
};
use crate::{Actor, Error, NewAccount, Permissions};

#[tokio::test]
async fn the_first_administrator_comes_by_a_link_that_works_once() {
    on_each_database("the_first_administrator_comes_by_a_link_that_works_once", async |fixture| {
        let world = World::new(fixture).await;
        let accounts = &world.accounts;
        let first = accounts.setup_link(&world.north).await.expect("makes").expect("nobody administers");
        let second = accounts.setup_link(&world.north).await.expect("makes").expect("nobody administers");
        let south = accounts.setup_link(&world.south).await.expect("makes").expect("nobody administers");
        let stale = accounts.complete_setup(&first.token, account("boss"), &origin()).await;
        assert!(matches!(stale, Err(Error::InvalidLink)), "a new start, a new link");
        let weak = NewAccount { password: "password123".into(), ..account("boss") };
        assert!(matches!(accounts.complete_setup(&second.token, weak, &origin()).await, Err(Error::Invalid(_))));
        let tenant = accounts.complete_setup(&second.token, account("boss"), &origin()).await.expect("still works");
        assert_eq!(tenant, world.north);
        let boss = world.identity("boss").await;
        assert_eq!(boss.permissions, Permissions::all());
        assert!(world.mailbox.kinds().is_empty(), "whoever holds the link started the server");

        assert!(accounts.complete_setup(&second.token, account("other"), &origin()).await.is_err(), "works once");
        assert!(accounts.setup_link(&world.north).await.expect("looks").is_none(), "there is an administrator");
        assert!(accounts.setup_link(&world.south).await.expect("looks").is_some(), "each organisation for itself");
        assert!(accounts.complete_setup(&south.token, account("boss"), &origin()).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_setup_link_ends_after_a_day_or_with_the_first_administrator() {
    on_each_database("a_setup_link_ends_after_a_day_or_with_the_first_administrator", async |fixture| {
        let world = World::new(fixture).await;
        let accounts = &world.accounts;
        let link = accounts.setup_link(&world.north).await.expect("makes").expect("nobody administers");
        world.clock.turn(SignedDuration::from_hours(24));
        assert!(accounts.complete_setup(&link.token, account("boss"), &origin()).await.is_err());

        let link = accounts.setup_link(&world.north).await.expect("makes").expect("nobody administers");
        accounts.create_administrator(&world.north, account("console"), &origin()).await.expect("from the machine");
        world.sign_in("console").await;
        let late = accounts.complete_setup(&link.token, account("late"), &origin()).await;
        assert!(matches!(late, Err(Error::InvalidLink)), "somebody administers by now");
        assert!(accounts.login(&world.north, &address("late"), PASSWORD.into(), &origin()).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_hold_the_link_one_administers() {
    on_each_database("of_many_who_hold_the_link_one_administers", async |fixture| {
        let world = World::with(fixture, |settings| settings.hashes_at_once = 16).await;
        let link = world.accounts.setup_link(&world.north).await.expect("makes").expect("nobody administers");
        let crowd: Vec<_> = (0..10)
            .map(|number| {
                let (accounts, token) = (world.accounts.clone(), link.token.clone());
                let name = format!("boss{number}");
                tokio::spawn(async move { accounts.complete_setup(&token, account(&name), &origin_of(&name)).await })
            })
            .collect();
        let mut made = 0;
        for one in crowd {
            made += i32::from(one.await.expect("does not panic").is_ok());
        }
        assert_eq!(made, 1);
        assert_eq!(world.count(sql::USERS).await, 1);
        assert_eq!(world.count(sql::ROLE_MEMBERS).await, 1);
    })
    .await;
}

#[tokio::test]
async fn organisations_have_names_that_can_stand_in_addresses() {
    on_each_database("organisations_have_names_that_can_stand_in_addresses", async |fixture| {
        let world = World::new(fixture).await;
        let new = || OrganisationCreate { name: text("A school"), locale: Locale::Fr, contact: None };
        for bad in ["", "a", "*", "A", "é", "a b", "-a", "a-", "a.b", "on\n", &"a".repeat(64)] {
            let refused = world.accounts.create_organisation(&TenantId::new(bad), new(), &origin()).await;
            assert!(matches!(refused, Err(Error::Invalid(_))), "{bad:?}");
        }
        let taken = world.accounts.create_organisation(&world.north, new(), &origin()).await;
        assert!(matches!(taken, Err(Error::Store(store::Error::Unique { .. }))), "{taken:?}");
        world.accounts.ensure_organisation(&world.north, text("Again"), &origin()).await.expect("is there");
        world.accounts.ensure_organisation(&TenantId::default(), text("First"), &origin()).await.expect("is made");
        let names: Vec<String> = world
            .accounts
            .organisations()
            .await
            .expect("lists")
            .into_iter()
            .map(|(tenant, _)| tenant.as_str().to_owned())
            .collect();
        assert_eq!(names, ["default", "north", "south"]);
        let nowhere = TenantId::new("nowhere");
        let nobody = world.accounts.create_administrator(&nowhere, account("boss"), &origin()).await;
        assert!(matches!(nobody, Err(Error::Missing("organisation"))), "{nobody:?}");
        assert_eq!(Actor::Operator(&nowhere).name(), "operator");
    })
    .await;
}
