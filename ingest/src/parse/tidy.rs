//! Characters as a reader sees them: composed, without ligatures, control characters or stray spaces.

use unicode_normalization::UnicodeNormalization;

/// One line: whitespace runs become one space, the ends are trimmed.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.nfc() {
        if is_space(c) {
            space = true;
            continue;
        }
        let Some(kept) = keep(c) else { continue };
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        kept.push_to(&mut out);
    }
    out
}

/// Several lines: their breaks and indentation are kept, trailing spaces and outer empty lines are not.
pub(crate) fn code(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut out = String::with_capacity(line.len());
            for c in line.nfc() {
                if is_space(c) {
                    out.push(' ');
                } else if let Some(kept) = keep(c) {
                    kept.push_to(&mut out);
                }
            }
            out.truncate(out.trim_end().len());
            out
        })
        .collect();
    let first = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let last = lines.iter().rposition(|line| !line.is_empty()).map_or(first, |last| last + 1);
    lines[first..last].join("\n")
}

/// Joins two pieces of a paragraph that stood on two lines; a word that was divided at the line's end becomes whole.
/// `is_word` says whether the document has this word elsewhere.
pub(crate) fn join(text: &mut String, next: &str, is_word: impl Fn(&str) -> bool) {
    let next = next.trim_start();
    if next.is_empty() {
        return;
    }
    match divided(text, next, is_word) {
        Division::None => {
            if !text.is_empty() && !text.ends_with(char::is_whitespace) {
                text.push(' ');
            }
        }
        Division::Compound => {}
        Division::Word => {
            text.pop();
        }
    }
    text.push_str(next);
}

enum Division {
    None,
    /// The hyphen belongs to the word: `peut-être`.
    Compound,
    Word,
}

/// First parts after which a hyphen stays, unless the document shows otherwise.
const FIRST: [&str; 24] = [
    "peut", "rendez", "vice", "ex", "non", "demi", "semi", "mi", "sous", "après", "avant", "quelques", "celui",
    "celle", "ceux", "celles", "self", "well", "co", "part", "full", "long", "short", "e",
];
/// Second parts before which a hyphen stays.
const SECOND: [&str; 20] = [
    "ci", "là", "vous", "nous", "moi", "toi", "je", "tu", "il", "elle", "on", "ils", "elles", "même", "mêmes", "être",
    "dire", "t", "ce", "up",
];

fn divided(text: &str, next: &str, is_word: impl Fn(&str) -> bool) -> Division {
    let Some(stem) = text.strip_suffix(['-', '\u{2010}', '\u{ad}']) else { return Division::None };
    let letter = |c: char| c.is_alphabetic() || c == '’' || c == '\'';
    let first: String = stem.rsplit(|c| !letter(c)).next().unwrap_or_default().to_lowercase();
    let second: String = next.chars().take_while(|c| c.is_alphabetic()).collect();
    if first.is_empty() || !second.starts_with(char::is_lowercase) {
        // `2025-` + `2026`, `Franco-` + `Allemand`: the hyphen is part of the word; ` - ` is a dash.
        let joins = stem.ends_with(char::is_alphanumeric) && next.starts_with(char::is_alphanumeric);
        return if joins { Division::Compound } else { Division::None };
    }
    if text.ends_with('\u{ad}') {
        return Division::Word;
    }
    if is_word(&format!("{first}{second}")) {
        return Division::Word;
    }
    let compound = is_word(&format!("{first}-{second}"))
        || FIRST.contains(&first.as_str())
        || SECOND.contains(&second.as_str())
        || stem.chars().rev().take_while(|c| letter(*c) || *c == '-').any(|c| c == '-');
    if compound { Division::Compound } else { Division::Word }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{3164}' | '\u{b}')
}

enum Kept {
    One(char),
    Some(&'static str),
}

impl Kept {
    fn push_to(self, out: &mut String) {
        match self {
            Self::One(c) => out.push(c),
            Self::Some(text) => out.push_str(text),
        }
    }
}

fn keep(c: char) -> Option<Kept> {
    Some(match c {
        '\u{fb00}' => Kept::Some("ff"),
        '\u{fb01}' => Kept::Some("fi"),
        '\u{fb02}' => Kept::Some("fl"),
        '\u{fb03}' => Kept::Some("ffi"),
        '\u{fb04}' => Kept::Some("ffl"),
        '\u{fb05}' | '\u{fb06}' => Kept::Some("st"),
        // Bullets of Symbol and Wingdings.
        '\u{f0b7}' | '\u{f0a7}' | '\u{f0d8}' | '\u{f076}' => Kept::One('•'),
        '\u{2010}' | '\u{2011}' => Kept::One('-'),
        // Soft hyphens, joiners, marks of direction, byte order marks, replacement characters, private use.
        '\u{ad}'
        | '\u{200c}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fffd}'
        | '\u{fffe}'
        | '\u{ffff}'
        | '\u{e000}'..='\u{f8ff}' => return None,
        c if c.is_control() => return None,
        c => Kept::One(c),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_composed_and_trimmed() {
        for (input, expected) in [
            ("  e\u{301}le\u{300}ve \n\t absent ", "élève absent"),
            ("e\u{fb03}cace \u{fb01}n", "efficace fin"),
            ("délai\u{a0}: 3\u{202f}jours", "délai : 3 jours"),
            ("a\u{0}b\u{feff}c\u{ad}d", "abcd"),
            ("\u{f0b7} premier", "• premier"),
            ("\u{200b}", ""),
        ] {
            assert_eq!(line(input), expected, "{input:?}");
        }
        assert_eq!(code("\n\n  if x:\t\r\n      y  \n\n"), "  if x:\n      y");
    }

    #[test]
    fn divided_words_become_whole() {
        let known = |word: &str| ["télétravail", "mi-temps"].contains(&word);
        for (first, second, expected) in [
            ("inscrip-", "tion", "inscription"),
            ("le peut-", "être", "le peut-être"),
            ("télé-", "travail", "télétravail"),
            ("mi-", "temps", "mi-temps"),
            ("c’est-à-", "dire", "c’est-à-dire"),
            ("2025-", "2026", "2025-2026"),
            ("deux lignes", "simples", "deux lignes simples"),
            ("un tiret -", "puis", "un tiret - puis"),
            ("Seine-", "Maritime", "Seine-Maritime"),
        ] {
            let mut text = first.to_owned();
            join(&mut text, second, known);
            assert_eq!(text, expected);
        }
    }
}
