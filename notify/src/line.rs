//! What people typed, made fit for one line of a mail.

use std::borrow::Cow;

/// `text` on one line: control and direction-changing characters become spaces, runs of spaces one, at most `longest`
/// characters.
pub(crate) fn one_line(text: &str, longest: usize) -> Cow<'_, str> {
    let clean = text.len() <= longest && !text.contains(unfit) && !text.contains("  ") && text.trim() == text;
    if clean {
        return Cow::Borrowed(text);
    }
    let spaced = text.replace(unfit, " ");
    let mut line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > longest {
        line = line.chars().take(longest - 1).chain(['…']).collect();
    }
    Cow::Owned(line)
}

/// A person's name for a greeting, unless it is one that advertises: mail programs make links of addresses in names, and
/// anybody may register with anybody's address.
pub(crate) fn greeting_name(name: &str) -> Option<Cow<'_, str>> {
    let name = one_line(name, 80);
    let like_an_address = name.contains(['/', ':', '@', '\\']) || name.to_lowercase().contains("www.");
    let dotted = name.split(' ').any(|word| {
        word.split_once('.').is_some_and(|(before, after)| before.len() > 2 && after.chars().any(char::is_alphanumeric))
    });
    (!name.is_empty() && !like_an_address && !dotted).then_some(name)
}

/// Control characters, line and paragraph separators, bidirectional overrides and isolates, zero-width joints at which
/// spoofing hides.
fn unfit(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_text() {
        let check = |text: &str, expect: &str| assert_eq!(one_line(text, 12), expect, "{text:?}");
        check("Lycée Hugo", "Lycée Hugo");
        check("a\r\nBcc: b", "a Bcc: b");
        check("  a \u{202e} b\0c ", "a b c");
        check("abcdefghijkl", "abcdefghijkl");
        check("abcdefghijklm", "abcdefghijk…");
        check("éééééééééééé", "éééééééééééé");
        check("ééééééééééééé", "ééééééééééé…");
        check("", "");
    }

    #[test]
    fn names_that_advertise_are_not_greeted() {
        let check = |name: &str, expect: Option<&str>| assert_eq!(greeting_name(name).as_deref(), expect, "{name:?}");
        check("Léa Martin", Some("Léa Martin"));
        check("J.-P. O'Neil", Some("J.-P. O'Neil"));
        check("Dr. Martin", Some("Dr. Martin"));
        check("", None);
        check("win at casino.example", None);
        check("https://evil.example", None);
        check("www.evil", None);
        check("a@evil.example", None);
    }
}
