//! Dates as people write them in French and English.

use jiff::civil::Date;

/// Alternatives of a regular expression (case-insensitive) for everything that [`parse`] reads within a sentence.
pub(crate) const PATTERN: &str = r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}|\d{1,2}\.\d{1,2}\.\d{4}|(?:1er|\d{1,2})(?:st|nd|rd|th)?(?: of)? \p{L}{3,9}\.? \d{4}|\p{L}{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})";

const MONTHS: [&[&str]; 12] = [
    &["janvier", "january", "jan", "janv"],
    &["février", "fevrier", "february", "feb", "févr"],
    &["mars", "march", "mar"],
    &["avril", "april", "apr", "avr"],
    &["mai", "may"],
    &["juin", "june", "jun"],
    &["juillet", "july", "jul", "juil"],
    &["août", "aout", "august", "aug"],
    &["septembre", "september", "sep", "sept"],
    &["octobre", "october", "oct"],
    &["novembre", "november", "nov"],
    &["décembre", "decembre", "december", "dec", "déc"],
];

/// Reads `2026-09-01` (with or without a time), `01/09/2026` (day first), `1er septembre 2026`, `1 September 2026`,
/// `September 1st, 2026`.
pub(crate) fn parse(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Some(date) = text.get(..10).and_then(|head| head.parse::<Date>().ok()) {
        return plausible(date);
    }
    let parts: Vec<&str> =
        text.split([' ', '/', '.', ',', '\u{a0}']).filter(|part| !part.is_empty() && *part != "of").collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let year: i16 = third.parse().ok()?;
    let (day, month) = match (day(first), day(second)) {
        // Day first, as in France; a month above 12 can only be the American order.
        (Some(first), Some(second)) if second <= 12 => (first, second),
        (Some(first), Some(second)) => (second, first),
        (Some(day), None) => (day, month(second)?),
        (None, Some(day)) => (day, month(first)?),
        (None, None) => return None,
    };
    Date::new(year, month, day).ok().and_then(plausible)
}

/// PDF's `D:20240131120000+01'00'`.
pub(crate) fn parse_pdf(text: &str) -> Option<Date> {
    let digits = text.trim().trim_start_matches("D:");
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i16>().ok();
    let small = |range| i8::try_from(number(range)?).ok();
    let date = Date::new(number(0..4)?, small(4..6).unwrap_or(1), small(6..8).unwrap_or(1)).ok()?;
    plausible(date)
}

fn day(text: &str) -> Option<i8> {
    let text = text.to_lowercase();
    let digits = ["er", "st", "nd", "rd", "th"].iter().find_map(|suffix| text.strip_suffix(suffix)).unwrap_or(&text);
    digits.parse().ok().filter(|day| (1..=31).contains(day))
}

fn month(text: &str) -> Option<i8> {
    let text = text.to_lowercase();
    let text = text.trim_end_matches('.');
    let index = MONTHS.iter().position(|names| names.contains(&text))?;
    i8::try_from(index + 1).ok()
}

/// Clocks that were never set and typing errors give dates that no school document has.
fn plausible(date: Date) -> Option<Date> {
    (1900..=2200).contains(&date.year()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        let expected = jiff::civil::date(2026, 9, 1);
        for text in [
            "2026-09-01",
            "2026-09-01T10:00:00Z",
            "01/09/2026",
            "1er septembre 2026",
            "1 September 2026",
            "1st of September 2026",
            "September 1st, 2026",
            "Sept. 1, 2026",
            "1.9.2026",
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "2026", "septembre 2026", "32/01/2026", "0001-01-01", "31/02/2026"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse_pdf("D:20260901083000+02'00'"), Some(expected));
        assert_eq!(parse_pdf("D:2026"), Some(jiff::civil::date(2026, 1, 1)));
    }
}
