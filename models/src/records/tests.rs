//! What the derive makes of the records.

use serde_json::{Value as Json, json};

use super::{CalendarEventCreate, Course, CourseCreate, CourseFilter, CoursePatch, Visitor, declarations, visit_all};
use crate::{
    Id,
    record::{Filter as _, Input as _, Patch, Record, Row, Stored},
};

/// The fields that are wrong, or nothing.
fn wrong_in_create(json: &Json) -> Vec<String> {
    let errors = CourseCreate::from_json(json).err();
    errors.iter().flat_map(|errors| errors.iter().map(|error| error.field.clone())).collect()
}

fn course() -> Json {
    json!({ "code": " MATH101 ", "title": "Alge\u{300}bre" })
}

#[expect(clippy::needless_pass_by_value, reason = "the cases read better without `&`")]
fn with(changes: Json) -> Json {
    let mut json = course();
    json.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
    json
}

#[test]
fn a_create_tells_everything_that_is_wrong() {
    for (json, fields) in [
        (course(), vec![]),
        (with(json!({ "starts_on": "2026-09-01", "ends_on": null, "credits": 6, "tags": ["a", "b"] })), vec![]),
        (with(json!({ "fee": { "amount": 1250, "currency": "EUR" }, "audience": ["role:student"] })), vec![]),
        (json!({}), vec!["code", "title"]),
        (json!([]), vec![""]),
        (json!(null), vec![""]),
        (with(json!({ "surprise": 1, "id": "crs_1", "code": "" })), vec!["id", "surprise", "code"]),
        (with(json!({ "code": null, "title": 3, "description": null })), vec!["code", "title", "description"]),
        (
            with(json!({ "code": "a\0b", "title": "two\nlines", "description": "a\0" })),
            vec!["code", "title", "description"],
        ),
        (with(json!({ "title": "x".repeat(1_000_000) })), vec!["title"]),
        (with(json!({ "teacher": "crs_0192f0c1000070008000000000000000" })), vec!["teacher"]),
        (with(json!({ "starts_on": "2026-02-30", "ends_on": "99999-01-01" })), vec!["starts_on", "ends_on"]),
        (with(json!({ "starts_on": "0001-01-01", "ends_on": "2026-09-01T08:00" })), vec!["starts_on", "ends_on"]),
        (with(json!({ "credits": -1 })), vec!["credits"]),
        (with(json!({ "credits": 1.5 })), vec!["credits"]),
        (with(json!({ "credits": "6" })), vec!["credits"]),
        (with(json!({ "fee": { "amount": 1e300, "currency": "EUR" } })), vec!["fee"]),
        (
            with(json!({ "fee": { "amount": 9_223_372_036_854_775_807_i64, "currency": "eur" } })),
            vec!["fee.amount", "fee.currency"],
        ),
        (with(json!({ "tags": vec!["a"; 300] })), vec!["tags"]),
        (with(json!({ "tags": ["a", "", 3] })), vec!["tags.1", "tags.2"]),
        (
            with(json!({ "syllabus": { "blob": "../etc", "name": "a", "bytes": -1 } })),
            vec!["syllabus.blob", "syllabus.bytes", "syllabus.media_type"],
        ),
        (with(json!({ "audience": [] })), vec!["audience"]),
        (with(json!({ "audience": ["role:student", "planet:mars"] })), vec!["audience.1"]),
    ] {
        let mut expected = fields;
        let mut found = wrong_in_create(&json);
        expected.sort_unstable();
        found.sort_unstable();
        let shown: String = json.to_string().chars().take(200).collect();
        assert_eq!(found, expected, "{shown}");
    }
}

#[test]
fn times_are_read_in_any_zone_and_must_run_forward() {
    let event = |start: &str, end: &str| {
        CalendarEventCreate::from_json(&json!({ "title": "Exam", "period": { "start": start, "end": end } }))
    };
    let read = event("2026-09-01T10:00:00.1234567+02:00", "2026-09-01T09:00:00Z").expect("good");
    assert_eq!(read.period.start().to_string(), "2026-09-01T08:00:00.123456Z");
    for (start, end, field) in [
        ("2026-09-01T10:00:00Z", "2026-09-01T10:00:00Z", "period.end"),
        ("2026-09-01T10:00:00Z", "2026-09-01", "period.end"),
        ("2026-09-01T10:00:00", "2026-09-01T11:00:00Z", "period.start"),
        ("-009000-09-01T10:00:00Z", "2026-09-01T11:00:00Z", "period.start"),
    ] {
        let errors = event(start, end).expect_err(start);
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), [field], "{start} {end}");
    }
}

#[test]
fn absent_is_not_null() {
    let patch = |json: Json| CoursePatch::from_json(&json);
    assert_eq!(patch(json!({})).expect("nothing to do"), CoursePatch::default());
    assert_eq!(patch(json!({ "teacher": null })).expect("good").teacher, Patch::Set(None));
    let kept = patch(json!({ "title": "New" })).expect("good");
    assert_eq!((kept.teacher, kept.title), (Patch::Keep, Patch::Set("New".parse().expect("a text"))));
    assert!(patch(json!({ "title": null })).is_err(), "a title is never null");
    assert!(patch(json!({ "version": 3 })).is_err(), "not a field of a patch");
}

#[test]
fn filters_come_from_query_strings() {
    let parse = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        CourseFilter::from_pairs(&pairs)
    };
    let teacher = Id::<super::User>::mint(jiff::Timestamp::UNIX_EPOCH, [7; 10]).to_string();
    let filter = parse(&[("teacher", &teacher), ("starts_on.from", "2026-09-01"), ("ends_on.empty", "true")]);
    assert_eq!(filter.expect("good").conditions().len(), 3);
    for (pair, field) in [
        (("title", "x"), "title"),
        (("teacher", "usr_1"), "teacher"),
        (("teacher.from", "usr_1"), "teacher.from"),
        (("starts_on.from", "yesterday"), "starts_on.from"),
        (("code'; DROP TABLE courses; --", "x"), "code'; DROP TABLE courses; --"),
        (("tenant", "north"), "tenant"),
    ] {
        let errors = parse(&[pair]).expect_err(pair.0);
        assert_eq!(errors.iter().next().map(|error| error.field.as_str()), Some(field));
    }
}

#[test]
fn a_record_comes_back_from_its_row() {
    let input = CourseCreate::from_json(&with(json!({
        "fee": { "amount": 1250, "currency": "EUR" }, "tags": ["a"], "starts_on": "2026-09-01",
        "syllabus": { "blob": "a".repeat(64), "name": "plan.pdf", "media_type": "application/pdf", "bytes": 3 },
    })));
    let course = Course::create(input.expect("good"));
    let names = Course::declaration().field_columns().into_iter().map(|column| column.name).collect();
    assert_eq!(Course::load(&Row::new(names, course.store())), Ok(course.clone()));
    assert_eq!(course.code.as_str(), "MATH101");
    assert_eq!(course.title.as_str(), "Alg\u{e8}bre", "composed");

    let now = jiff::Timestamp::UNIX_EPOCH;
    let stored = Stored {
        id: Id::mint(now, [1; 10]),
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
        record: course,
    };
    let json = serde_json::to_value(&stored).expect("serialises");
    assert_eq!(json["fee"], json!({ "amount": 1250, "currency": "EUR" }));
    assert_eq!(json["teacher"], Json::Null);
    assert_eq!(json["version"], 1);
}

/// Names and prefixes are what ids, events and addresses are told apart by.
#[test]
fn declarations_do_not_collide() {
    struct Count(usize);
    impl Visitor for Count {
        fn visit<R: Record>(&mut self) {
            self.0 += 1;
            assert_eq!(R::PREFIX, R::declaration().prefix);
        }
    }
    let mut count = Count(0);
    visit_all(&mut count);
    let all = declarations();
    assert_eq!(count.0, all.len());
    let words = all.iter().map(|one| [one.name, one.path, one.table, one.prefix]).collect::<Vec<_>>();
    for position in 0..4 {
        let mut names: Vec<_> = words.iter().map(|words| words[position]).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all.len());
    }
    for declaration in all {
        assert!(!declaration.description.is_empty(), "{} has no doc comment", declaration.name);
    }
}

#[test]
fn a_declaration_reads_as_json() {
    let json = serde_json::to_value(Course::declaration()).expect("serialises");
    assert_eq!(json["path"], "courses");
    assert_eq!(json["fields"][0]["kind"], json!({ "type": "text", "max": 40 }));
    assert_eq!(json["fields"][3]["kind"], json!({ "type": "reference", "target": "users" }));
    assert_eq!(json["fields"][8]["kind"]["of"], json!({ "type": "text", "max": 40 }));
}

#[test]
fn schemas_say_the_limits() {
    let schema = serde_json::to_value(Course::declaration().create_schema()).expect("serialises");
    assert_eq!(schema["required"], json!(["code", "title"]));
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["title"]["maxLength"], 200);
    assert_eq!(schema["properties"]["teacher"]["type"], json!(["string", "null"]));
    assert_eq!(schema["properties"]["tags"]["maxItems"], 20);
    let parameters = serde_json::to_value(Course::declaration().list_parameters()).expect("serialises");
    let names: Vec<_> =
        parameters.as_array().expect("a list").iter().map(|one| one["name"].as_str().expect("a name")).collect();
    assert!(names.starts_with(&["limit", "cursor", "sort", "search", "code", "teacher", "teacher.empty", "starts_on"]));
    let patch = serde_json::to_value(Course::declaration().patch_schema()).expect("serialises");
    assert_eq!(patch["required"], Json::Null);
    let read = serde_json::to_value(Course::declaration().read_schema()).expect("serialises");
    assert!(read["required"].as_array().expect("a list").contains(&json!("teacher")));
}
