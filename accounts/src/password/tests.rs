use super::*;

const CHEAP: Cost = Cost { kibibytes: 16, passes: 1, lanes: 1 };

fn hasher(cost: Cost, at_once: usize) -> Hasher {
    Hasher::new(cost, at_once, &Entropy::seeded(1)).expect("a cost that argon2 takes")
}

#[tokio::test]
async fn a_password_is_known_again_however_it_was_typed() {
    let hasher = hasher(CHEAP, 2);
    let stored = hasher.hash("th\u{e9}i\u{e8}re bleue".into(), [7; 16]).await.expect("hashes");
    assert!(stored.starts_with("$argon2id$v=19$m=16,t=1,p=1$"), "{stored}");
    let verdict = async |typed: &str| hasher.verify(typed.into(), Some(stored.clone())).await.expect("compares");
    assert_eq!(verdict("th\u{e9}i\u{e8}re bleue").await, Verdict::Right);
    assert_eq!(verdict("the\u{301}ie\u{300}re bleue").await, Verdict::Right);
    assert_eq!(verdict("theiere bleue").await, Verdict::Wrong);
    assert_eq!(verdict("").await, Verdict::Wrong);
}

#[tokio::test]
async fn an_absent_account_is_wrong_even_with_the_decoys_password() {
    assert_eq!(hasher(CHEAP, 1).verify("".into(), None).await.expect("compares"), Verdict::Wrong);
}

#[tokio::test]
async fn another_cost_is_noticed() {
    let stored = hasher(CHEAP, 1).hash("a password".into(), [7; 16]).await.expect("hashes");
    let dearer = hasher(Cost { passes: 2, ..CHEAP }, 1);
    assert_eq!(dearer.verify("a password".into(), Some(stored)).await.expect("compares"), Verdict::Outdated);
}

#[tokio::test]
async fn the_default_is_what_owasp_says() {
    let Cost { kibibytes, passes, lanes } = Cost::default();
    assert_eq!((kibibytes, passes, lanes), (19 * 1024, 2, 1));
}

#[tokio::test]
async fn a_crowd_is_told_to_come_back() {
    let hasher = hasher(Cost { kibibytes: 4_096, passes: 2, lanes: 1 }, 1);
    let crowd: Vec<_> = (0..200)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify("a password".into(), None).await })
        })
        .collect();
    let (mut served, mut refused) = (0, 0);
    for one in crowd {
        match one.await.expect("does not panic") {
            Ok(_) => served += 1,
            Err(Error::Busy) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(served > QUEUE && refused > 0, "{served} served, {refused} refused");
    assert!(hasher.verify("a password".into(), None).await.is_ok(), "room again");
}
