//! What both vector adapters store beside a vector, and the filter over it.

use jiff::civil::{Date, date};
use models::Validity;
use serde_json::{Value, json};

use crate::{Filter, IndexEntry};

pub(crate) const TENANT: &str = "tenant";
pub(crate) const GRANTS: &str = "grants";
pub(crate) const COLLECTION: &str = "collection";
pub(crate) const FROM: &str = "valid_from";
pub(crate) const UNTIL: &str = "valid_until";

/// Indexed as keywords.
pub(crate) const KEYWORDS: [&str; 3] = [TENANT, GRANTS, COLLECTION];
/// Indexed as integers.
pub(crate) const DAYS: [&str; 2] = [FROM, UNTIL];

/// An unknown end is open: further away than any date that can be written.
const OPEN: i64 = 100_000_000;

/// Days since 1970-01-01; negative before.
pub(crate) fn day(date_: Date) -> i64 {
    i64::from((date_ - date(1970, 1, 1)).get_days())
}

/// First and last day, with the unknown ends open.
pub(crate) fn days(validity: &Validity) -> (i64, i64) {
    (validity.from.map_or(-OPEN, day), validity.until.map_or(OPEN, day))
}

pub(crate) fn payload(entry: &IndexEntry) -> Value {
    let (from, until) = days(&entry.validity);
    json!({
        TENANT: entry.tenant.as_str(),
        GRANTS: entry.audience.grants(),
        COLLECTION: entry.collection.as_str(),
        FROM: from,
        UNTIL: until,
    })
}

/// In Qdrant's own JSON form.
pub(crate) fn filter(filter: &Filter) -> Value {
    let mut must = vec![
        json!({ "key": TENANT, "match": { "value": filter.tenant.as_str() } }),
        json!({ "key": GRANTS, "match": { "any": filter.grants } }),
    ];
    if !filter.collections.is_empty() {
        must.push(json!({ "key": COLLECTION, "match": { "any": filter.collections } }));
    }
    if let Some(as_of) = filter.as_of {
        must.push(json!({ "key": FROM, "range": { "lte": day(as_of) } }));
        must.push(json!({ "key": UNTIL, "range": { "gte": day(as_of) } }));
    }
    json!({ "must": must })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_from_1970_and_unknown_ends_are_open() {
        for (date_, expected) in [(date(1970, 1, 1), 0), (date(1969, 12, 31), -1), (date(2026, 9, 1), 20_697)] {
            assert_eq!(day(date_), expected, "{date_}");
        }
        let (from, until) = days(&Validity::default());
        assert!(from < day(date(-9999, 1, 1)) && until > day(date(9999, 12, 31)));
    }
}
