//! DOCX: paragraphs with their styles, numbered and bulleted lists, tables, notes; what was deleted or hidden is not
//! read.

mod body;
mod numbering;
mod styles;

use jiff::civil::Date;
use models::Language;

use self::{body::Body, numbering::Numbering, styles::Styles};
use super::{Limits, Reject, archive::Archive, dates, draft::Draft, xml};

const KIND: &str = "a Word document (DOCX)";

/// # Errors
/// The file is damaged, protected, not a Word document, or too large.
pub(crate) fn parse(bytes: Vec<u8>, limits: &Limits) -> Result<Draft, Reject> {
    let mut archive = Archive::open(bytes, KIND, limits)?;
    let main = main_part(&mut archive)?;
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let Some(document) = archive.read(&main)? else {
        return Err(Reject::failed(format!("The file is named like one but is not {KIND}: check its format.")));
    };
    let mut part = |name: &str| archive.read(&format!("{folder}/{name}"));
    let styles = Styles::read(part("styles.xml")?.as_deref());
    let numbering = Numbering::read(part("numbering.xml")?.as_deref());
    let mut body = Body::new(&styles, numbering);
    body.notes("footnote", part("footnotes.xml")?.as_deref());
    body.notes("endnote", part("endnotes.xml")?.as_deref());
    body.read(&document).map_err(|xml::Broken| {
        Reject::failed("The document is damaged: open it in Word, save it again and upload it.")
    })?;
    let properties = properties(&mut archive)?;
    let (blocks, title) = body.finish();
    Ok(Draft {
        blocks,
        title: properties.title.or(title),
        date: properties.date,
        language: styles.language.or(properties.language),
        ..Draft::default()
    })
}

/// `word/document.xml`, unless the package says otherwise.
fn main_part(archive: &mut Archive) -> Result<String, Reject> {
    let usual = "word/document.xml".to_owned();
    if archive.contains(&usual) {
        return Ok(usual);
    }
    let Some(relations) = archive.read("_rels/.rels")?.and_then(|bytes| xml::tree(&bytes).ok()) else {
        return Ok(usual);
    };
    let target = relations
        .all("Relationship")
        .find(|relation| relation.attribute("Type").is_some_and(|kind| kind.ends_with("/officeDocument")))
        .and_then(|relation| relation.attribute("Target"));
    Ok(target.map_or(usual, |target| target.trim_start_matches('/').to_owned()))
}

/// What an office file says about itself in `docProps/core.xml`.
#[derive(Debug, Default)]
pub(crate) struct Properties {
    pub title: Option<String>,
    pub date: Option<Date>,
    pub language: Option<Language>,
}

/// # Errors
/// The archive cannot be unpacked. Properties that are missing or broken are none.
pub(crate) fn properties(archive: &mut Archive) -> Result<Properties, Reject> {
    let Some(core) = archive.read("docProps/core.xml")?.and_then(|bytes| xml::tree(&bytes).ok()) else {
        return Ok(Properties::default());
    };
    let text =
        |name: &str| core.child(name).map(|child| child.content().trim().to_owned()).filter(|text| !text.is_empty());
    let date = |name: &str| text(name).and_then(|text| dates::parse(&text));
    Ok(Properties {
        title: text("title").filter(|title| is_telling(title)),
        date: date("modified").or_else(|| date("created")),
        language: text("language").map(|tag| Language::from_tag(&tag)),
    })
}

/// Whether a title in a file's metadata names the document rather than the program or the template.
pub(crate) fn is_telling(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let named_by_program = [
        "microsoft word",
        "microsoft powerpoint",
        "microsoft excel",
        "untitled",
        "sans titre",
        "document1",
        "document 1",
        "powerpoint presentation",
        "présentation powerpoint",
        "title",
        "titre",
        "template",
        "normal.dot",
        "word document",
    ];
    let extensions =
        [".doc", ".docx", ".dot", ".dotx", ".pdf", ".tex", ".dvi", ".indd", ".odt", ".rtf", ".xls", ".xlsx"];
    lower.chars().filter(|c| c.is_alphabetic()).count() >= 3
        && lower.chars().count() <= 200
        && !named_by_program
            .iter()
            .any(|name| lower == *name || (name.starts_with("microsoft") && lower.starts_with(name)))
        && !extensions.iter().any(|extension| lower.ends_with(extension))
}

#[cfg(test)]
mod tests;
