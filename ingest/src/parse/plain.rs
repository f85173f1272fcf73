//! Plain text: paragraphs between empty lines, headings by their underline or capitals, list items by their mark.

use models::BlockKind;

use super::{draft::Draft, tidy};

pub(crate) fn parse(text: &str) -> Draft {
    let mut draft = Draft::default();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut paragraph: Vec<&str> = Vec::new();
    let mut wrapped = Wrapped::of(&lines);
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            wrapped.flush(&mut draft, &mut paragraph);
            continue;
        }
        if let Some(level) = lines.peek().and_then(|next| underline(trimmed, next.trim()))
            && list_mark(trimmed).is_none()
        {
            wrapped.flush(&mut draft, &mut paragraph);
            draft.push(BlockKind::Heading { level }, trimmed);
            lines.next();
            continue;
        }
        if is_rule(trimmed) {
            wrapped.flush(&mut draft, &mut paragraph);
            continue;
        }
        if list_mark(trimmed).is_some() {
            wrapped.flush(&mut draft, &mut paragraph);
        }
        paragraph.push(line);
    }
    wrapped.flush(&mut draft, &mut paragraph);
    draft
}

/// Whether the file breaks its lines at a fixed width, so that lines of a paragraph belong together.
struct Wrapped {
    width: usize,
}

impl Wrapped {
    fn of(lines: &[&str]) -> Self {
        let mut widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).filter(|&width| width > 0).collect();
        widths.sort_unstable();
        Self { width: widths.get(widths.len() * 9 / 10).copied().unwrap_or(0) }
    }

    fn flush(&mut self, draft: &mut Draft, paragraph: &mut Vec<&str>) {
        let lines = std::mem::take(paragraph);
        let mut text = String::new();
        for (index, line) in lines.iter().enumerate() {
            // A line that ended early did so on purpose: an address, a verse, a list without marks.
            let previous = index.checked_sub(1).map(|previous| lines[previous].chars().count());
            let early = previous.is_some_and(|width| width * 10 < self.width * 6 || self.width > 200);
            if early {
                emit(draft, &std::mem::take(&mut text));
            }
            tidy::join(&mut text, line.trim(), |_| false);
        }
        emit(draft, &text);
    }
}

fn emit(draft: &mut Draft, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(rest) = list_mark(text) {
        draft.push(BlockKind::ListItem, rest);
    } else if is_shouted(text) {
        draft.push(BlockKind::Heading { level: 2 }, text);
    } else {
        draft.push(BlockKind::Paragraph, text);
    }
}

fn underline(line: &str, next: &str) -> Option<u8> {
    let long_enough = next.len() >= 3 && next.len() + 3 >= line.chars().count() && line.chars().count() <= 120;
    let all = |mark: char| next.chars().all(|c| c == mark);
    if long_enough && all('=') {
        Some(1)
    } else if long_enough && (all('-') || all('~')) {
        Some(2)
    } else {
        None
    }
}

fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.chars().all(|c| matches!(c, '-' | '=' | '_' | '*' | '~' | '#' | '+' | '.'))
}

fn is_shouted(text: &str) -> bool {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).collect();
    (4..=80).contains(&letters.len()) && letters.iter().all(|c| c.is_uppercase()) && !text.ends_with(['.', ';', ','])
}

/// The text behind a bullet or a dash. Numbers stay in the text: people cite "article 3".
pub(crate) fn list_mark(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let mark = chars.next()?;
    let rest = chars.as_str();
    match mark {
        '•' | '◦' | '▪' | '■' | '●' | '○' | '‣' | '➢' | '✓' | '❖' | '➔' | '\u{f0b7}' | '\u{f0a7}' | '\u{f0d8}' => {
            Some(rest.trim_start())
        }
        '-' | '–' | '—' | '*' if rest.starts_with(char::is_whitespace) => Some(rest.trim_start()),
        _ => None,
    }
}

/// Whether the text begins like an item of a numbered list: `1.`, `2)`, `a)`, `iv.`.
pub(crate) fn is_numbered(text: &str) -> bool {
    let Some((number, rest)) = text.split_once([' ', '\u{a0}', '\t']) else { return false };
    let Some(body) = number.strip_suffix(['.', ')', '°']).or_else(|| number.strip_suffix("°)")) else { return false };
    let body = body.trim_start_matches('(');
    !rest.trim().is_empty()
        && !body.is_empty()
        && body.len() <= 5
        && (body.chars().all(|c| c.is_ascii_digit() || c == '.')
            || (body.chars().count() == 1 && body.chars().all(char::is_alphabetic))
            || body.chars().all(|c| matches!(c, 'i' | 'v' | 'x' | 'I' | 'V' | 'X')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_is_found_in_plain_lines() {
        let draft = parse(
            "Règlement\n=========\n\nLes élèves doivent arriver avant huit heures et présenter leur car-\nte à \
             l'entrée du bâtiment principal de l'école.\n\nHORAIRES\n\n- lundi\n- mardi\n----\nfin",
        );
        let blocks: Vec<(BlockKind, &str)> =
            draft.blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
        assert_eq!(
            blocks,
            [
                (BlockKind::Heading { level: 1 }, "Règlement"),
                (
                    BlockKind::Paragraph,
                    "Les élèves doivent arriver avant huit heures et présenter leur carte à l'entrée du bâtiment \
                     principal de l'école."
                ),
                (BlockKind::Heading { level: 2 }, "HORAIRES"),
                (BlockKind::ListItem, "lundi"),
                (BlockKind::ListItem, "mardi"),
                (BlockKind::Paragraph, "fin"),
            ]
        );
    }

    #[test]
    fn numbers_of_lists() {
        for (text, expected) in [
            ("1. one", true),
            ("a) one", true),
            ("(2) two", true),
            ("2024 was", false),
            ("1.", false),
            ("No. 5", false),
        ] {
            assert_eq!(is_numbered(text), expected, "{text}");
        }
    }
}
