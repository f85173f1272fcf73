//! Whole files made in the test.

use std::io::{Cursor, Write};

use models::{BlockKind, Language};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// A ZIP archive of these entries.
pub(crate) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated))
            .expect("a name");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

/// The archive with the mark of encryption on each entry (bit 0 of the flags, APPNOTE 4.4.4).
fn locked(mut archive: Vec<u8>) -> Vec<u8> {
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let places: Vec<usize> =
            archive.windows(4).enumerate().filter(|(_, bytes)| bytes == signature).map(|(at, _)| at).collect();
        for at in places {
            archive[at + flags] |= 1;
        }
    }
    archive
}

fn outcome(bytes: &[u8], name: &str) -> Outcome {
    parse_bytes(bytes.to_vec(), name, &Limits::default())
}

#[test]
fn bad_files_get_a_stated_outcome() {
    let document = archive(&[("word/document.xml", b"<w:document><w:body><w:p>")]);
    let cut = &document[..document.len() - 30];
    let ole = [&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1][..], &[0; 600]].concat();
    let stream: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = [&ole[..], &stream, &[0; 96]].concat();
    let locked = locked(archive(&[("xl/workbook.xml", b"<workbook/>")]));
    for (bytes, name, expected) in [
        (&b""[..], "a.pdf", "The file is empty"),
        (b"   \n\t\n", "a.txt", "The file holds no text"),
        (b"%PDF-1.7\nnothing", "a.pdf", "damaged"),
        (b"Dear all, this is no PDF.", "a.pdf", "damaged"),
        (b"PK\x03\x04 and nothing", "a.docx", "damaged"),
        (&document, "a.docx", "damaged"),
        (cut, "a.docx", "damaged"),
        (&archive(&[("hello.txt", b"x")]), "a.docx", "not a Word document"),
        (&archive(&[("hello.txt", b"x")]), "a.xlsx", "not an Excel workbook"),
        (&ole, "a.docx", "old or password-protected Office file"),
        (&encrypted, "a.docx", "The file is protected by a password"),
        (&encrypted, "a.xlsx", "The file is protected by a password"),
        (&locked, "a.xlsx", "The file is protected by a password"),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8, 0xff], "a.md", "binary data"),
    ] {
        match outcome(bytes, name) {
            Outcome::Failed { reason } => {
                assert!(reason.contains(expected), "{name}: {reason}");
                assert!(reason.ends_with('.'), "{reason}");
            }
            other => panic!("{name} ({expected}): {other:?}"),
        }
    }
}

#[test]
fn unsupported_formats_say_what_they_are() {
    let inner = archive(&[("a.txt", b"x")]);
    for (bytes, name, expected) in [
        (&archive(&[("inner.zip", &inner)]), "a.zip", "unpack it"),
        (&archive(&[("ppt/presentation.xml", b"<p/>")]), "a.pptx", "PowerPoint"),
        (&b"{\\rtf1 hello}".to_vec(), "a.rtf", "RTF"),
    ] {
        match outcome(bytes, name) {
            Outcome::Unsupported { what } => assert!(what.contains(expected), "{what}"),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn zip_bombs_are_not_unpacked() {
    let limits = Limits { unpacked: 1 << 20, ..Limits::default() };
    let zeros = vec![b' '; 4 << 20];
    for part in ["word/document.xml", "word/media/picture.bin"] {
        let bomb =
            archive(&[("word/document.xml", &b"<d/>"[..]), (part, &zeros)][usize::from(part == "word/document.xml")..]);
        let Outcome::Failed { reason } = parse_bytes(bomb, "a.docx", &limits) else { panic!("{part}") };
        assert!(reason.contains("zip bomb"), "{reason}");
    }
    // The sizes in the directory may lie: overwrite the declared size of the entry.
    let mut liar = archive(&[("word/document.xml", &zeros)]);
    let size = u32::try_from(zeros.len()).expect("small").to_le_bytes();
    while let Some(at) = liar.windows(4).position(|window| window == size) {
        liar[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    assert!(matches!(parse_bytes(liar, "a.docx", &limits), Outcome::Failed { .. }));
}

#[test]
fn text_has_a_limit() {
    let limits = Limits { text: 1000, ..Limits::default() };
    let Outcome::Failed { reason } = parse_bytes("mot ".repeat(500).into_bytes(), "a.txt", &limits) else { panic!() };
    assert!(reason.contains("split it"), "{reason}");
}

#[test]
fn invalid_utf8_is_read_as_what_it_is() {
    let Outcome::Parsed(parsed) =
        outcome(b"Le r\xe8glement int\xe9rieur s'applique \xe0 tous les \xe9l\xe8ves.", "a.txt")
    else {
        panic!("not parsed")
    };
    assert_eq!(parsed.content.text(), "Le règlement intérieur s'applique à tous les élèves.");
    assert_eq!(parsed.language, Some(Language::Fr));
}

#[test]
fn what_a_document_says_about_itself_is_found() {
    let Outcome::Parsed(parsed) = outcome(
        "---\nlang: en\naudience: role:staff\n---\n# Leave\n\nValid from 1 September 2026 until 31 August 2027."
            .as_bytes(),
        "leave.md",
    ) else {
        panic!("not parsed")
    };
    assert_eq!(parsed.title.as_deref(), Some("Leave"));
    assert_eq!(parsed.valid_from, Some(jiff::civil::date(2026, 9, 1)));
    assert_eq!(parsed.valid_until, Some(jiff::civil::date(2027, 8, 31)));
    assert_eq!(parsed.audience.map(|grants| grants.len()), Some(1));
}

#[test]
fn workbooks_become_sheets_of_rows() {
    let book = archive(&[
        (
            "[Content_Types].xml",
            br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#,
        ),
        (
            "_rels/.rels",
            br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            br#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Tarifs" sheetId="1" r:id="r1"/><sheet name="Secret" sheetId="2" state="hidden" r:id="r2"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>"#,
        ),
        (
            "xl/worksheets/sheet1.xml",
            br#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Formule</t></is></c><c r="B1" t="inlineStr"><is><t>Prix</t></is></c></row><row r="2"><c r="A2" t="inlineStr"><is><t>Internat</t></is></c><c r="B2"><v>1600</v></c></row><row r="1048576"><c r="A1048576" t="inlineStr"><is><t>fin</t></is></c></row></sheetData></worksheet>"#,
        ),
        ("xl/worksheets/sheet2.xml", br#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>"#),
    ]);
    let parsed = match outcome(&book, "tarifs.xlsx") {
        Outcome::Parsed(parsed) => parsed,
        other => panic!("{other:?}"),
    };
    let blocks: Vec<(BlockKind, &str)> =
        parsed.content.blocks.iter().map(|block| (block.kind, block.text.as_str())).collect();
    assert_eq!(
        blocks,
        [
            (BlockKind::Heading { level: 2 }, "Tarifs"),
            (BlockKind::TableRow, "Formule: Internat | Prix: 1600"),
            (BlockKind::Paragraph, "fin"),
        ]
    );
}
