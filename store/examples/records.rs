//! How fast records are listed and created: `cargo run -p store --example records -- TARGET [ROWS]`, where TARGET is a
//! folder or the address of a PostgreSQL database that nobody needs.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use futures::future::try_join_all;
use models::{
    Context, Origin, Scope, SeededRandom, SystemClock, TenantId,
    record::{Filter as _, Input as _, Record},
    records::{Course, CourseCreate, CourseFilter},
    values,
};
use serde_json::json;
use store::{Database, ListQuery, Table};

const ROUNDS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let target = arguments.next().ok_or("say a folder or postgres://…")?;
    let rows: u32 = arguments.next().map_or(Ok(100_000), |rows| rows.parse())?;
    let database = Database::open(&target).await?;
    let scope = Scope::new(TenantId::default(), "bench", Vec::new(), jiff::civil::date(2026, 10, 1));
    let (origin, random) = (Origin::default(), SeededRandom::new([1; 32]));
    let context = Context { scope: &scope, origin: &origin, clock: &SystemClock, random: &random };
    fill(&database, &context, rows).await?;
    lists(&database, &scope, rows).await?;
    creates(&database, &context).await?;
    plain(&database, &scope).await?;
    database.close().await;
    Ok(())
}

fn course(number: u32) -> Result<CourseCreate, models::record::FieldErrors> {
    const SUBJECTS: [&str; 7] = ["Algèbre", "Biology", "Chimie", "Droit", "Économie", "French", "Géographie"];
    let scattered = number.wrapping_mul(2_654_435_761);
    let subject = SUBJECTS[scattered as usize % SUBJECTS.len()];
    let audience = if scattered.is_multiple_of(5) { "role:staff" } else { "everyone" };
    CourseCreate::from_json(&json!({
        "code": format!("C{scattered:010}"), "title": format!("{subject} {}", scattered % 1000),
        "description": "What is learned here, in a few lines of text. ".repeat(4), "credits": scattered % 12,
        "audience": [audience],
    }))
}

async fn fill(database: &Database, context: &Context<'_>, rows: u32) -> Result<(), Box<dyn Error>> {
    let table = Table::<Course>::new(database);
    if !table.list(context.scope, &ListQuery::default()).await?.items.is_empty() {
        println!("filled already");
        return Ok(());
    }
    let start = Instant::now();
    for first in (0..rows).step_by(500) {
        let mut tx = database.write(&context.scope.tenant).await?;
        for number in first..rows.min(first + 500) {
            table.create_in(&mut tx, context, course(number)?).await?;
        }
        tx.commit().await?;
    }
    // As the server's autovacuum does after some minutes.
    let mut tx = database.write_everything().await?;
    tx.execute("ANALYZE", &[]).await?;
    tx.commit().await?;
    println!("filled with {rows} courses in {:.1} s, 500 to a transaction", start.elapsed().as_secs_f64());
    Ok(())
}

async fn lists(database: &Database, scope: &Scope, rows: u32) -> Result<(), Box<dyn Error>> {
    let table = Table::<Course>::new(database);
    let credits = CourseFilter::from_pairs(&[("credits".to_owned(), "7".to_owned())])?;
    for (name, filter, sort, search) in [
        ("newest first", CourseFilter::default(), None, None),
        ("by title", CourseFilter::default(), Some("title"), None),
        ("by code, backwards", CourseFilter::default(), Some("-code"), None),
        ("with 7 credits", credits, Some("title"), None),
        ("searched for `economie 7`", CourseFilter::default(), Some("title"), Some("economie 7")),
        ("searched for what is not there", CourseFilter::default(), None, Some("zzzz")),
    ] {
        let mut query = ListQuery::<Course> {
            filter,
            search: search.map(str::to_owned),
            sort: sort.map(str::to_owned),
            cursor: None,
            limit: 50,
        };
        let (mut times, mut found) = (Vec::with_capacity(ROUNDS), 0);
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let page = table.list(scope, &query).await?;
            times.push(start.elapsed());
            found += page.items.len();
            query.cursor = page.next_cursor;
        }
        times.sort_unstable();
        let at = |share: usize| times[ROUNDS * share / 100].as_secs_f64() * 1000.0;
        println!("list of 50 of {rows}, {name}: p50 {:.2} ms, p95 {:.2} ms ({found} rows seen)", at(50), at(95));
    }
    Ok(())
}

/// One record to a transaction, each on disk before it counts.
async fn creates(database: &Database, context: &Context<'_>) -> Result<(), Box<dyn Error>> {
    let table = Table::<Course>::new(database);
    for at_once in [1_u32, 16] {
        let start = Instant::now();
        let (mut count, mut next) = (0, (random_start(context) & 0x3fff_ffff) + 0x8000_0000);
        while start.elapsed() < Duration::from_secs(3) {
            let inputs = (next..next + at_once).map(course).collect::<Result<Vec<_>, _>>()?;
            try_join_all(inputs.into_iter().map(|input| table.create(context, input))).await?;
            next += at_once;
            count += at_once;
        }
        let rate = f64::from(count) / start.elapsed().as_secs_f64();
        println!(
            "creates, {at_once} at once: {rate:.0}/s ({}), each with audit row and event",
            durability(database).await?
        );
    }
    Ok(())
}

/// Codes that the run before did not use.
fn random_start(context: &Context<'_>) -> u32 {
    u32::try_from(context.clock.now().as_millisecond() & 0xffff_ffff).unwrap_or_default()
}

/// The same number of columns, and nothing else.
async fn plain(database: &Database, scope: &Scope) -> Result<(), Box<dyn Error>> {
    let columns = Course::declaration().columns().len();
    let mut tx = database.write_everything().await?;
    tx.execute("CREATE TABLE IF NOT EXISTS plain (tenant TEXT NOT NULL, id BIGINT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (tenant, id))", &[])
        .await?;
    tx.commit().await?;
    let mut tx = database.write_everything().await?;
    tx.execute("DELETE FROM plain", &[]).await?;
    tx.commit().await?;
    let (start, mut count) = (Instant::now(), 0_i64);
    while start.elapsed() < Duration::from_secs(3) {
        let mut tx = database.write(&scope.tenant).await?;
        let body = "text of about the size of a course ".repeat(columns / 3);
        tx.execute("INSERT INTO plain (tenant, id, body) VALUES (?, ?, ?)", &values![&scope.tenant, count, body])
            .await?;
        tx.commit().await?;
        count += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("plain inserts into one table, one at once: {rate:.0}/s ({})", durability(database).await?);
    Ok(())
}

async fn durability(database: &Database) -> Result<String, Box<dyn Error>> {
    let mut tx = database.read_everything().await?;
    Ok(match database.dialect() {
        store::Dialect::Sqlite => {
            format!("synchronous = {}", tx.fetch_one("PRAGMA synchronous", &[]).await?.only::<i64>()?)
        }
        store::Dialect::Postgres => {
            let sql =
                "SELECT current_setting('fsync') || ', synchronous_commit = ' || current_setting('synchronous_commit')";
            format!("fsync = {}", tx.fetch_one(sql, &[]).await?.only::<String>()?)
        }
    })
}
