//! Two organisations, somebody in each, a mailbox, and a clock.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use models::{
    Clock, Id, Origin, SeededRandom, TenantId,
    record::{Email, Text},
    records::{Locale, OrganisationCreate, User},
};
use secrecy::{ExposeSecret as _, SecretString};
use store::{Database, testing::Fixture};

use crate::{
    Accounts, Actor, Cost, Identity, Mail, MailError, Mailer, Message, NewAccount, Parts, Registration, Result,
    ServerKey, Settings, Tokens,
};

pub const PASSWORD: &str = "quatre chevaux bleus nagent";
pub const OTHER_PASSWORD: &str = "sept tasses jaunes volent";

pub struct World {
    pub accounts: Accounts,
    pub clock: Arc<HandClock>,
    pub mailbox: Arc<Mailbox>,
    pub north: TenantId,
    pub south: TenantId,
    database: Database,
    pub settings: Settings,
}

/// A clock that stands until it is turned.
pub struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no panic")
    }
}

impl HandClock {
    pub fn turn(&self, by: SignedDuration) {
        *self.0.lock().expect("no panic") += by;
    }
}

#[derive(Default)]
pub struct Mailbox(Mutex<Vec<Mail>>);

#[async_trait]
impl Mailer for Mailbox {
    async fn send(&self, mail: Mail) -> Result<(), MailError> {
        self.0.lock().expect("no panic").push(mail);
        Ok(())
    }
}

impl Mailbox {
    /// What came since the last look, as `kind to`.
    pub fn kinds(&self) -> Vec<String> {
        let mut mails = self.0.lock().expect("no panic");
        mails.drain(..).map(|mail| format!("{} {}", mail.message.kind(), mail.to)).collect()
    }

    /// The link of the newest mail, which is the only one since the last look.
    pub fn token(&self) -> SecretString {
        let mut mails = self.0.lock().expect("no panic");
        assert_eq!(mails.len(), 1, "{:?}", mails.iter().map(|mail| mail.message.kind()).collect::<Vec<_>>());
        match mails.remove(0).message {
            Message::VerifyEmail { token, .. }
            | Message::ResetPassword { token, .. }
            | Message::Invitation { token, .. } => token,
            other => panic!("{} has no link", other.kind()),
        }
    }
}

impl World {
    pub async fn new(fixture: &Fixture) -> Self {
        Self::with(fixture, |_| {}).await
    }

    pub async fn with(fixture: &Fixture, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings {
            registration: Registration::Open,
            password_cost: Cost { kibibytes: 16, passes: 1, lanes: 1 },
            hashes_at_once: 4,
            ..Settings::default()
        };
        change(&mut settings);
        let clock = Arc::new(HandClock(Mutex::new("2026-09-01T08:00:00Z".parse().expect("a time"))));
        let mailbox = Arc::new(Mailbox::default());
        let database = fixture.database.clone();
        let parts = parts(&database, &clock, &mailbox, &settings, 1);
        let accounts = Accounts::open(parts).await.expect("opens");
        let (north, south) = (TenantId::new("north"), TenantId::new("south"));
        for tenant in [&north, &south] {
            let new = OrganisationCreate { name: text(tenant.as_str()), locale: Locale::Fr, contact: None };
            accounts.create_organisation(tenant, new, &origin()).await.expect("is new");
        }
        Self { accounts, clock, mailbox, north, south, database, settings }
    }

    /// A second node on the same database and with the same server key.
    pub async fn another_node(&self) -> Accounts {
        let parts = parts(&self.database, &self.clock, &self.mailbox, &self.settings, 2);
        Accounts::open(parts).await.expect("opens")
    }

    /// A node that hashes passwords at another cost.
    pub async fn node_with_cost(&self, cost: Cost) -> Accounts {
        let settings = Settings { password_cost: cost, ..self.settings.clone() };
        Accounts::open(parts(&self.database, &self.clock, &self.mailbox, &settings, 3)).await.expect("opens")
    }

    /// Somebody who has registered and confirmed the address, in `north`.
    pub async fn person(&self, name: &str) -> Id<User> {
        self.person_of(&self.north, name).await
    }

    pub async fn person_of(&self, tenant: &TenantId, name: &str) -> Id<User> {
        self.mailbox.kinds();
        self.accounts.register(tenant, account(name), &origin_of(name)).await.expect("is taken");
        self.accounts.verify_email(&self.mailbox.token(), &origin()).await.expect("is valid");
        self.sign_in_to(tenant, name).await.user
    }

    /// Somebody with a role, in `north`.
    pub async fn with_role(&self, name: &str, role: &str) -> Identity {
        let user = self.person(name).await;
        self.accounts.give_role(&self.operator(), user, role, &origin()).await.expect("is a role");
        self.identity(name).await
    }

    pub fn operator(&self) -> Actor<'_> {
        Actor::Operator(&self.north)
    }

    pub async fn sign_in(&self, name: &str) -> Tokens {
        self.sign_in_to(&self.north, name).await
    }

    pub async fn sign_in_to(&self, tenant: &TenantId, name: &str) -> Tokens {
        let tokens = self.accounts.login(tenant, &address(name), PASSWORD.into(), &origin_of(name)).await;
        tokens.expect("signs in")
    }

    /// Signs in and shows the access token.
    pub async fn identity(&self, name: &str) -> Identity {
        let tokens = self.sign_in(name).await;
        self.accounts.identify(&tokens.access, None).await.expect("is valid")
    }

    pub async fn is_known(&self, bearer: &SecretString) -> bool {
        self.accounts.identify(bearer, None).await.is_ok()
    }

    /// One value from the database, past everything.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let mut tx = self.database.read_everything().await.expect("begins");
        tx.fetch_one(sql, &[]).await.expect("counts").only().expect("a number")
    }

    pub const fn database(&self) -> &Database {
        &self.database
    }
}

fn parts(database: &Database, clock: &Arc<HandClock>, mailbox: &Arc<Mailbox>, settings: &Settings, seed: u8) -> Parts {
    Parts {
        database: database.clone(),
        server_key: ServerKey::from_bytes([42; 32]),
        mailer: Arc::clone(mailbox) as Arc<dyn Mailer>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        random: Arc::new(SeededRandom::new([seed; 32])),
        settings: settings.clone(),
    }
}

pub fn address(name: &str) -> String {
    format!("{name}@school.example")
}

pub fn email(name: &str) -> Email {
    Email::new(&address(name)).expect("an address")
}

pub fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).expect("a text")
}

pub fn account(name: &str) -> NewAccount {
    NewAccount {
        email: email(name),
        given_name: text("Given"),
        family_name: text("Family"),
        locale: Locale::Fr,
        password: PASSWORD.into(),
    }
}

pub fn origin() -> Origin {
    Origin { address: Some("192.0.2.1".to_owned()), client: Some("Firefox".to_owned()), request: None }
}

/// Everybody sits at another address.
pub fn origin_of(name: &str) -> Origin {
    let number = name.bytes().fold(7_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    Origin { address: Some(format!("198.51.{}.{}", number >> 8, number & 255)), ..origin() }
}

pub fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

pub fn same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

pub fn now(world: &World) -> Timestamp {
    world.clock.now()
}

impl World {
    /// Somebody without a role, signed in.
    pub async fn identity_of(&self, name: &str) -> Identity {
        self.person(name).await;
        self.identity(name).await
    }
}
