use jiff::SignedDuration;
use models::{Code, Coded as _, Id, TenantId};
use secrecy::{ExposeSecret as _, SecretString};
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{PASSWORD, World, address, now, origin, seconds},
};
use crate::{Accounts, Error, ServerKey, signing, token::Bearer};

#[tokio::test]
async fn an_access_token_lives_a_quarter_of_an_hour() {
    on_each_database("an_access_token_lives_a_quarter_of_an_hour", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let tokens = world.sign_in("camille").await;
        assert_eq!(tokens.access_expires_at.duration_since(now(&world)), SignedDuration::from_mins(15));
        world.clock.turn(SignedDuration::from_mins(15) - SignedDuration::from_nanos(1));
        assert!(world.is_known(&tokens.access).await);
        world.clock.turn(SignedDuration::from_nanos(1));
        assert!(!world.is_known(&tokens.access).await, "exactly at its end");
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_in_its_own_organisation_only() {
    on_each_database("a_token_is_good_in_its_own_organisation_only", async |fixture| {
        let world = World::new(fixture).await;
        let north = world.person_of(&world.north, "camille").await;
        let south = world.person_of(&world.south, "camille").await;
        let tokens = world.sign_in("camille").await;
        let there = world.accounts.identify(&tokens.access, Some(&world.south)).await;
        assert!(matches!(there, Err(Error::InvalidToken)), "sent to another organisation");
        assert!(world.accounts.identify(&tokens.access, Some(&world.north)).await.is_ok());

        // Even a token that our own key signed does not join what does not belong together.
        let ring = world.accounts.ring();
        let key = ring.signing().expect("signs");
        let minted = |tenant: &TenantId, user, session| {
            let of = Bearer { tenant, user, session };
            world.settings.issuer.issue(key, of, now(&world), [0; 16]).expect("signs")
        };
        for (tenant, user, session) in [
            (&world.south, north, tokens.session),
            (&world.south, south, tokens.session),
            (&world.north, south, tokens.session),
            (&world.north, north, Id::mint(now(&world), [9; 10])),
            (&TenantId::new("nowhere"), north, tokens.session),
            (&TenantId::new("*"), north, tokens.session),
            (&TenantId::new(""), north, tokens.session),
        ] {
            let bearer = minted(tenant, user, session);
            assert!(!world.is_known(&bearer).await, "{tenant:?} {user} {session}");
        }
        assert!(world.is_known(&minted(&world.north, north, tokens.session)).await);
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_nobody() {
    on_each_database("nonsense_is_nobody", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let tokens = world.sign_in("camille").await;
        let refresh = tokens.refresh.expose_secret().to_owned();
        let access = tokens.access.expose_secret();
        for nonsense in
            ["", "Bearer", "..", "a.b.c", &refresh, &access[1..], &access[..access.len() - 2], &"é".repeat(3_000)]
        {
            let refused = world.accounts.identify(&nonsense.into(), None).await;
            assert!(matches!(refused, Err(Error::InvalidToken)), "{nonsense:.40}");
        }
    })
    .await;
}

#[tokio::test]
async fn keys_rotate_while_tokens_live() {
    on_each_database("keys_rotate_while_tokens_live", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let other = world.another_node().await;
        let old = world.sign_in("camille").await;
        let kids = |accounts: &Accounts| accounts.jwks().keys.into_iter().map(|key| key.kid).collect::<Vec<_>>();
        let before = kids(&world.accounts);
        assert_eq!((before.len(), &before), (1, &kids(&other)), "nodes share the keys");

        world.clock.turn(seconds(5));
        world.accounts.rotate_keys().await.expect("rotates");
        let after = kids(&world.accounts);
        assert_eq!(after.len(), 2);
        assert_eq!(after[1], before[0], "the old one is still published");
        let new = world.sign_in("camille").await;
        for node in [&world.accounts, &other] {
            for bearer in [&old.access, &new.access] {
                assert!(node.identify(bearer, None).await.is_ok(), "both keys, on both nodes");
            }
        }
        assert_ne!(kid(&old.access), kid(&new.access));

        world.clock.turn(SignedDuration::from_mins(15));
        let renewed = other.refresh(&old.refresh, &origin()).await.expect("refresh tokens know no keys");
        assert_eq!(kid(&renewed.access), kid(&new.access), "the other node has noticed");
        world.clock.turn(SignedDuration::from_mins(2));
        assert_eq!(kids(&world.accounts), after[..1], "the old one is gone");

        world.clock.turn(SignedDuration::from_hours(24 * 91));
        world.accounts.maintain().await.expect("maintains");
        assert_eq!(kids(&world.accounts).len(), 2, "an old key is replaced by itself");
        world.accounts.maintain().await.expect("maintains");
        assert_eq!(kids(&world.accounts).len(), 2, "once");
    })
    .await;
}

fn kid(token: &SecretString) -> String {
    crate::token::kid(token.expose_secret()).expect("has one")
}

/// A token of a key that has retired is refused even while its own time lasts.
#[tokio::test]
async fn a_retired_key_is_not_believed() {
    on_each_database("a_retired_key_is_not_believed", async |fixture| {
        let world = World::new(fixture).await;
        let user = world.person("camille").await;
        let session = world.sign_in("camille").await.session;
        let stolen = world.accounts.ring();
        world.accounts.rotate_keys().await.expect("rotates");
        world.clock.turn(SignedDuration::from_mins(16));
        let of = Bearer { tenant: &world.north, user, session };
        let key = stolen.signing().expect("signs");
        let forged = world.settings.issuer.issue(key, of, now(&world), [0; 16]).expect("signs");
        assert!(!world.is_known(&forged).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nodes_that_start_at_once_share_one_key() {
    on_each_database("nodes_that_start_at_once_share_one_key", async |fixture| {
        let world = World::new(fixture).await;
        let mut tx = fixture.database.write_everything().await.expect("begins");
        tx.execute(sql::FORGET_SIGNING_KEYS, &[]).await.expect("deletes");
        tx.commit().await.expect("commits");
        let (one, two, three, four) =
            tokio::join!(world.another_node(), world.another_node(), world.another_node(), world.another_node());
        for node in [&one, &two, &three, &four] {
            assert_eq!(node.jwks(), one.jwks());
            assert_eq!(node.jwks().keys.len(), 1);
        }
    })
    .await;
}

/// A database that is away is no reason to sign in again.
#[tokio::test]
async fn a_database_that_is_away_signs_nobody_out() {
    on_each_database("a_database_that_is_away_signs_nobody_out", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let tokens = world.sign_in("camille").await;
        world.database().close().await;
        let accounts = &world.accounts;
        for error in [
            accounts.identify(&tokens.access, None).await.expect_err("is away"),
            accounts.refresh(&tokens.refresh, &origin()).await.expect_err("is away"),
            accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await.expect_err("is away"),
        ] {
            assert_eq!(error.code(), Code::Unavailable, "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_server_key_opens_nothing() {
    on_each_database("another_server_key_opens_nothing", async |fixture| {
        let world = World::new(fixture).await;
        let wrong = ServerKey::from_bytes([7; 32]);
        let refused = signing::store::load(world.database(), &wrong).await;
        assert!(matches!(refused, Err(Error::Keys(_))), "{refused:?}");
        assert_eq!(world.count(sql::SEALED_KEYS).await, 1);
    })
    .await;
}
