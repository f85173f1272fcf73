//! Numbers that Word draws in front of paragraphs: people cite "article 3", so the text must have them.

use std::collections::HashMap;

use crate::parse::xml;

#[derive(Debug, Clone)]
struct Level {
    start: u32,
    format: String,
    /// `%1.%2` stands for the numbers of the first two levels.
    text: String,
}

#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// List to its definition.
    lists: HashMap<String, String>,
    definitions: HashMap<String, Vec<Level>>,
    /// Where a list restarts a level of its definition.
    starts: HashMap<(String, usize), u32>,
    /// Of each definition, the number last given per level.
    counters: HashMap<String, Vec<Option<u32>>>,
}

const MAX_LEVELS: usize = 9;

impl Numbering {
    pub(super) fn read(bytes: Option<&[u8]>) -> Self {
        let Some(root) = bytes.and_then(|bytes| xml::tree(bytes).ok()) else { return Self::default() };
        let mut numbering = Self::default();
        for definition in root.all("abstractNum") {
            let Some(id) = definition.attribute("abstractNumId") else { continue };
            let mut levels = Vec::new();
            for level in definition.all("lvl").take(MAX_LEVELS) {
                levels.push(Level {
                    start: level.value("start").and_then(|start| start.parse().ok()).unwrap_or(1),
                    format: level.value("numFmt").unwrap_or("decimal").to_owned(),
                    text: level.value("lvlText").unwrap_or_default().to_owned(),
                });
            }
            numbering.definitions.insert(id.to_owned(), levels);
        }
        for list in root.all("num") {
            let (Some(id), Some(definition)) = (list.attribute("numId"), list.value("abstractNumId")) else { continue };
            numbering.lists.insert(id.to_owned(), definition.to_owned());
            for change in list.all("lvlOverride") {
                let level = change.attribute("ilvl").and_then(|level| level.parse().ok());
                let start = change.value("startOverride").and_then(|start| start.parse().ok());
                if let (Some(level), Some(start)) = (level, start) {
                    numbering.starts.insert((id.to_owned(), level), start);
                }
            }
        }
        numbering
    }

    /// The label of the next paragraph of this list; `None` for a bullet.
    pub(super) fn next(&mut self, list: &str, level: usize) -> Option<String> {
        let definition = self.lists.get(list)?;
        let levels = self.definitions.get(definition)?;
        let own = levels.get(level)?;
        let counters = self.counters.entry(definition.clone()).or_insert_with(|| vec![None; MAX_LEVELS]);
        // An override counts once, at the first paragraph of its list.
        let restart = self.starts.remove(&(list.to_owned(), level));
        let number = match (restart, counters[level]) {
            (Some(start), _) => start,
            (None, Some(count)) => count.saturating_add(1),
            (None, None) => own.start,
        };
        counters[level] = Some(number);
        for deeper in &mut counters[level + 1..] {
            *deeper = None;
        }
        if matches!(own.format.as_str(), "bullet" | "none") {
            return None;
        }
        let mut label = own.text.clone();
        for (index, level) in levels.iter().enumerate().take(level + 1) {
            let number = counters[index].unwrap_or(level.start);
            label = label.replace(&format!("%{}", index + 1), &written(number, &level.format));
        }
        Some(label.trim().to_owned()).filter(|label| !label.is_empty())
    }
}

fn written(number: u32, format: &str) -> String {
    match format {
        "lowerLetter" => letters(number),
        "upperLetter" => letters(number).to_uppercase(),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperRoman" => roman(number),
        "decimalZero" => format!("{number:02}"),
        _ => number.to_string(),
    }
}

/// a … z, aa, bb, as Word counts.
fn letters(number: u32) -> String {
    let index = number.saturating_sub(1);
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or(0));
    std::iter::repeat_n(letter, (index / 26 + 1).min(10) as usize).collect()
}

fn roman(mut number: u32) -> String {
    const VALUES: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if number > 3999 {
        return number.to_string();
    }
    let mut out = String::new();
    for (value, text) in VALUES {
        while number >= value {
            out.push_str(text);
            number -= value;
        }
    }
    out
}
