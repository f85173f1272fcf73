//! `?` for both databases: SQLite takes it as it is, PostgreSQL wants `$1`.

use std::fmt::Write as _;

/// Rewrites `?` (the next value) and `?3` (the third value) to `$n`, outside of quotes and comments.
pub fn numbered(sql: &str) -> String {
    let mut rewritten = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    let mut next = 1_u32;
    while let Some(position) = rest.find(['?', '\'', '"', '-']) {
        let (before, found) = rest.split_at(position);
        rewritten.push_str(before);
        if let Some(after) = found.strip_prefix('?') {
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = after[..digits].parse().unwrap_or(next);
            next = next.max(number + 1);
            let _ = write!(rewritten, "${number}");
            rest = &after[digits..];
        } else {
            let length = quoted(found);
            rewritten.push_str(&found[..length]);
            rest = &found[length..];
        }
    }
    rewritten.push_str(rest);
    rewritten
}

/// How many bytes the literal, identifier or comment at the start of `text` takes; a lone `-` takes one.
fn quoted(text: &str) -> usize {
    let (open, close) = match text.as_bytes() {
        [b'\'', ..] => (1, '\''),
        [b'"', ..] => (1, '"'),
        [b'-', b'-', ..] => (2, '\n'),
        _ => return 1,
    };
    // A doubled quote inside a literal reads as the end of one and the start of the next, which comes to the same.
    text[open..].find(close).map_or(text.len(), |end| open + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_change() {
        for (sql, expected) in [
            ("SELECT 1", "SELECT 1"),
            ("a = ? AND b = ?", "a = $1 AND b = $2"),
            ("a = ?2 AND b = ?1 AND c = ?", "a = $2 AND b = $1 AND c = $3"),
            ("a = '?' AND b = ?", "a = '?' AND b = $1"),
            ("a = 'it''s ?' AND b = ?", "a = 'it''s ?' AND b = $1"),
            ("\"odd?\" = ? -- why?\nAND b = ? - 1", "\"odd?\" = $1 -- why?\nAND b = $2 - 1"),
            ("a = 'open ?", "a = 'open ?"),
        ] {
            assert_eq!(numbered(sql), expected);
        }
    }
}
