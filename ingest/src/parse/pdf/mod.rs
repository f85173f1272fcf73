//! PDF: characters with their places, from PDFium or from `pdf-extract`, become words, lines, columns, tables and
//! blocks.

mod blocks;
mod fallback;
mod forms;
mod furniture;
mod layout;
mod lines;
mod page;
mod pdfium;

pub use self::pdfium::{Engine, engine};

use self::page::File;
use super::{Limits, Reject, draft::Draft};

/// # Errors
/// The file is damaged, protected, holds only pictures, or is too large.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Draft, Reject> {
    draft(match pdfium::library() {
        Some(library) => pdfium::read(library, bytes, limits)?,
        None => fallback::read(bytes, limits)?,
    })
}

fn draft(mut file: File) -> Result<Draft, Reject> {
    let pages = u32::try_from(file.pages.len()).unwrap_or(u32::MAX);
    let scanned = file.scanned_pages();
    furniture::remove(&mut file.pages);
    let blocks = blocks::of(&file);
    if blocks.is_empty() {
        return Err(if scanned.is_empty() {
            Reject::failed("The PDF has no text and no pictures: check that it is the right file.")
        } else {
            Reject::NeedsOcr(pages)
        });
    }
    let File { title, date, .. } = file;
    Ok(Draft { blocks, title, date, pages: Some(pages), scanned_pages: scanned, ..Draft::default() })
}

fn too_many_pages(pages: usize, limits: &Limits) -> Reject {
    Reject::failed(format!("The PDF has {pages} pages, more than {}: split it.", limits.pages))
}

fn encrypted() -> Reject {
    Reject::failed("The PDF is protected by a password: remove the password and upload the file again.")
}

fn damaged() -> Reject {
    Reject::failed("The file is damaged, cut short or not a PDF: save or download it again and upload it.")
}

#[cfg(test)]
mod tests;
