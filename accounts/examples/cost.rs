//! What accounts cost on this machine: `cargo run -p accounts --example cost`.
//!
//! Prints, for each database: who a bearer token is (the look-up of every request), a renewal, and a sign-in with the
//! default password cost for a known and an unknown address, which should take the same time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use accounts::{Accounts, Mail, MailError, Mailer, NewAccount, Parts, Registration, ServerKey, Settings};
use async_trait::async_trait;
use models::{
    Origin, SeededRandom, SystemClock, TenantId,
    record::{Email, Text},
    records::{Locale, OrganisationCreate},
};
use store::testing::{Fixture, on_each_database};

const PASSWORD: &str = "quatre chevaux bleus nagent";

struct NoMail;

#[async_trait]
impl Mailer for NoMail {
    async fn send(&self, _: Mail) -> Result<(), MailError> {
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    on_each_database("cost", measure).await;
}

async fn measure(fixture: &Fixture) {
    println!("{:?}", fixture.dialect());
    let tenant = TenantId::default();
    let parts = Parts {
        database: fixture.database.clone(),
        server_key: ServerKey::from_bytes([1; 32]),
        mailer: Arc::new(NoMail),
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new([2; 32])),
        settings: Settings { registration: Registration::Open, ..Settings::default() },
    };
    let accounts = Accounts::open(parts).await.expect("opens");
    let new = OrganisationCreate { name: Text::new("School").expect("a name"), locale: Locale::Fr, contact: None };
    accounts.create_organisation(&tenant, new, &Origin::default()).await.expect("is new");
    let new = NewAccount {
        email: Email::new("camille@school.example").expect("an address"),
        given_name: Text::new("Camille").expect("a name"),
        family_name: Text::new("Durand").expect("a name"),
        locale: Locale::Fr,
        password: PASSWORD.into(),
    };
    accounts.create_administrator(&tenant, new, &Origin::default()).await.expect("is new");
    let login = async |email: &str, number: u32, password: &str| {
        let origin = Origin { address: Some(format!("10.0.{}.{}", number / 250, number % 250)), ..Origin::default() };
        accounts.login(&tenant, email, password.into(), &origin).await
    };
    let mut tokens = login("camille@school.example", 0, PASSWORD).await.expect("signs in");

    let mut times = Vec::new();
    for _ in 0..500 {
        times.push(timed(async || accounts.identify(&tokens.access, None).await.map(|_| ())).await);
    }
    report("identify", times);
    let mut times = Vec::new();
    for _ in 0..100 {
        let start = Instant::now();
        tokens = accounts.refresh(&tokens.refresh, &Origin::default()).await.expect("is valid");
        times.push(start.elapsed());
    }
    report("refresh", times);
    let (mut wrong, mut unknown, mut right) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..30 {
        // In turns, so that whatever else the machine does falls on all; a right password forgets the wrong ones.
        wrong.push(timed(async || refused(login("camille@school.example", number, "wrong").await)).await);
        let stranger = format!("nobody{number}@school.example");
        unknown.push(timed(async || refused(login(&stranger, number, PASSWORD).await)).await);
        right.push(timed(async || login("camille@school.example", number, PASSWORD).await.map(|_| ())).await);
    }
    report("login, wrong password", wrong);
    report("login, unknown address", unknown);
    report("login", right);
}

fn refused(outcome: accounts::Result<accounts::Tokens>) -> accounts::Result<()> {
    match outcome {
        Err(accounts::Error::WrongCredentials) => Ok(()),
        other => other.map(|_| ()),
    }
}

async fn timed(work: impl AsyncFn() -> accounts::Result<()>) -> Duration {
    let start = Instant::now();
    work().await.expect("works");
    start.elapsed()
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!("  {what:24} p50 {:>9.2?}   p95 {:>9.2?}", at(50), at(95));
}
