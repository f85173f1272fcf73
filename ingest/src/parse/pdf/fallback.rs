//! `pdf-extract`: pure Rust, for machines without PDFium. It knows no fonts' weights and fails on more files.

use std::panic::{self, AssertUnwindSafe};

use pdf_extract::{Document, MediaBox, Object, OutputDev, OutputError, Transform, output_doc, output_doc_page};

use super::{
    super::{Limits, Reject, dates, docx::is_telling},
    damaged, encrypted, forms,
    page::{File, Glyph, Page, Words},
    too_many_pages,
};

/// Pages read one by one after a page that could not be; each costs a walk through all pages.
const MAX_SINGLE: usize = 300;

/// # Errors
/// The file is damaged, protected or too long.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<File, Reject> {
    let load = panic::catch_unwind(|| Document::load_mem(bytes));
    let Ok(Ok(mut document)) = load else { return Err(damaged()) };
    if document.is_encrypted() && document.decrypt("").is_err() {
        return Err(encrypted());
    }
    let numbers: Vec<u32> = document.get_pages().keys().copied().collect();
    if numbers.len() > limits.pages as usize {
        return Err(too_many_pages(numbers.len(), limits));
    }
    if numbers.is_empty() {
        return Err(damaged());
    }
    let mut collector = Collector { limit: limits.text, ..Collector::default() };
    let all = panic::catch_unwind(AssertUnwindSafe(|| output_doc(&document, &mut collector)));
    if !matches!(all, Ok(Ok(()))) && !collector.is_full() {
        // The page that broke off keeps what was read of it; the ones behind it are tried one by one.
        collector.close();
        for number in numbers.iter().skip(collector.pages.len()).take(MAX_SINGLE) {
            let done = collector.pages.len();
            let _ = panic::catch_unwind(AssertUnwindSafe(|| output_doc_page(&document, &mut collector, *number)));
            collector.close();
            collector.pages.truncate(done + 1);
            collector.pages.resize_with(done + 1, Page::default);
        }
    }
    if collector.is_full() {
        return Err(Reject::failed("The PDF holds too much text: split it into smaller files."));
    }
    let mut pages = collector.pages;
    pages.resize_with(numbers.len(), Page::default);
    let ids = document.get_pages();
    for (page, number) in pages.iter_mut().zip(&numbers) {
        let is_bare = page.words.len() < 10;
        page.pictures = if is_bare && has_picture(&document, *number) { 1.0 } else { 0.0 };
        if let Some(id) = ids.get(number) {
            page.words.extend(forms::below(&document, *id, page.height));
        }
    }
    if pages.iter().all(|page| page.words.is_empty() && page.pictures == 0.0) && !matches!(all, Ok(Ok(()))) {
        return Err(damaged());
    }
    let info = |key: &[u8]| information(&document, key);
    let date = |key: &[u8]| info(key).and_then(|text| dates::parse_pdf(&text));
    Ok(File {
        pages,
        title: info(b"Title").filter(|title| is_telling(title)),
        date: date(b"ModDate").or_else(|| date(b"CreationDate")),
        outline: Vec::new(),
    })
}

fn information(document: &Document, key: &[u8]) -> Option<String> {
    let info = document.trailer.get(b"Info").ok()?;
    let info = match info {
        Object::Reference(id) => document.get_object(*id).ok()?,
        other => other,
    };
    let bytes = info.as_dict().ok()?.get(key).ok()?.as_str().ok()?;
    Some(forms::decode(bytes).trim().to_owned()).filter(|text| !text.is_empty())
}

fn has_picture(document: &Document, number: u32) -> bool {
    let pages = document.get_pages();
    let found = panic::catch_unwind(AssertUnwindSafe(|| {
        pages.get(&number).is_some_and(|id| document.get_page_images(*id).is_ok_and(|images| !images.is_empty()))
    }));
    found.unwrap_or(false)
}

#[derive(Default)]
struct Collector {
    pages: Vec<Page>,
    open: Option<(Words, f32, f32)>,
    size: usize,
    limit: usize,
    full: bool,
}

impl Collector {
    fn is_full(&self) -> bool {
        self.full
    }

    fn close(&mut self) {
        if let Some((words, height, _)) = self.open.take() {
            self.pages.push(Page { words: words.finish(), height, ..Page::default() });
        }
    }
}

impl OutputDev for Collector {
    fn begin_page(&mut self, _: u32, media: &MediaBox, _: Option<(f64, f64, f64, f64)>) -> Result<(), OutputError> {
        self.close();
        self.open = Some((Words::new(0.15), narrow(media.ury - media.lly).max(1.0), narrow(media.ury)));
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        self.close();
        Ok(())
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        _spacing: f64,
        font_size: f64,
        text: &str,
    ) -> Result<(), OutputError> {
        self.size += text.len();
        if self.size > self.limit {
            self.full = true;
            return Err(OutputError::IoError(std::io::Error::other("too much text")));
        }
        let Some((words, _, top)) = &mut self.open else { return Ok(()) };
        if text.chars().all(|c| c.is_whitespace() || c.is_control()) {
            words.space();
            return Ok(());
        }
        let size = narrow(font_size * place.m21.hypot(place.m22)).clamp(0.5, 2000.0);
        let x0 = narrow(place.m31);
        let x1 = x0 + narrow(width * font_size * place.m11.hypot(place.m12));
        let glyph = Glyph { x0, x1, y: *top - narrow(place.m32), size };
        words.push(text, glyph, || (false, false));
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        if let Some((words, ..)) = &mut self.open {
            words.space();
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a page needs no more digits")]
fn narrow(value: f64) -> f32 {
    value as f32
}
