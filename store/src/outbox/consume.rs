//! Reading events: each consumer in order, at least once, from a place that is kept.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use models::values;
use tokio::sync::Semaphore;

use super::Event;
use crate::{Database, Dialect, Result, Tx};

/// How many events are taken at a time.
const BATCH: i64 = 200;
/// Any number; only the numberers of this database take a lock on it.
const NUMBERER: i64 = 7_120_911;

/// The same, for those who deliver.
const DELIVERY: i64 = 7_120_912;
/// How long what happened waits to be noticed.
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How many subscribers are served at the same moment; each may hold a connection meanwhile.
const AT_ONCE: usize = 4;

/// Somebody in this process who wants to know.
#[async_trait]
pub trait Subscriber: Send + Sync {
    /// Under which its place is kept; never change it.
    fn name(&self) -> &str;

    /// `course.updated`, `course.*` or `*`.
    fn patterns(&self) -> &[&str];

    /// May see an event again after a crash or an error, so it must not matter.
    ///
    /// # Errors
    /// Anything: the event and those after it are offered again at the next delivery.
    async fn handle(&self, event: &Event) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

/// The events of one database.
#[derive(Debug, Clone)]
pub struct Outbox {
    database: Database,
}

/// What one delivery to one subscriber came to.
#[derive(Debug, Default)]
pub struct Delivered {
    /// Events that were handled.
    pub handled: u64,
    /// Why it stopped before the end, with the event's position.
    pub failed: Option<(i64, Box<dyn std::error::Error + Send + Sync>)>,
}

impl Outbox {
    #[must_use]
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }

    /// Events after `position`, in order; of all tenants. For consumers that keep their place themselves.
    pub async fn after(&self, position: i64, limit: u32) -> Result<Vec<Event>> {
        self.number().await?;
        read(&mut self.database.read_everything().await?, position, limit.into()).await
    }

    /// Offers every subscriber what happened, again and again, until `stop` is over. What fails is offered again, later
    /// each time.
    pub async fn run(&self, subscribers: &[Arc<dyn Subscriber>], stop: impl Future<Output = ()> + Send) {
        let turns = Semaphore::new(AT_ONCE);
        let deliveries = subscribers.iter().map(|subscriber| async {
            let mut pause = PAUSE;
            loop {
                tokio::time::sleep(pause).await;
                let _turn = turns.acquire().await;
                let failed = match self.deliver(&**subscriber).await {
                    Ok(Delivered { failed: None, .. }) => {
                        pause = PAUSE;
                        continue;
                    }
                    Ok(Delivered { failed: Some((position, error)), .. }) => (Some(position), error.to_string()),
                    Err(error) => (None, error.to_string()),
                };
                pause = (pause * 2).min(LONGEST_PAUSE);
                tracing::warn!(subscriber = subscriber.name(), position = failed.0, error = failed.1, "not delivered");
            }
        });
        futures::future::select(Box::pin(stop), Box::pin(futures::future::join_all(deliveries))).await;
    }

    /// Offers a subscriber everything that happened since it last looked, and keeps its place. Where several nodes share
    /// a database, one at a time does it; the others find nothing to do.
    pub async fn deliver(&self, subscriber: &dyn Subscriber) -> Result<Delivered> {
        self.number().await?;
        let mut delivered = Delivered::default();
        let Some(_turn) = self.turn(subscriber.name()).await? else { return Ok(delivered) };
        let mut position = self.position(subscriber.name()).await?;
        loop {
            let events = read(&mut self.database.read_everything().await?, position, BATCH).await?;
            let Some(last) = events.last().map(|event| event.position) else { return Ok(delivered) };
            let wanted = |event: &Event| subscriber.patterns().iter().any(|pattern| event.fits(pattern));
            for event in events.iter().filter(|event| wanted(event)) {
                if let Err(error) = subscriber.handle(event).await {
                    delivered.failed = Some((event.position, error));
                    self.set_position(subscriber.name(), event.position - 1).await?;
                    return Ok(delivered);
                }
                delivered.handled += 1;
            }
            position = last;
            self.set_position(subscriber.name(), position).await?;
        }
    }

    /// The right to deliver, until it is dropped; `None` while another node has it.
    async fn turn(&self, name: &str) -> Result<Option<Turn>> {
        if self.database.dialect() == Dialect::Sqlite {
            return Ok(Some(Turn { _tx: None }));
        }
        let mut tx = self.database.read_everything().await?;
        let sql = "SELECT pg_try_advisory_xact_lock(CAST(? AS INTEGER), hashtext(?))";
        let mine: bool = tx.fetch_one(sql, &values![DELIVERY, name]).await?.only()?;
        Ok(mine.then_some(Turn { _tx: Some(tx) }))
    }

    /// How far a consumer has read: 0 is nothing yet.
    pub async fn position(&self, consumer: &str) -> Result<i64> {
        let mut tx = self.database.read_everything().await?;
        let row = tx.fetch_optional("SELECT position FROM event_consumers WHERE name = ?", &values![consumer]).await?;
        Ok(row.map_or(Ok(0), |row| row.only())?)
    }

    /// Puts a consumer where it reads on after `position`; 0 replays everything.
    pub async fn set_position(&self, consumer: &str, position: i64) -> Result<()> {
        let mut tx = self.database.write_everything().await?;
        let sql = "INSERT INTO event_consumers (name, position) VALUES (?, ?)
                   ON CONFLICT (name) DO UPDATE SET position = excluded.position";
        tx.execute(sql, &values![consumer, position]).await?;
        tx.commit().await
    }

    /// Forgets what is older than `position`, but never the newest event, from which numbering goes on.
    pub async fn prune(&self, position: i64) -> Result<u64> {
        let mut tx = self.database.write_everything().await?;
        let sql = "DELETE FROM events WHERE position < ? AND position < (SELECT max(position) FROM events)";
        let pruned = tx.execute(sql, &values![position]).await?;
        tx.commit().await?;
        Ok(pruned)
    }

    /// Gives the events of finished transactions their places.
    async fn number(&self) -> Result<()> {
        let sql = "SELECT 1 FROM events WHERE position IS NULL LIMIT 1";
        if self.database.read_everything().await?.fetch_optional(sql, &[]).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.database.write_everything().await?;
        if tx.dialect() == Dialect::Postgres {
            tx.fetch_all("SELECT pg_advisory_xact_lock(?)", &values![NUMBERER]).await?;
        }
        // A transaction's own events, and those of transactions that followed it, keep their order by sequence.
        tx.execute(
            "UPDATE events SET position = numbered.position FROM (
                 SELECT sequence, row_number() OVER (ORDER BY sequence)
                     + (SELECT coalesce(max(position), 0) FROM events) AS position
                 FROM events WHERE position IS NULL) AS numbered
             WHERE events.sequence = numbered.sequence",
            &[],
        )
        .await?;
        tx.commit().await
    }
}

/// On PostgreSQL a lock that lasts as long as its transaction; an embedded database has one process.
struct Turn {
    _tx: Option<Tx>,
}

async fn read(tx: &mut Tx, position: i64, limit: i64) -> Result<Vec<Event>> {
    let sql = "SELECT id, position, tenant, type, subject, actor, at, data FROM events
               WHERE position > ? ORDER BY position LIMIT ?";
    tx.fetch_all(sql, &values![position, limit]).await?.iter().map(Event::read).collect()
}
