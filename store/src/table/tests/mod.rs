//! The contract of [`Table`], on both databases.

mod audience;
mod changes;
mod concurrency;
mod events;
mod history;
mod kills;
mod lists;
mod references;
mod schema;
mod secrets;
mod tenants;

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use jiff::{Timestamp, ToSpan as _};
use models::{
    Clock, Context, Grant, Id, Origin, Scope, SeededRandom, TenantId,
    record::{Input as _, Record, Stored},
    records::{Course, User},
};
use serde_json::{Value as Json, json};

use super::{ListQuery, Table};
use crate::{Database, Error, Result, testing::on_each_database};

/// Moves by a second with every look at it.
struct Ticking(Mutex<Timestamp>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let mut now = self.0.lock().expect("no panic");
        *now += 1.second();
        *now
    }
}

/// Somebody of one tenant, with all that a change needs.
struct Actor {
    scope: Scope,
    origin: Origin,
    clock: Ticking,
    random: SeededRandom,
}

impl Actor {
    fn new(tenant: &str, grants: &[&str]) -> Self {
        static ACTORS: AtomicU64 = AtomicU64::new(0);
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&ACTORS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let grants = grants.iter().map(|text| text.parse::<Grant>().expect("a grant")).collect();
        let scope = Scope::new(TenantId::new(tenant), "usr_test", grants, jiff::civil::date(2026, 10, 1));
        let address = Some("192.0.2.1".to_owned());
        Self {
            scope,
            origin: Origin {
                address,
                client: Some("curl\r\nInjected: 1".to_owned()),
                request: Some("req_1".to_owned()),
            },
            clock: Ticking(Mutex::new("2026-10-01T08:00:00Z".parse().expect("a time"))),
            random: SeededRandom::new(seed),
        }
    }

    fn context(&self) -> Context<'_> {
        Context { scope: &self.scope, origin: &self.origin, clock: &self.clock, random: &self.random }
    }

    async fn create<R: Record>(&self, database: &Database, json: Json) -> Result<Stored<R>> {
        let input = R::Create::from_json(&json).expect("a good input");
        Table::<R>::new(database).for_everybody().create(&self.context(), input).await
    }

    async fn patch<R: Record>(&self, database: &Database, id: Id<R>, version: i64, json: Json) -> Result<Stored<R>> {
        let patch = R::Patch::from_json(&json).expect("a good patch");
        Table::<R>::new(database).for_everybody().patch(&self.context(), id, Some(version), patch).await
    }

    async fn delete<R: Record>(&self, database: &Database, id: Id<R>) -> Result<()> {
        Table::<R>::new(database).for_everybody().delete(&self.context(), id, None).await
    }

    async fn course(&self, database: &Database, code: &str) -> Stored<Course> {
        self.create(database, json!({ "code": code, "title": format!("Course {code}") })).await.expect("a new course")
    }

    async fn user(&self, database: &Database, name: &str) -> Stored<User> {
        let json = json!({ "email": format!("{name}@school.example"), "given_name": name, "family_name": "Test" });
        self.create(database, json).await.expect("a new user")
    }
}

/// An id that nothing has.
fn nobody<T>() -> Id<T> {
    Id::mint(Timestamp::UNIX_EPOCH, [9; 10])
}

fn codes(items: &[Stored<Course>]) -> Vec<&str> {
    items.iter().map(|course| course.code.as_str()).collect()
}
