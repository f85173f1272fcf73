//! Who may do what to whom.

use models::{
    Code, Coded as _,
    record::Patch,
    records::{Locale, UserCreate, UserPatch, UserStatus},
};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{OTHER_PASSWORD, PASSWORD, World, address, email, origin, origin_of, text},
};
use crate::{Actor, Error, NewRole, Permissions};

fn person(name: &str) -> UserCreate {
    UserCreate {
        email: email(name),
        given_name: text("Given"),
        family_name: text("Family"),
        locale: Locale::En,
        phone: None,
        status: UserStatus::Active,
    }
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    on_each_database("nobody_gives_what_they_do_not_hold", async |fixture| {
        let world = World::new(fixture).await;
        let boss = world.with_role("boss", "administrator").await;
        let office = world.with_role("office", "university_administrator").await;
        let student = world.with_role("student", "student").await;
        let accounts = &world.accounts;
        let by = Actor::Person(&office);
        for role in ["administrator", "agent"] {
            let refused = accounts.give_role(&by, student.user, role, &origin()).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{role}: {refused:?}");
            let refused = accounts.give_role(&by, office.user, role, &origin()).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))), "to oneself: {role}");
        }
        accounts.give_role(&by, student.user, "teacher", &origin()).await.expect("less than oneself");
        accounts.give_role(&by, student.user, "teacher", &origin()).await.expect("again changes nothing");
        accounts.take_role(&by, student.user, "teacher", &origin()).await.expect("has it");
        let absent = accounts.take_role(&by, student.user, "teacher", &origin()).await;
        assert!(matches!(absent, Err(Error::Missing(_))));
        assert!(matches!(accounts.give_role(&by, student.user, "king", &origin()).await, Err(Error::Missing("role"))));

        // Nobody touches somebody who may do more.
        let patch = || UserPatch { email: Patch::Set(email("stolen")), ..UserPatch::default() };
        for refused in [
            accounts.take_role(&by, boss.user, "administrator", &origin()).await,
            accounts.suspend(&by, boss.user, &origin()).await,
            accounts.remove_person(&by, boss.user, None, &origin()).await,
            accounts.change_person(&by, boss.user, None, patch(), &origin()).await.map(|_| ()),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
        }

        // One's own roles are made of what one holds.
        let role = |permission: &str| NewRole {
            name: "helper".to_owned(),
            title: text("Helper"),
            permissions: Permissions::parse([permission]).expect("in the table"),
        };
        assert!(accounts.create_role(&by, &role("document:read"), &origin()).await.is_err(), "needs role:write");
        let maker = NewRole {
            name: "maker".into(),
            permissions: Permissions::parse(["role:write", "role:read"]).expect("in the table"),
            ..role("role:read")
        };
        accounts.create_role(&Actor::Person(&boss), &maker, &origin()).await.expect("holds everything");
        let maker = world.with_role("maker", "maker").await;
        let by = Actor::Person(&maker);
        assert!(matches!(accounts.create_role(&by, &role("user:write"), &origin()).await, Err(Error::Forbidden(_))));
        accounts.create_role(&by, &role("document:read"), &origin()).await.expect("holds it");
        let more = Permissions::parse(["user:write"]).expect("in the table");
        let refused = accounts.update_role(&by, "helper", &text("Helper"), &more, &origin()).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        assert!(matches!(accounts.create_role(&by, &role("document:read"), &origin()).await, Err(Error::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn permissions_are_asked_for_everywhere() {
    on_each_database("permissions_are_asked_for_everywhere", async |fixture| {
        let world = World::new(fixture).await;
        let student = world.with_role("student", "student").await;
        let other = world.person("other").await;
        let (by, accounts) = (Actor::Person(&student), &world.accounts);
        let role = NewRole { name: "helper".into(), title: text("H"), permissions: Permissions::default() };
        let phone = || UserPatch { phone: Patch::Set(Some(text("+33 1 23 45 67 89"))), ..UserPatch::default() };
        for (what, refused) in [
            ("invite", accounts.invite(&by, person("new"), &origin()).await.err()),
            ("invite again", accounts.invite_again(&by, other, &origin()).await.err()),
            ("change", accounts.change_person(&by, other, None, phone(), &origin()).await.err()),
            ("suspend", accounts.suspend(&by, other, &origin()).await.err()),
            ("reactivate", accounts.reactivate(&by, other, &origin()).await.err()),
            ("remove", accounts.remove_person(&by, other, None, &origin()).await.err()),
            ("roles", accounts.roles(&by).await.err()),
            ("create role", accounts.create_role(&by, &role, &origin()).await.err()),
            ("delete role", accounts.delete_role(&by, "helper", &origin()).await.err()),
            ("give role", accounts.give_role(&by, student.user, "administrator", &origin()).await.err()),
            ("take role", accounts.take_role(&by, student.user, "student", &origin()).await.err()),
            ("sessions", accounts.sessions_of(&by, other).await.err()),
            ("end sessions", accounts.end_sessions_of(&by, other, &origin()).await.err()),
            ("keys", accounts.all_api_keys(&by).await.err()),
            ("trace", accounts.trace(&by, other).await.err()),
        ] {
            assert_eq!(refused.map(|error| error.code()), Some(Code::Forbidden), "{what}");
        }
        // People change their own details, but neither address nor state.
        let changed = accounts.change_person(&by, student.user, None, phone(), &origin()).await.expect("one's own");
        assert!(changed.phone.is_some());
        for patch in [
            UserPatch { email: Patch::Set(email("else")), ..UserPatch::default() },
            UserPatch { status: Patch::Set(UserStatus::Suspended), ..UserPatch::default() },
        ] {
            let refused = accounts.change_person(&by, student.user, None, patch, &origin()).await;
            assert!(matches!(refused, Err(Error::Forbidden(_))));
        }
    })
    .await;
}

#[tokio::test]
async fn an_invitation_sets_the_password() {
    on_each_database("an_invitation_sets_the_password", async |fixture| {
        let world = World::new(fixture).await;
        let office = world.with_role("office", "university_administrator").await;
        let (by, accounts) = (Actor::Person(&office), &world.accounts);
        world.mailbox.kinds();
        let invited = accounts.invite(&by, person("camille"), &origin()).await.expect("is allowed");
        assert_eq!(invited.status, UserStatus::Invited, "whatever was asked for");
        let first = world.mailbox.token();
        assert!(accounts.invite(&by, person("camille"), &origin()).await.is_err(), "the address is taken");
        accounts.invite_again(&by, invited.id, &origin()).await.expect("has not accepted");
        let link = world.mailbox.token();
        assert!(accounts.set_password(&first, PASSWORD.into(), &origin()).await.is_err());
        accounts.set_password(&link, PASSWORD.into(), &origin()).await.expect("is valid");
        world.sign_in("camille").await;
        let again = accounts.invite_again(&by, invited.id, &origin()).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn a_suspension_ends_everything_at_once() {
    on_each_database("a_suspension_ends_everything_at_once", async |fixture| {
        let world = World::new(fixture).await;
        let office = world.with_role("office", "university_administrator").await;
        let user = world.person("camille").await;
        let (by, accounts) = (Actor::Person(&office), &world.accounts);
        let tokens = world.sign_in("camille").await;
        accounts.suspend(&by, user, &origin()).await.expect("is allowed");
        assert!(!world.is_known(&tokens.access).await);
        assert!(accounts.refresh(&tokens.refresh, &origin()).await.is_err());
        assert!(accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await.is_err());
        accounts.reactivate(&by, user, &origin()).await.expect("is allowed");
        assert!(!world.is_known(&tokens.access).await, "ended sessions stay ended");
        assert!(accounts.refresh(&tokens.refresh, &origin()).await.is_err());
        world.sign_in("camille").await;
    })
    .await;
}

/// Whatever the order in which a sign-in and a suspension come to pass, no session is left open.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_suspension_catches_sign_ins_under_way() {
    on_each_database("a_suspension_catches_sign_ins_under_way", async |fixture| {
        let world = World::with(fixture, |settings| settings.hashes_at_once = 8).await;
        let user = world.person("camille").await;
        let (by, name) = (world.operator(), address("camille"));
        for round in 0..15 {
            let sign_in = |number: usize| {
                let origin = origin_of(&format!("{round} {number}"));
                let name = name.clone();
                let (accounts, tenant) = (world.accounts.clone(), world.north.clone());
                async move { accounts.login(&tenant, &name, PASSWORD.into(), &origin).await.ok() }
            };
            let from = origin();
            let (one, two, suspended) = tokio::join!(
                tokio::spawn(sign_in(1)),
                tokio::spawn(sign_in(2)),
                world.accounts.suspend(&by, user, &from)
            );
            suspended.expect("is allowed");
            world.accounts.reactivate(&by, user, &from).await.expect("is allowed");
            for tokens in [one, two].into_iter().filter_map(|one| one.expect("does not panic")) {
                assert!(!world.is_known(&tokens.access).await, "round {round}");
            }
            world.clock.turn(super::world::seconds(60 * 15));
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_address_is_confirmed_before_the_next_sign_in() {
    on_each_database("a_new_address_is_confirmed_before_the_next_sign_in", async |fixture| {
        let world = World::new(fixture).await;
        let user = world.person("camille").await;
        let patch = UserPatch { email: Patch::Set(email("married")), ..UserPatch::default() };
        world.accounts.change_person(&world.operator(), user, None, patch, &origin()).await.expect("is allowed");
        world.mailbox.kinds();
        let early = world.accounts.login(&world.north, &address("married"), PASSWORD.into(), &origin()).await;
        assert!(matches!(early, Err(Error::EmailNotVerified)));
        world.accounts.verify_email(&world.mailbox.token(), &origin()).await.expect("is valid");
        world.sign_in("married").await;
    })
    .await;
}

#[tokio::test]
async fn a_removed_person_is_gone_and_the_address_free() {
    on_each_database("a_removed_person_is_gone_and_the_address_free", async |fixture| {
        let world = World::new(fixture).await;
        let user = world.person("camille").await;
        world.accounts.give_role(&world.operator(), user, "student", &origin()).await.expect("is a role");
        let tokens = world.sign_in("camille").await;
        world.accounts.remove_person(&world.operator(), user, None, &origin()).await.expect("is allowed");
        assert!(!world.is_known(&tokens.access).await);
        assert!(world.accounts.refresh(&tokens.refresh, &origin()).await.is_err());
        assert!(world.accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await.is_err());
        let gone = world.accounts.remove_person(&world.operator(), user, None, &origin()).await;
        assert!(matches!(gone, Err(Error::Missing(_))));
        let again = world.person("camille").await;
        assert_ne!(again, user, "somebody else");
        assert!(world.identity("camille").await.grants.iter().all(|held| held.grant.as_str() != "role:student"));
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    on_each_database("the_last_administrator_stays", async |fixture| {
        let world = World::new(fixture).await;
        let boss = world.with_role("boss", "administrator").await;
        let (by, accounts) = (Actor::Person(&boss), &world.accounts);
        let deputy = world.with_role("deputy", "administrator").await;
        accounts.suspend(&by, deputy.user, &origin()).await.expect("there is another");
        for by in [by, world.operator()] {
            for refused in [
                accounts.take_role(&by, boss.user, "administrator", &origin()).await,
                accounts.suspend(&by, boss.user, &origin()).await,
                accounts.remove_person(&by, boss.user, None, &origin()).await,
            ] {
                assert!(matches!(refused, Err(Error::LastAdministrator)), "{refused:?}");
            }
        }
        assert!(world.identity("boss").await.permissions.allow("role:assign"), "nothing happened");
        accounts.reactivate(&by, deputy.user, &origin()).await.expect("is allowed");
        accounts.take_role(&by, boss.user, "administrator", &origin()).await.expect("there is another");
    })
    .await;
}

/// Whoever forgets the rule, the database does not.
#[tokio::test]
async fn the_last_administrator_stays_past_every_back_door() {
    on_each_database("the_last_administrator_stays_past_every_back_door", async |fixture| {
        let world = World::new(fixture).await;
        world.with_role("boss", "administrator").await;
        for statement in sql::BACK_DOORS {
            let mut tx = world.database().write(&world.north).await.expect("begins");
            let refused = tx.execute(statement, &[]).await.expect_err(statement);
            let named = matches!(&refused, store::Error::Check { constraint } if constraint == "last_administrator");
            assert!(named, "{refused:?}");
        }
        world.with_role("deputy", "administrator").await;
        for statement in &sql::BACK_DOORS[..2] {
            let mut tx = world.database().write(&world.north).await.expect("begins");
            tx.execute(*statement, &[]).await.expect("there is another");
        }
    })
    .await;
}

/// Two administrators who remove each other at the same moment: one of them stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_administrators_cannot_remove_each_other() {
    on_each_database("two_administrators_cannot_remove_each_other", async |fixture| {
        let world = World::new(fixture).await;
        let one = world.with_role("one", "administrator").await;
        let two = world.with_role("two", "administrator").await;
        for round in 0..10 {
            let (first, second) = (world.accounts.clone(), world.accounts.clone());
            let (actor_one, actor_two) = (Actor::Person(&one), Actor::Person(&two));
            let from = origin_of("race");
            let outcome = tokio::join!(
                async {
                    match round % 2 {
                        0 => first.take_role(&actor_one, two.user, "administrator", &from).await,
                        _ => first.suspend(&actor_one, two.user, &from).await,
                    }
                },
                second.take_role(&actor_two, one.user, "administrator", &from),
            );
            let succeeded = [outcome.0.is_ok(), outcome.1.is_ok()].iter().filter(|ok| **ok).count();
            assert!(succeeded <= 1, "round {round}: {outcome:?}");
            assert!(world.count(sql::ACTIVE_ADMINISTRATORS).await >= 1, "round {round}");
            for user in [one.user, two.user] {
                world.accounts.reactivate(&world.operator(), user, &from).await.expect("is allowed");
                world.accounts.give_role(&world.operator(), user, "administrator", &from).await.expect("is allowed");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_happens_to_accounts_is_in_the_audit_without_secrets() {
    on_each_database("what_happens_to_accounts_is_in_the_audit_without_secrets", async |fixture| {
        let world = World::new(fixture).await;
        let boss = world.with_role("boss", "administrator").await;
        let user = world.person("camille").await;
        let me = world.identity("camille").await;
        world.accounts.change_password(&me, PASSWORD.into(), OTHER_PASSWORD.into(), &origin()).await.expect("changes");
        world.accounts.suspend(&Actor::Person(&boss), user, &origin()).await.expect("is allowed");
        let scope = boss.scope(jiff::civil::date(2026, 9, 1));
        let page =
            store::audit::search(world.database(), &scope, &store::audit::AuditQuery::default()).await.expect("reads");
        let actions: Vec<&str> = page.items.iter().map(|entry| entry.action.as_str()).collect();
        for expected in ["role.given", "session.opened", "user.created", "user.updated", "password.changed"] {
            assert!(actions.contains(&expected), "{expected} in {actions:?}");
        }
        let all = format!("{:?}", page.items);
        assert!(!all.contains("argon2") && !all.contains(PASSWORD) && !all.contains(OTHER_PASSWORD));
    })
    .await;
}
