//! What a document says about itself on purpose: front matter in Markdown, `<meta>` elements in HTML.

use jiff::civil::Date;
use models::{Collection, Grant, Language};

use super::dates;

#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Metadata {
    pub title: Option<String>,
    pub language: Option<Language>,
    pub date: Option<Date>,
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
    pub supersedes: Option<String>,
    pub audience: Option<Vec<Grant>>,
    /// What stands as audience without naming one grant: opening the document to everyone would be a guess.
    pub unknown_audience: Option<String>,
    pub collection: Option<Collection>,
}

impl Metadata {
    /// Takes a value where the key is known and the value can be read; a document is not refused for its metadata.
    pub(crate) fn set(&mut self, key: &str, values: &[String]) {
        let Some(first) = values.first().filter(|value| !value.is_empty()) else { return };
        match key.to_lowercase().replace('-', "_").as_str() {
            "title" => self.title = Some(first.clone()),
            "language" | "lang" => self.language = Some(Language::from_tag(first)),
            "date" | "updated" | "last_updated" | "lastmod" => self.date = dates::parse(first).or(self.date),
            "valid_from" => self.valid_from = dates::parse(first),
            "valid_until" => self.valid_until = dates::parse(first),
            "supersedes" => self.supersedes = Some(first.clone()),
            "audience" => {
                let grants: Vec<Grant> = values
                    .iter()
                    .flat_map(|value| value.split(','))
                    .filter_map(|value| value.trim().parse().ok())
                    .collect();
                self.unknown_audience = grants.is_empty().then(|| values.join(", "));
                self.audience = Some(grants).filter(|grants| !grants.is_empty());
            }
            "collection" => self.collection = first.parse().ok(),
            _ => {}
        }
    }
}

/// Splits YAML front matter from the text behind it. Reads the flat part of YAML: `key: value`, `key: [a, b]`, and
/// lists of `- value`.
pub(crate) fn front_matter(text: &str) -> (Metadata, &str) {
    let mut metadata = Metadata::default();
    let text = text.trim_start_matches('\u{feff}');
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return (metadata, text);
    };
    let Some((header, body)) = split_at_fence(rest) else { return (metadata, text) };
    let mut key = String::new();
    let mut values: Vec<String> = Vec::new();
    for line in header.lines() {
        if let Some(item) = line.trim_start().strip_prefix("- ") {
            values.push(scalar(item));
            continue;
        }
        if line.starts_with([' ', '\t', '#']) {
            continue;
        }
        if let Some((name, value)) = line.split_once(':') {
            metadata.set(&key, &values);
            name.trim().clone_into(&mut key);
            values = list(value.trim());
        }
    }
    metadata.set(&key, &values);
    (metadata, body)
}

fn split_at_fence(text: &str) -> Option<(&str, &str)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((&text[..start], &text[start + line.len()..]));
        }
        start += line.len();
    }
    None
}

fn list(value: &str) -> Vec<String> {
    match value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(inner) => inner.split(',').map(scalar).filter(|item| !item.is_empty()).collect(),
        None if value.is_empty() => Vec::new(),
        None => vec![scalar(value)],
    }
}

fn scalar(value: &str) -> String {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    value.split(" #").next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_matter_is_read_and_removed() {
        let (metadata, body) = front_matter(
            "---\ntitle: \"Absences: les règles\"\nlang: fr\ndate: 2026-06-15 # draft\nvalid_from: 2026-09-01\n\
             audience: [role:staff, 'role:student']\nsupersedes: absences-2025.pdf\ntags:\n  - a\ncollection: policies\n\
             ---\n# Absences\n",
        );
        assert_eq!(body, "# Absences\n");
        assert_eq!(metadata.title.as_deref(), Some("Absences: les règles"));
        assert_eq!(metadata.language, Some(Language::Fr));
        assert_eq!(metadata.date, Some(jiff::civil::date(2026, 6, 15)));
        assert_eq!(metadata.valid_from, Some(jiff::civil::date(2026, 9, 1)));
        assert_eq!(metadata.audience.map(|grants| grants.len()), Some(2));
        assert_eq!(metadata.supersedes.as_deref(), Some("absences-2025.pdf"));
        assert_eq!(metadata.collection, "policies".parse().ok());
    }

    #[test]
    fn a_rule_is_not_front_matter() {
        for text in ["---\nno end", "text\n---\n", "--- \n"] {
            assert_eq!(front_matter(text), (Metadata::default(), text));
        }
        let (metadata, _) = front_matter("---\naudience:\n- role:staff\n- not a grant\n---\n");
        assert_eq!(metadata.audience.map(|grants| grants.len()), Some(1));
        let (metadata, _) = front_matter("---\naudience: staff\n---\n");
        assert_eq!((metadata.audience, metadata.unknown_audience.as_deref()), (None, Some("staff")));
    }
}
