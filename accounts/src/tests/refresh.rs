use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use store::testing::on_each_database;

use super::{
    store as sql,
    world::{PASSWORD, World, address, origin, same, seconds},
};
use crate::Error;

const WEEK: SignedDuration = SignedDuration::from_hours(24 * 7);

#[tokio::test]
async fn each_use_gives_a_new_token() {
    on_each_database("each_use_gives_a_new_token", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let mut tokens = world.sign_in("camille").await;
        let session = tokens.session;
        for _ in 0..5 {
            world.clock.turn(SignedDuration::from_hours(24));
            let next = world.accounts.refresh(&tokens.refresh, &origin()).await.expect("is valid");
            assert!(!same(&next.refresh, &tokens.refresh) && !same(&next.access, &tokens.access));
            assert_eq!(next.session, session);
            assert!(world.is_known(&next.access).await);
            tokens = next;
        }
        assert_eq!(world.count(sql::HASHED_REFRESH_TOKENS).await, 7, "two sign-ins and five renewals, as hashes");
        let mut tx = world.database().read_everything().await.expect("begins");
        let plain = models::values![tokens.refresh.expose_secret()];
        let found = tx.fetch_all(sql::THIS_REFRESH_TOKEN, &plain).await.expect("reads");
        assert!(found.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_token_that_was_used_long_ago_ends_the_session() {
    on_each_database("a_token_that_was_used_long_ago_ends_the_session", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let (other, first) = (world.sign_in("camille").await, world.sign_in("camille").await);
        let second = world.accounts.refresh(&first.refresh, &origin()).await.expect("is valid");
        world.mailbox.kinds();
        world.clock.turn(seconds(10) + SignedDuration::from_micros(1));
        let reused = world.accounts.refresh(&first.refresh, &origin()).await;
        assert!(matches!(reused, Err(Error::InvalidToken)));
        assert!(matches!(world.accounts.refresh(&second.refresh, &origin()).await, Err(Error::InvalidToken)));
        assert!(!world.is_known(&second.access).await, "the access token ends with it");
        assert!(world.is_known(&other.access).await, "other sign-ins do not");
        assert_eq!(world.mailbox.kinds(), ["session_stolen camille@school.example"], "told once");
    })
    .await;
}

/// Whoever copies a token and is quick shares the successor; the next step of either tells.
#[tokio::test]
async fn a_quick_thief_is_found_out_one_step_later() {
    on_each_database("a_quick_thief_is_found_out_one_step_later", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let first = world.sign_in("camille").await;
        let owner = world.accounts.refresh(&first.refresh, &origin()).await.expect("is valid");
        let thief = world.accounts.refresh(&first.refresh, &origin()).await.expect("within the grace time");
        assert!(same(&owner.refresh, &thief.refresh));
        world.clock.turn(seconds(900));
        let thief = world.accounts.refresh(&thief.refresh, &origin()).await.expect("is valid");
        world.clock.turn(seconds(900));
        assert!(world.accounts.refresh(&owner.refresh, &origin()).await.is_err());
        assert!(world.accounts.refresh(&thief.refresh, &origin()).await.is_err(), "the whole session has ended");
    })
    .await;
}

#[tokio::test]
async fn a_second_use_within_the_grace_time_gets_the_same_successor() {
    on_each_database("a_second_use_within_the_grace_time_gets_the_same_successor", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let first = world.sign_in("camille").await;
        let second = world.accounts.refresh(&first.refresh, &origin()).await.expect("is valid");
        for step in [0, 4, 6] {
            world.clock.turn(seconds(step));
            let again = world.accounts.refresh(&first.refresh, &origin()).await.expect("until ten seconds have passed");
            assert!(same(&again.refresh, &second.refresh));
            assert_eq!(again.refresh_expires_at, second.refresh_expires_at);
        }
        // Once somebody has gone on, the one before is refused, but nobody is signed out within the grace time.
        let third = world.accounts.refresh(&second.refresh, &origin()).await.expect("is valid");
        assert!(world.accounts.refresh(&first.refresh, &origin()).await.is_err());
        assert!(world.is_known(&third.access).await);
        assert!(world.accounts.refresh(&third.refresh, &origin()).await.is_ok());
    })
    .await;
}

async fn race(world: &World, contenders: usize) {
    let first = world.sign_in("camille").await;
    let before = world.count(sql::REFRESH_TOKENS).await;
    // Two nodes, as behind a load balancer.
    let nodes = [world.accounts.clone(), world.another_node().await];
    let crowd: Vec<_> = (0..contenders)
        .map(|number| {
            let (node, token) = (nodes[number % 2].clone(), first.refresh.clone());
            tokio::spawn(async move { node.refresh(&token, &origin()).await })
        })
        .collect();
    let mut winners = Vec::new();
    for one in crowd {
        winners.push(one.await.expect("does not panic").expect("nobody is signed out"));
    }
    assert!(winners.iter().all(|tokens| same(&tokens.refresh, &winners[0].refresh)), "one successor");
    assert!(winners.iter().all(|tokens| tokens.session == first.session), "one family");
    assert_eq!(world.count(sql::REFRESH_TOKENS).await, before + 1, "one row");
    for tokens in winners.iter().step_by(7) {
        assert!(world.is_known(&tokens.access).await);
    }
    world.accounts.refresh(&winners[0].refresh, &origin()).await.expect("and it goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_have_one_winner() {
    on_each_database("many_at_once_have_one_winner", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        for _ in 0..5 {
            race(&world, 20).await;
        }
        race(&world, 1_000).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_ends_after_a_week_and_the_session_in_the_end() {
    on_each_database("a_token_ends_after_a_week_and_the_session_in_the_end", async |fixture| {
        let world = World::with(fixture, |settings| settings.session_lifetime = WEEK * 3).await;
        world.person("camille").await;
        let (kept, left) = (world.sign_in("camille").await, world.sign_in("camille").await);
        world.clock.turn(WEEK - SignedDuration::from_micros(1));
        let kept = world.accounts.refresh(&kept.refresh, &origin()).await.expect("at the last moment");
        world.clock.turn(SignedDuration::from_micros(1));
        assert!(
            matches!(world.accounts.refresh(&left.refresh, &origin()).await, Err(Error::InvalidToken)),
            "at its end"
        );
        world.clock.turn(WEEK - seconds(1));
        let kept = world.accounts.refresh(&kept.refresh, &origin()).await.expect("is valid");
        assert!(world.is_known(&kept.access).await);
        world.clock.turn(WEEK - seconds(1));
        let kept = world.accounts.refresh(&kept.refresh, &origin()).await.expect("is valid");
        world.clock.turn(seconds(2));
        assert!(!world.is_known(&kept.access).await, "three weeks are over, though the token would live");
        assert!(world.accounts.refresh(&kept.refresh, &origin()).await.is_err());
        let again = world.sign_in("camille").await;
        assert!(world.is_known(&again.access).await);
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_goes_back_signs_nobody_out() {
    on_each_database("a_clock_that_goes_back_signs_nobody_out", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let first = world.sign_in("camille").await;
        world.clock.turn(-SignedDuration::from_hours(5));
        assert!(!world.is_known(&first.access).await, "an access token from the future");
        let second = world.accounts.refresh(&first.refresh, &origin()).await.expect("is renewed");
        assert!(world.is_known(&second.access).await);
        world.clock.turn(-seconds(5));
        let again = world.accounts.refresh(&first.refresh, &origin()).await.expect("within the grace time, backwards");
        assert!(same(&again.refresh, &second.refresh));
        let again = world.accounts.login(&world.north, &address("camille"), PASSWORD.into(), &origin()).await;
        assert!(again.is_ok());
    })
    .await;
}

#[tokio::test]
async fn nonsense_is_refused_and_ends_nothing() {
    on_each_database("nonsense_is_refused_and_ends_nothing", async |fixture| {
        let world = World::new(fixture).await;
        world.person("camille").await;
        let tokens = world.sign_in("camille").await;
        let text = tokens.refresh.expose_secret();
        for nonsense in
            ["", "x", "\0", "é", &text[1..], &text.to_uppercase(), tokens.access.expose_secret(), &"a".repeat(100_000)]
        {
            let refused = world.accounts.refresh(&nonsense.to_owned().into(), &origin()).await;
            assert!(matches!(refused, Err(Error::InvalidToken)), "{nonsense:.40}");
        }
        assert!(world.accounts.refresh(&tokens.refresh, &origin()).await.is_ok());
    })
    .await;
}
