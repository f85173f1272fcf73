//! Pages, orders, filters, searches.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use models::{
    record::Filter as _,
    records::{CalendarEvent, CourseFilter},
};

use super::*;

async fn pages(table: &Table<Course>, actor: &Actor, query: ListQuery<Course>) -> Vec<Vec<String>> {
    let (mut pages, mut query) = (Vec::new(), query);
    loop {
        let page = table.list(&actor.scope, &query).await.expect("lists");
        pages.push(codes(&page.items).into_iter().map(str::to_owned).collect());
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    on_each_database("pages_follow_each_other", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        // The same title again and again: only the id tells them apart.
        for (code, title) in [("e", "Zoologie"), ("b", "Été"), ("d", "été"), ("a", "Algèbre"), ("c", "ete")] {
            actor.create::<Course>(database, json!({ "code": code, "title": title })).await.expect("creates");
        }
        let table = Table::<Course>::new(database);
        for (sort, expected) in [
            (None, "cadbe"),
            (Some("created_at"), "ebdac"),
            (Some("code"), "abcde"),
            (Some("-code"), "edcba"),
            (Some("title"), "abdce"),
            (Some("-title"), "ecdba"),
            (Some("updated_at"), "ebdac"),
        ] {
            for limit in 1..=5 {
                let query = ListQuery { sort: sort.map(str::to_owned), limit, ..ListQuery::default() };
                let pages = pages(&table, &actor, query).await;
                assert_eq!(pages.concat().concat(), expected, "{sort:?} by {limit}");
                assert!(
                    pages.iter().all(|page| page.len() <= limit as usize && !page.is_empty()),
                    "{sort:?} by {limit}"
                );
            }
        }
    })
    .await;
}

/// Rows that come while somebody turns the pages neither repeat nor hide those that were there before.
#[tokio::test]
async fn pages_stay_whole_while_rows_come() {
    on_each_database("pages_stay_whole_while_rows_come", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let table = Table::<Course>::new(database);
        for round in 0..6_usize {
            let title = |number: usize| ["Same", "same", "sÀme", "other"][(number * 7 + round) % 4];
            let mut known = Vec::new();
            for number in 0..12 {
                let json = json!({ "code": format!("{round}-{number}"), "title": title(number) });
                known.push(actor.create::<Course>(database, json).await.expect("creates").id);
            }
            let sort = Some(["title", "-title", "code", "-created_at", "-code", "created_at"][round].to_owned());
            let mut query = ListQuery { sort, limit: 1 + u32::try_from(round).expect("small"), ..ListQuery::default() };
            let (mut seen, mut number) = (Vec::new(), 100);
            loop {
                let page = table.list(&actor.scope, &query).await.expect("lists");
                seen.extend(page.items.iter().map(|course| course.id));
                let json = json!({ "code": format!("{round}-{number}"), "title": title(number) });
                if number < 130 {
                    actor.create::<Course>(database, json).await.expect("creates");
                    number += 1;
                }
                query.cursor = page.next_cursor;
                if query.cursor.is_none() {
                    break;
                }
            }
            for id in known {
                assert_eq!(seen.iter().filter(|seen| **seen == id).count(), 1, "round {round}");
            }
            let count = seen.len();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), count, "nothing twice in round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn filters_and_searches_narrow() {
    on_each_database("filters_and_searches_narrow", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let ada = actor.user(database, "ada").await.id.to_string();
        for json in [
            json!({ "code": "A", "title": "Œuvres d’été", "teacher": ada, "starts_on": "2026-09-01", "credits": 3 }),
            json!({ "code": "B", "title": "L'ÉTÉ", "starts_on": "2027-01-15", "credits": 6 }),
            json!({ "code": "C", "title": "100%_sure", "description": "été", "credits": 6 }),
        ] {
            actor.create::<Course>(database, json).await.expect("creates");
        }
        let table = Table::<Course>::new(database);
        for (pairs, search, expected) in [
            (&[][..], "ETE", "ABC"),
            (&[], "été oeuvre", "A"),
            (&[], "  ", "ABC"),
            (&[], "100%", "C"),
            (&[], "0_", ""),
            (&[], "%", "C"),
            (&[], "\\", ""),
            (&[("code", "A"), ("code", "B")], "", "AB"),
            (&[("teacher", ada.as_str())], "", "A"),
            (&[("teacher.empty", "true")], "", "BC"),
            (&[("starts_on.from", "2026-09-01")], "", "AB"),
            (&[("starts_on.from", "2026-09-02"), ("starts_on.before", "2027-01-16")], "", "B"),
            (&[("starts_on.before", "2026-09-01")], "", ""),
            (&[("credits", "6")], "ete", "BC"),
            (&[("credits.from", "4")], "", "BC"),
            (&[("code", "' OR 1=1 --")], "", ""),
        ] {
            let pairs: Vec<_> = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let query = ListQuery {
                filter: CourseFilter::from_pairs(&pairs).expect("good filters"),
                search: Some(search.to_owned()),
                sort: Some("code".to_owned()),
                ..ListQuery::default()
            };
            let listed = table.list(&actor.scope, &query).await.expect("lists");
            assert_eq!(codes(&listed.items).concat(), expected, "{pairs:?} {search:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_range_of_time_is_found_while_it_runs() {
    on_each_database("a_range_of_time_is_found_while_it_runs", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let period = json!({ "start": "2026-10-01T10:00:00Z", "end": "2026-10-01T12:00:00Z" });
        let json = json!({ "title": "Lesson", "period": period });
        actor.create::<CalendarEvent>(database, json).await.expect("creates");
        for (from, before, found) in [
            ("2026-10-01T09:00:00Z", "2026-10-01T10:00:00Z", 0),
            ("2026-10-01T09:00:00Z", "2026-10-01T10:00:01Z", 1),
            ("2026-10-01T11:59:59Z", "2026-10-01T13:00:00Z", 1),
            ("2026-10-01T12:00:00Z", "2026-10-01T13:00:00Z", 0),
            ("2026-10-01T13:00:00+02:00", "2026-10-01T13:01:00+02:00", 1),
        ] {
            let pairs = [("period.from".to_owned(), from.to_owned()), ("period.before".to_owned(), before.to_owned())];
            let filter = <CalendarEvent as Record>::Filter::from_pairs(&pairs).expect("good filters");
            let query = ListQuery { filter, sort: Some("-period".to_owned()), ..ListQuery::default() };
            let listed = Table::<CalendarEvent>::new(database).list(&actor.scope, &query).await.expect("lists");
            assert_eq!(listed.items.len(), found, "{from} to {before}");
        }
    })
    .await;
}

#[tokio::test]
async fn bad_queries_are_refused_by_name() {
    on_each_database("bad_queries_are_refused_by_name", async |fixture| {
        let (database, actor) = (&fixture.database, Actor::new("north", &[]));
        let table = Table::<Course>::new(database);
        let query = |change: fn(&mut ListQuery<Course>)| {
            let mut query = ListQuery::default();
            change(&mut query);
            query
        };
        for (query, message) in [
            (query(|query| query.limit = 0), "limit must be from 1 to 200"),
            (query(|query| query.limit = 201), "limit must be from 1 to 200"),
            (query(|query| query.search = Some("a".repeat(1_000_000))), "search must have at most"),
            (query(|query| query.search = Some("a ".repeat(11))), "search must have at most"),
            (query(|query| query.sort = Some("description".to_owned())), "sort must be one of: created_at, updated_at"),
            (query(|query| query.sort = Some("tenant; --".to_owned())), "sort must be one of"),
            (query(|query| query.sort = Some("--code".to_owned())), "sort must be one of"),
        ] {
            let refused = table.list(&actor.scope, &query).await.expect_err(message);
            assert!(matches!(refused, Error::Invalid(_)) && refused.to_string().starts_with(message), "{refused}");
        }
    })
    .await;
}

#[test]
fn a_query_string_is_read_whole() {
    let read = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ListQuery::<Course>::from_pairs(pairs)
    };
    let query =
        read(&[("limit", "7"), ("sort", "-code"), ("search", "été"), ("code", "A"), ("cursor", "x")]).expect("good");
    assert_eq!((query.limit, query.sort.as_deref(), query.cursor.as_deref()), (7, Some("-code"), Some("x")));
    assert_eq!(query.filter.conditions().len(), 1);
    let errors = read(&[("limit", "-1"), ("limit", "4"), ("tenant", "x"), ("credits.from", "many")])
        .expect_err("four times wrong");
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["limit", "limit", "tenant", "credits.from"]);
}

#[tokio::test]
async fn a_cursor_is_good_for_its_own_list_only() {
    on_each_database("a_cursor_is_good_for_its_own_list_only", async |fixture| {
        let database = &fixture.database;
        let (north, south) = (Actor::new("north", &[]), Actor::new("south", &[]));
        for code in ["a", "b", "c"] {
            north.course(database, code).await;
            south.course(database, code).await;
        }
        let table = Table::<Course>::new(database);
        let first = ListQuery { sort: Some("code".to_owned()), limit: 1, ..ListQuery::default() };
        let cursor = table.list(&north.scope, &first).await.expect("lists").next_cursor;
        let again = ListQuery { cursor: cursor.clone(), ..first.clone() };
        assert_eq!(codes(&table.list(&north.scope, &again).await.expect("goes on").items), ["b"]);

        let refused = async |actor: &Actor, query: ListQuery<Course>| {
            let outcome = table.list(&actor.scope, &query).await;
            assert!(matches!(outcome, Err(Error::InvalidCursor(_))), "{outcome:?}");
        };
        refused(&south, again.clone()).await;
        refused(&north, ListQuery { sort: Some("-code".to_owned()), ..again.clone() }).await;
        refused(&north, ListQuery { search: Some("a".to_owned()), ..again.clone() }).await;
        let filter = CourseFilter::from_pairs(&[("code".to_owned(), "a".to_owned())]).expect("good");
        refused(&north, ListQuery { filter, ..again.clone() }).await;
        let mut broken = cursor.expect("there is more");
        broken.truncate(broken.len() - 3);
        // Made by hand, with the right fingerprint and a key that no list has.
        let by_update = ListQuery { sort: Some("updated_at".to_owned()), limit: 1, ..ListQuery::default() };
        let honest = table.list(&north.scope, &by_update).await.expect("lists").next_cursor.expect("there is more");
        let parts: Json = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(honest).expect("base64")).expect("JSON");
        for key in [json!("-009999-01-01T00:00:00Z"), json!(1), json!(null), json!("\0"), json!([])] {
            let forged = URL_SAFE_NO_PAD.encode(json!([parts[0], key, parts[2]]).to_string());
            refused(&north, ListQuery { cursor: Some(forged), ..by_update.clone() }).await;
        }
        for text in [broken, String::new(), "é".to_owned(), "null".to_owned(), "W10".to_owned(), "A".repeat(1_000_000)]
        {
            refused(&north, ListQuery { cursor: Some(text), ..first.clone() }).await;
        }
    })
    .await;
}
