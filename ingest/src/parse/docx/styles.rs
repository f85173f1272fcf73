//! Paragraph styles: which are headings, titles or list items.

use std::collections::HashMap;

use models::Language;

use crate::parse::xml::{self, Element};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Role {
    #[default]
    Text,
    Title,
    /// From 1.
    Heading(u8),
    ListItem,
    Code,
    /// Tables of contents repeat the headings.
    Contents,
}

#[derive(Debug, Default)]
pub(super) struct Style {
    pub role: Role,
    /// The list and level that the style gives its paragraphs.
    pub numbering: Option<(String, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct Styles {
    styles: HashMap<String, Style>,
    pub language: Option<Language>,
}

impl Styles {
    pub(super) fn read(bytes: Option<&[u8]>) -> Self {
        let Some(root) = bytes.and_then(|bytes| xml::tree(bytes).ok()) else { return Self::default() };
        let raw: HashMap<&str, &Element> =
            root.all("style").filter_map(|style| Some((style.attribute("styleId")?, style))).collect();
        let styles = raw.keys().map(|id| ((*id).to_owned(), resolve(id, &raw))).collect();
        let language = root
            .child("docDefaults")
            .and_then(|defaults| defaults.child("rPrDefault")?.child("rPr")?.value("lang"))
            .map(Language::from_tag);
        Self { styles, language }
    }

    /// A style that the file does not define is judged by its id, which Word derives from its English name.
    pub(super) fn role(&self, id: &str) -> Role {
        self.styles.get(id).map_or_else(|| by_name(id).unwrap_or_default(), |style| style.role)
    }

    pub(super) fn numbering(&self, id: &str) -> Option<&(String, usize)> {
        self.styles.get(id)?.numbering.as_ref()
    }
}

/// Follows `basedOn` until something is known.
fn resolve(id: &str, raw: &HashMap<&str, &Element>) -> Style {
    let mut style = Style::default();
    let mut role = None;
    let mut next = Some(id);
    // Styles that are based on each other in a circle must not hang the parser.
    for _ in 0..20 {
        let Some(element) = next.and_then(|id| raw.get(id)) else { break };
        let properties = element.child("pPr");
        role = role.or_else(|| element.value("name").and_then(by_name)).or_else(|| {
            let level: u8 = properties?.value("outlineLvl")?.parse().ok()?;
            (level < 9).then_some(Role::Heading(level + 1))
        });
        style.numbering = style.numbering.or_else(|| properties.and_then(numbering));
        next = element.value("basedOn");
    }
    style.role = role.unwrap_or_default();
    style
}

/// The list and level of a paragraph's properties. List 0 takes the paragraph out of its style's list.
pub(super) fn numbering(properties: &Element) -> Option<(String, usize)> {
    let numbering = properties.child("numPr")?;
    let level = numbering.value("ilvl").and_then(|level| level.parse().ok()).unwrap_or(0);
    Some((numbering.value("numId")?.to_owned(), level))
}

fn by_name(name: &str) -> Option<Role> {
    let name: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    for prefix in ["heading", "titre", "berschrift", "überschrift", "ttulo", "título", "titolo", "rubrik", "kop"] {
        if let Some(level) = name.strip_prefix(prefix).and_then(|level| level.parse::<u8>().ok()) {
            return (1..=9).contains(&level).then_some(Role::Heading(level));
        }
    }
    Some(match name.as_str() {
        "title" | "titre" => Role::Title,
        "sourcecode" | "code" | "htmlpreformatted" | "verbatim" => Role::Code,
        _ if name.starts_with("toc") && name.len() <= 5 && name != "toc" => Role::Contents,
        _ if name.starts_with("tablematire") || name.starts_with("tm") && name.len() == 3 => Role::Contents,
        _ if name.starts_with("listparagraph") || name.starts_with("paragraphedeliste") => return None,
        _ if name.starts_with("listbullet") || name.starts_with("listnumber") || name.starts_with("listepuces") => {
            Role::ListItem
        }
        _ => return None,
    })
}
