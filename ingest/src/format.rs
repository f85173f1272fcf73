//! What a file is: its bytes decide, its name only where they leave a doubt.

use std::path::Path;

use models::Format;

use crate::parse::{Reject, looks_binary, looks_utf16};

/// Bytes that [`sniff`] looks at; more do no harm.
pub const HEAD: usize = 64 * 1024;

/// The format of a file that begins with `head` and is called `name`.
///
/// A name that promises PDF, DOCX or XLSX is believed where the bytes are no other known format, so that a damaged
/// file fails as what it was meant to be.
#[must_use]
pub fn sniff(head: &[u8], name: &str) -> Format {
    let head = &head[..head.len().min(HEAD)];
    let extension = extension(name);
    if contains(&head[..head.len().min(1024)], b"%PDF-") {
        return Format::Pdf;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return office(head, &extension);
    }
    if head.starts_with(OLE) {
        return match extension.as_str() {
            "docx" => Format::Docx,
            "xlsx" => Format::Xlsx,
            _ => Format::Unknown,
        };
    }
    if binary(head).is_some() {
        return Format::Unknown;
    }
    match extension.as_str() {
        "pdf" => Format::Pdf,
        "docx" => Format::Docx,
        "xlsx" => Format::Xlsx,
        "html" | "htm" | "xhtml" => Format::Html,
        _ if is_html(head) => Format::Html,
        "md" | "markdown" | "mdown" | "mkd" => Format::Markdown,
        "csv" | "tsv" => Format::Csv,
        "txt" | "text" => Format::Text,
        "" if !looks_binary(head) || looks_utf16(head) => Format::Text,
        _ => Format::Unknown,
    }
}

/// Why a file of [`Format::Unknown`] is not read, and what to do.
pub(crate) fn refusal(head: &[u8], name: &str) -> Reject {
    let extension = extension(name);
    if head.starts_with(b"PK") {
        let what = match zip_kind(head, &extension) {
            Some(kind) => format!("{kind} is not read yet: save it as PDF or DOCX."),
            None => "An archive (ZIP) is not opened: unpack it and add the files inside.".to_owned(),
        };
        return Reject::Unsupported(what);
    }
    let known = binary(head).or_else(|| by_extension(&extension));
    Reject::Unsupported(match known {
        Some(kind @ ("An archive" | "A program")) => format!("{kind} is not read: add documents instead."),
        Some(kind @ ("A picture" | "A sound or film")) => format!("{kind} has no text to read."),
        Some(kind) => format!("{kind} is not read yet: save it as PDF, DOCX, HTML or plain text."),
        None if extension.is_empty() => {
            "The format is not recognised: give the file an extension such as .pdf, .docx or .txt.".to_owned()
        }
        None => format!(
            "The format .{extension} is not read yet: save it as PDF, DOCX, XLSX, HTML, Markdown, plain text or CSV."
        ),
    })
}

const OLE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

fn extension(name: &str) -> String {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    extension.chars().filter(char::is_ascii_alphanumeric).take(12).collect::<String>().to_ascii_lowercase()
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    head.windows(needle.len()).any(|window| window == needle)
}

fn office(head: &[u8], extension: &str) -> Format {
    match zip_kind(head, extension) {
        Some("A Word document") => Format::Docx,
        Some("An Excel workbook") => Format::Xlsx,
        _ => Format::Unknown,
    }
}

/// Looks for the parts' names, which stand uncompressed before each part.
fn zip_kind(head: &[u8], extension: &str) -> Option<&'static str> {
    const PARTS: [(&[u8], &str); 8] = [
        (b"word/document", "A Word document"),
        (b"xl/workbook", "An Excel workbook"),
        (b"ppt/presentation", "A PowerPoint presentation"),
        (b"mimetypeapplication/epub", "An e-book (EPUB)"),
        (b"mimetypeapplication/vnd.oasis.opendocument.text", "An OpenDocument text"),
        (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "An OpenDocument spreadsheet"),
        (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "An OpenDocument presentation"),
        (b"AndroidManifest.xml", "A program"),
    ];
    let by_part = PARTS.iter().find(|(part, _)| contains(head, part)).map(|(_, kind)| *kind);
    by_part.or(match extension {
        "docx" | "docm" | "dotx" => Some("A Word document"),
        "xlsx" | "xlsm" | "xltx" => Some("An Excel workbook"),
        "pptx" | "ppsx" | "pptm" => Some("A PowerPoint presentation"),
        "odt" | "ott" => Some("An OpenDocument text"),
        "ods" => Some("An OpenDocument spreadsheet"),
        "odp" => Some("An OpenDocument presentation"),
        "epub" => Some("An e-book (EPUB)"),
        _ => None,
    })
}

/// Formats that their first bytes give away.
fn binary(head: &[u8]) -> Option<&'static str> {
    const SIGNATURES: [(&[u8], &str); 22] = [
        (OLE, "An old Office file or Outlook message"),
        (b"{\\rtf", "Rich text (RTF)"),
        (b"\x89PNG", "A picture"),
        (b"\xff\xd8\xff", "A picture"),
        (b"GIF8", "A picture"),
        (b"II*\0", "A picture"),
        (b"MM\0*", "A picture"),
        (b"BM", "A picture"),
        (b"RIFF", "A sound or film"),
        (b"ID3", "A sound or film"),
        (b"OggS", "A sound or film"),
        (b"\x1a\x45\xdf\xa3", "A sound or film"),
        (b"\x1f\x8b", "An archive"),
        (b"BZh", "An archive"),
        (b"7z\xbc\xaf\x27\x1c", "An archive"),
        (b"Rar!", "An archive"),
        (b"\xfd7zXZ", "An archive"),
        (b"\x28\xb5\x2f\xfd", "An archive"),
        (b"\x7fELF", "A program"),
        (b"MZ\x90\0", "A program"),
        (b"%!PS", "PostScript"),
        (b"SQLite format 3", "A database"),
    ];
    let found = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature)).map(|(_, kind)| *kind);
    // Two letters are also a word: only with bytes that no text has.
    found.filter(|_| !head.starts_with(b"BM") || looks_binary(head))
}

fn by_extension(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "eml" | "msg" | "mbox" => "An e-mail message",
        "json" | "jsonl" | "xml" | "yaml" | "yml" | "toml" => "A data file",
        "rst" | "org" | "tex" | "adoc" => "This markup",
        "rtf" => "Rich text (RTF)",
        "doc" | "xls" | "ppt" => "An old Office file",
        "svg" => "A picture",
        _ => return None,
    })
}

fn is_html(head: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&head[..head.len().min(1024)]).to_ascii_lowercase();
    let start = start.trim_start_matches(['\u{feff}', ' ', '\n', '\r', '\t']);
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with("<?xml") && start.contains("<html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_and_names_help() {
        for (head, name, expected) in [
            (&b"%PDF-1.7\n"[..], "a.txt", Format::Pdf),
            (b"\n\njunk %PDF-1.4", "a", Format::Pdf),
            (b"not a pdf at all", "a.pdf", Format::Pdf),
            (b"PK\x03\x04....word/document.xml", "a.bin", Format::Docx),
            (b"PK\x03\x04....xl/workbook.xml", "a.docx", Format::Xlsx),
            (b"PK\x03\x04....", "a.docx", Format::Docx),
            (b"PK\x03\x04....ppt/presentation.xml", "a.pptx", Format::Unknown),
            (b"PK\x03\x04....", "a.zip", Format::Unknown),
            (b"<!DOCTYPE html><p>", "a.pdf", Format::Pdf),
            (b"<!DOCTYPE html><p>", "a.txt", Format::Html),
            (b"<p>", "a.htm", Format::Html),
            (b"# Title", "README.MD", Format::Markdown),
            (b"a;b", "a.csv", Format::Csv),
            (b"a\tb", "a.tsv", Format::Csv),
            (b"BMX bikes", "a.txt", Format::Text),
            (b"plain", "LICENSE", Format::Text),
            (b"{\\rtf1", "a.docx", Format::Unknown),
            (b"{}", "a.json", Format::Unknown),
            (OLE, "a.doc", Format::Unknown),
            (OLE, "a.docx", Format::Docx),
        ] {
            assert_eq!(sniff(head, name), expected, "{name}: {:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_refusal_says_what_it_is() {
        for (head, name, expected) in [
            (&b"PK\x03\x04....ppt/presentation.xml"[..], "a.pptx", "A PowerPoint presentation is not read yet"),
            (b"PK\x03\x04", "a.zip", "An archive (ZIP) is not opened"),
            (b"\x89PNG", "a", "A picture has no text"),
            (b"From: a", "a.eml", "An e-mail message is not read yet"),
            (b"x", "a.xyz", "The format .xyz is not read yet"),
        ] {
            let Reject::Unsupported(what) = refusal(head, name) else { panic!("{name}") };
            assert!(what.starts_with(expected), "{what}");
        }
    }
}
