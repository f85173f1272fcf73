//! Small Word documents, part by part.

use models::BlockKind;

use super::*;
use crate::parse::tests::archive;

const STYLES: &str = r#"<w:styles xmlns:w="w"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="fr-FR"/></w:rPr></w:rPrDefault></w:docDefaults>
<w:style w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:styleId="Titre1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="Titre1"/></w:style>
<w:style w:styleId="Loop"><w:name w:val="Loop"/><w:basedOn w:val="Loop"/></w:style></w:styles>"#;
const NUMBERING: &str = r#"<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Article %1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1%2)"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl></w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>"#;
const NOTES: &str = r#"<w:footnotes xmlns:w="w"><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>—</w:t></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>La note.</w:t></w:r></w:p></w:footnote></w:footnotes>"#;
const CORE: &str = r#"<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t"><dc:title>Document1</dc:title><dcterms:modified>2026-06-15T08:00:00Z</dcterms:modified></cp:coreProperties>"#;

fn read(body: &str) -> Draft {
    let document = format!(r#"<w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#);
    let bytes = archive(&[
        ("word/document.xml", document.as_bytes()),
        ("word/styles.xml", STYLES.as_bytes()),
        ("word/numbering.xml", NUMBERING.as_bytes()),
        ("word/footnotes.xml", NOTES.as_bytes()),
        ("docProps/core.xml", CORE.as_bytes()),
    ]);
    parse(bytes, &Limits::default()).expect("a document")
}

fn check(body: &str, expected: &[(BlockKind, &str)]) {
    let draft = read(body);
    let blocks: Vec<(BlockKind, &str)> = draft.blocks.iter().map(|block| (block.kind, block.text.trim())).collect();
    assert_eq!(blocks, expected, "{body}");
}

/// A paragraph of this style.
fn styled(style: &str, text: &str) -> String {
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#)
}

fn item(list: u8, level: u8, text: &str) -> String {
    format!(
        r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
    )
}

fn cell(properties: &str, text: &str) -> String {
    format!("<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>")
}

#[test]
fn styles_make_headings() {
    check(
        &[styled("T", "Charte"), styled("Titre1", "Horaires"), styled("Mine", "Repas"), styled("Loop", "Texte")]
            .concat(),
        &[
            (BlockKind::Heading { level: 1 }, "Charte"),
            (BlockKind::Heading { level: 1 }, "Horaires"),
            (BlockKind::Heading { level: 1 }, "Repas"),
            (BlockKind::Paragraph, "Texte"),
        ],
    );
    let draft = read(&styled("T", "Charte"));
    assert_eq!(draft.title.as_deref(), Some("Charte"));
    assert_eq!(draft.date, Some(jiff::civil::date(2026, 6, 15)));
    check(
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Contacts</w:t></w:r></w:p><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Gras.</w:t></w:r></w:p>",
        &[(BlockKind::Heading { level: 2 }, "Contacts"), (BlockKind::Paragraph, "Gras.")],
    );
}

#[test]
fn lists_keep_their_numbers() {
    check(
        &[item(1, 0, "un"), item(1, 1, "deux"), item(1, 1, "trois"), item(1, 0, "quatre"), item(2, 0, "cinq")].concat(),
        &[
            (BlockKind::ListItem, "Article 1. un"),
            (BlockKind::ListItem, "1a) deux"),
            (BlockKind::ListItem, "1b) trois"),
            (BlockKind::ListItem, "Article 2. quatre"),
            (BlockKind::ListItem, "cinq"),
        ],
    );
}

#[test]
fn deleted_and_hidden_text_is_not_read() {
    check(
        "<w:p><w:r><w:t>Le prix est </w:t></w:r><w:del><w:r><w:delText>10 €</w:delText></w:r></w:del><w:ins><w:r>\
         <w:t>12 €</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r><w:r><w:footnoteReference \
         w:id=\"2\"/></w:r></w:p>",
        &[(BlockKind::Paragraph, "Le prix est 12 €"), (BlockKind::Paragraph, "La note.")],
    );
}

#[test]
fn tables_become_labelled_rows() {
    let body = format!(
        "<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr><w:tr><w:trPr><w:del/>\
         </w:trPr>{}</w:tr></w:tbl>",
        cell("", "Jour"),
        cell("", "Heure"),
        cell("<w:vMerge w:val=\"restart\"/>", "lundi"),
        cell("", "8 h"),
        cell("<w:vMerge/>", ""),
        cell("", "13 h"),
        cell("", "supprimé"),
    );
    check(
        &body,
        &[(BlockKind::TableRow, "Jour: lundi | Heure: 8 h"), (BlockKind::TableRow, "Jour: lundi | Heure: 13 h")],
    );
    let frame = format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell("", "Encadré"));
    check(&frame, &[(BlockKind::Paragraph, "Encadré")]);
}

#[test]
fn titles_of_programs_are_none() {
    for (title, expected) in [
        ("Règlement intérieur", true),
        ("Microsoft Word - a.doc", false),
        ("untitled", false),
        ("x.pdf", false),
        ("12", false),
    ] {
        assert_eq!(is_telling(title), expected, "{title}");
    }
}
