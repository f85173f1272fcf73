//! Files become [`Content`]: one parser per format, one shape of result, and a plain sentence when it does not work.

mod archive;
mod csv;
mod dates;
mod decode;
mod docx;
mod draft;
mod html;
mod language;
mod markdown;
mod metadata;
mod pdf;
mod plain;
mod tables;
mod tidy;
mod validity;
mod xlsx;
mod xml;

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use jiff::civil::Date;
use models::{Collection, Content, Format, Grant, Language};
use serde::{Deserialize, Serialize};

use crate::format;

pub(crate) use decode::{is_binary as looks_binary, is_utf16 as looks_utf16};

pub use pdf::{Engine, engine};

/// Part of the pipeline's fingerprint: raise it when the same file would give other blocks.
pub const PARSER_VERSION: u32 = 2;

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    Parsed(Box<Parsed>),
    /// Every page is a picture.
    NeedsOcr {
        pages: u32,
    },
    /// `what` names the format and says what to do: "RTF is not read yet: save it as DOCX or PDF".
    Unsupported {
        what: String,
    },
    /// `reason` is an English sentence for the person who gave the file, and says what to do.
    Failed {
        reason: String,
    },
}

/// A document's text with what it says about itself. `None` is unknown, never a guess.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Parsed {
    pub content: Content,
    pub title: Option<String>,
    pub language: Option<Language>,
    /// When the document says it was last changed, or else written.
    pub date: Option<Date>,
    pub valid_from: Option<Date>,
    /// The last day, included.
    pub valid_until: Option<Date>,
    /// The origin or title of the document whose place this one takes.
    pub supersedes: Option<String>,
    pub audience: Option<Vec<Grant>>,
    pub collection: Option<Collection>,
    pub pages: Option<u32>,
    /// Pages, from 1, that hold a picture and no text; their words are missing from `content`.
    pub scanned_pages: Vec<u32>,
    /// Which values the document declares on purpose, in front matter or meta elements. The others follow from its words
    /// or its file, and are weaker than what stands beside the document.
    pub declared: Vec<Declared>,
}

/// A value that words or file can show, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declared {
    Title,
    Language,
    Date,
    ValidFrom,
    ValidUntil,
}

/// What one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall clock for one file.
    pub seconds: u64,
    /// Bytes of address space that parsing may take beyond what the idle worker maps.
    pub memory: u64,
    /// Size of a file, in bytes.
    pub file: u64,
    pub pages: u32,
    /// Bytes of UTF-8 text.
    pub text: usize,
    /// Bytes that a compressed file may hold when unpacked.
    pub unpacked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { seconds: 10, memory: 512 << 20, file: 200 << 20, pages: 10_000, text: 20_000_000, unpacked: 200 << 20 }
    }
}

/// Why a file gives no text. Becomes an [`Outcome`].
#[derive(Debug)]
pub(crate) enum Reject {
    NeedsOcr(u32),
    Unsupported(String),
    Failed(String),
}

impl Reject {
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }
}

impl From<Reject> for Outcome {
    fn from(reject: Reject) -> Self {
        match reject {
            Reject::NeedsOcr(pages) => Self::NeedsOcr { pages },
            Reject::Unsupported(what) => Self::Unsupported { what },
            Reject::Failed(reason) => Self::Failed { reason },
        }
    }
}

/// Reads one file in this process. `name` decides where the bytes leave a doubt. Never panics by intention, but a
/// parser may: untrusted files go through [`crate::pool::ParserPool`].
#[must_use]
pub fn parse_file(path: &Path, name: &str, limits: &Limits) -> Outcome {
    read(path, limits)
        .and_then(|bytes| parse(bytes, name, limits))
        .map_or_else(Outcome::from, |parsed| Outcome::Parsed(Box::new(parsed)))
}

/// Like [`parse_file`], of bytes.
#[must_use]
pub fn parse_bytes(bytes: Vec<u8>, name: &str, limits: &Limits) -> Outcome {
    parse(bytes, name, limits).map_or_else(Outcome::from, |parsed| Outcome::Parsed(Box::new(parsed)))
}

fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Reject> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::OutOfMemory => Reject::failed(format!(
            "Reading the file needs more than {} MB of memory: split it into smaller files.",
            limits.memory >> 20
        )),
        _ => Reject::failed(format!("The file cannot be read: {error}.")),
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limits.file + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limits.file {
        return Err(Reject::failed(format!(
            "The file is larger than {} MB: split it into smaller files.",
            limits.file >> 20
        )));
    }
    Ok(bytes)
}

fn parse(bytes: Vec<u8>, name: &str, limits: &Limits) -> Result<Parsed, Reject> {
    if bytes.is_empty() {
        return Err(Reject::failed("The file is empty (0 bytes): upload it again."));
    }
    let draft = match format::sniff(&bytes, name) {
        Format::Pdf => pdf::parse(&bytes, limits)?,
        Format::Docx => docx::parse(bytes, limits)?,
        Format::Xlsx => xlsx::parse(bytes, limits)?,
        Format::Html => html::parse(&decode::text(&bytes)?),
        Format::Markdown => markdown::parse(&decode::text(&bytes)?),
        Format::Text => plain::parse(&decode::text(&bytes)?),
        Format::Csv => csv::parse(&decode::text(&bytes)?)?,
        Format::Unknown => return Err(format::refusal(&bytes, name)),
    };
    draft.finish(limits)
}

#[cfg(test)]
pub(crate) mod tests;
