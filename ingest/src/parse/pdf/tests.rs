//! Small PDF files, read by every engine that this machine has.

use std::fmt::Write;

use models::{Block, BlockKind};

use super::*;

/// Text at a place: x, y from the bottom, size, bold, words.
type Text<'a> = (f32, f32, f32, bool, &'a str);

/// A PDF whose pages hold these texts; a page without any shows a picture.
fn pdf(pages: &[Vec<Text<'_>>]) -> Vec<u8> {
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        String::new(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>".to_owned(),
        "<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>stream\nx\n\
         endstream"
            .to_owned(),
    ];
    objects.push("<</Title(Sample title)/ModDate(D:20260615)>>".to_owned());
    let mut kids = String::new();
    for texts in pages {
        let mut content = String::new();
        for (x, y, size, bold, words) in texts {
            let words = words.replace('(', "\\(").replace(')', "\\)");
            let font = if *bold { "B" } else { "F" };
            let _ = write!(content, "BT /{font} {size} Tf {x} {y} Td ({words}) Tj ET ");
        }
        let picture = if texts.is_empty() { "/XObject<</P 5 0 R>>" } else { "" };
        if texts.is_empty() {
            content = "595 0 0 842 0 0 cm /P Do".to_owned();
        }
        let page = objects.len() + 1;
        let _ = write!(kids, "{page} 0 R ");
        objects.push(format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R/B 4 0 R>>{picture}>>\
             /Contents {} 0 R>>",
            page + 1
        ));
        objects.push(format!("<</Length {}>>stream\n{content}\nendstream", content.chars().count()));
    }
    objects[1] = format!("<</Type/Pages/Count {}/Kids[{kids}]>>", pages.len());
    file(&objects, "/Info 6 0 R")
}

/// A file of these objects, numbered from 1; the first is the catalogue.
fn file(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(latin(&format!("{} 0 obj{object}endobj\n", index + 1)));
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", offsets.len() + 1).bytes());
    for offset in &offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    out.extend(
        format!("trailer<</Size {}/Root 1 0 R{trailer}>>\nstartxref\n{table}\n%%EOF", offsets.len() + 1).bytes(),
    );
    out
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect()
}

/// What each engine of this machine makes of a file.
fn read(bytes: &[u8]) -> Vec<Result<Draft, Reject>> {
    let limits = Limits::default();
    let mut files = vec![fallback::read(bytes, &limits)];
    files.extend(pdfium::library().map(|library| pdfium::read(library, bytes, &limits)));
    files.into_iter().map(|file| draft(file?)).collect()
}

fn check(pages: &[Vec<Text<'_>>], expected: &[(BlockKind, &str, u32)]) {
    for draft in read(&pdf(pages)) {
        let draft = draft.expect("text");
        let kinds = |block: &Block| (block.kind, block.text.clone(), block.page.expect("a page"));
        let blocks: Vec<(BlockKind, String, u32)> = draft.blocks.iter().map(kinds).collect();
        let blocks: Vec<(BlockKind, &str, u32)> =
            blocks.iter().map(|(kind, text, page)| (*kind, text.as_str(), *page)).collect();
        assert_eq!(blocks, expected);
    }
}

const PROSE: [&str; 6] = [
    "The school opens its doors at eight in the morn-",
    "ing and closes them at six in the evening, from",
    "Monday to Friday. Pupils who arrive late go to the",
    "office first, where they are given a note for their",
    "teacher. Nobody may leave the premises during the",
    "day without a note that is signed by a parent.",
];
const PROSE_TEXT: &str = "The school opens its doors at eight in the morning and closes them at six in the evening, from \
     Monday to Friday. Pupils who arrive late go to the office first, where they are given a note for their teacher. \
     Nobody may leave the premises during the day without a note that is signed by a parent.";

fn prose(x: f32, top: f32) -> Vec<Text<'static>> {
    let mut y = top + 13.0;
    PROSE
        .iter()
        .map(|line| {
            y -= 13.0;
            (x, y, 10.0, false, *line)
        })
        .collect()
}

#[test]
fn lines_become_paragraphs_headings_and_items() {
    let mut page = vec![(72.0, 760.0, 18.0, false, "House rules")];
    page.extend(prose(72.0, 720.0));
    page.extend([
        (72.0, 630.0, 10.0, false, "\u{95} bring your card"),
        (72.0, 617.0, 10.0, false, "\u{95} be on time"),
    ]);
    check(
        &[page],
        &[
            (BlockKind::Heading { level: 1 }, "House rules", 1),
            (BlockKind::Paragraph, PROSE_TEXT, 1),
            (BlockKind::ListItem, "bring your card", 1),
            (BlockKind::ListItem, "be on time", 1),
        ],
    );
}

#[test]
fn columns_are_read_one_after_the_other() {
    let mut page = vec![(72.0, 760.0, 18.0, false, "A title that goes across both of the columns")];
    for (left, right) in prose(60.0, 700.0).into_iter().zip(prose(320.0, 700.0)) {
        page.extend([left, right]);
    }
    check(
        &[page],
        &[
            (BlockKind::Heading { level: 1 }, "A title that goes across both of the columns", 1),
            (BlockKind::Paragraph, PROSE_TEXT, 1),
            (BlockKind::Paragraph, PROSE_TEXT, 1),
        ],
    );
}

#[test]
fn tables_are_read_row_by_row() {
    let mut page = prose(72.0, 760.0);
    for (row, cells) in
        (0_u8..).zip([["Plan", "Price", "Deadline"], ["Half board", "540", "1 June"], ["Boarding", "1600", "1 May"]])
    {
        let y = 600.0 - 20.0 * f32::from(row);
        page.extend([
            (72.0, y, 10.0, false, cells[0]),
            (250.0, y, 10.0, false, cells[1]),
            (400.0, y, 10.0, false, cells[2]),
        ]);
    }
    check(
        &[page],
        &[
            (BlockKind::Paragraph, PROSE_TEXT, 1),
            (BlockKind::TableRow, "Plan: Half board | Price: 540 | Deadline: 1 June", 1),
            (BlockKind::TableRow, "Plan: Boarding | Price: 1600 | Deadline: 1 May", 1),
        ],
    );
}

#[test]
fn running_headers_and_page_numbers_are_dropped() {
    let names = ["One", "Two", "Three", "Four"];
    let pages: Vec<Vec<Text<'_>>> = names
        .iter()
        .zip(["1 / 4", "2 / 4", "3 / 4", "4 / 4"])
        .map(|(name, number)| {
            vec![
                (72.0, 810.0, 8.0, false, "Lycée des Tilleuls"),
                (72.0, 600.0, 10.0, false, *name),
                (280.0, 30.0, 8.0, false, number),
            ]
        })
        .collect();
    let expected: Vec<(BlockKind, &str, u32)> =
        names.into_iter().zip(1..).map(|(name, page)| (BlockKind::Paragraph, name, page)).collect();
    check(&pages, &expected);
}

#[test]
fn scanned_pages_are_recognised() {
    for draft in read(&pdf(&[vec![], vec![]])) {
        assert!(matches!(draft, Err(Reject::NeedsOcr(2))), "{draft:?}");
    }
    for draft in read(&pdf(&[prose(72.0, 700.0), vec![]])) {
        let draft = draft.expect("a page of text");
        assert_eq!(draft.scanned_pages, [2]);
        assert_eq!(draft.pages, Some(2));
        assert_eq!(draft.title.as_deref(), Some("Sample title"));
        assert_eq!(draft.date, Some(jiff::civil::date(2026, 6, 15)));
    }
}

#[test]
fn broken_files_are_refused() {
    let whole = pdf(&[prose(72.0, 700.0)]);
    for bytes in [&whole[..60], b"%PDF-1.4", b"no PDF at all"] {
        for draft in read(bytes) {
            assert!(matches!(draft, Err(Reject::Failed(_))), "{draft:?}");
        }
    }
    let limits = Limits { pages: 1, ..Limits::default() };
    let long = pdf(&[prose(72.0, 700.0), prose(72.0, 700.0)]);
    assert!(matches!(fallback::read(&long, &limits), Err(Reject::Failed(reason)) if reason.contains("2 pages")));
}

/// A form whose fields hold these entries, from the top downwards; the page prints a label before each.
fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut content = String::new();
    let mut widgets = Vec::new();
    let mut kids = String::new();
    for ((label, entries), row) in fields.iter().zip(0_u8..) {
        let y = 700 - 40 * i32::from(row);
        let _ = write!(content, "BT /F 12 Tf 50 {y} Td ({label}) Tj ET ");
        let _ = write!(kids, "{} 0 R ", 6 + row);
        widgets.push(format!(
            "<</Type/Annot/Subtype/Widget/P 3 0 R/Rect[150 {} 400 {}]/DA(/F 11 Tf 0 g)/F 4{entries}>>",
            y - 5,
            y + 15
        ));
    }
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[{kids}]/DR<</Font<</F 5 0 R>>>>>>>>"),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 5 0 R>>>>/Contents 4 0 R\
             /Annots[{kids}]>>"
        ),
        format!("<</Length {}>>stream\n{content}\nendstream", content.chars().count()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    objects.extend(widgets);
    file(&objects, "")
}

#[test]
fn what_is_typed_into_a_form_is_read() {
    let bytes = form(&[
        ("Name:", "/FT/Tx/T(name)/TU(Full name)/V(Jeanne Dupont)"),
        ("Class:", "/FT/Ch/Ff 131072/T(class)/Opt[(3A)(3B)]/V(3B)"),
        ("Boarding", "/FT/Btn/T(boarding)/V/Oui/AS/Oui"),
        ("Canteen", "/FT/Btn/T(canteen)/V/Off/AS/Off"),
        ("Password:", "/FT/Tx/Ff 8192/T(password)/V(sesame)"),
    ]);
    let typed = ["Jeanne Dupont", "3B", "☒"];
    for draft in read(&bytes) {
        let text = draft.expect("text").blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>().join("\n");
        assert_eq!(typed.map(|value| text.matches(value).count()), [1, 1, 1], "{text}");
        assert!(!text.contains("sesame"), "{text}");
        // On the line of its printed label, or under the label that the file gives the field.
        assert!(text.contains("Name: Jeanne Dupont") || text.contains("Full name: Jeanne Dupont"), "{text}");
    }
}

#[test]
fn pages_of_nothing_but_a_header_keep_it() {
    let page = || vec![(72.0, 810.0, 12.0, false, "Closed on Friday")];
    check(
        &[page(), page()],
        &[(BlockKind::Paragraph, "Closed on Friday", 1), (BlockKind::Paragraph, "Closed on Friday", 2)],
    );
}

#[test]
fn a_password_is_asked_for() {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>".to_owned(),
        "<</Length 8>>stream\n\u{8a}\u{1}\u{f3}\u{9c}\u{2}\u{11}\u{7f}\u{c4}\nendstream".to_owned(),
        // What the check of an empty password gives is not this, so there is another one.
        format!("<</Filter/Standard/V 1/R 2/Length 40/P -4/O<{key}>/U<{key}>>>"),
    ];
    let id = "0123456789abcdef0123456789abcdef";
    let bytes = file(&objects, &format!("/ID[<{id}><{id}>]/Encrypt 5 0 R"));
    for draft in read(&bytes) {
        let Err(Reject::Failed(reason)) = draft else { panic!("{draft:?}") };
        assert!(reason.contains("protected by a password"), "{reason}");
    }
}
