//! What people add to a page: values in form fields, ticks, notes. PDF keeps it apart from the page's text.

use std::iter;

use pdf_extract::{Dictionary, Document, Object};
use pdfium_render::prelude::*;

use super::page::Word;

/// Stands where a box is ticked.
const TICK: &str = "☒";

/// A form field, in the page's own points.
#[derive(Debug)]
pub(super) struct Field {
    pub bounds: PdfRect,
    /// What is in it, [`TICK`] in a box.
    pub value: Option<String>,
}

/// Draws values and notes into the page, as a printer would, and returns the fields; `None` where there was nothing to
/// draw. What is hidden stays out, and of a password there is nothing to draw but stars. Afterwards the page has to be
/// loaded anew: pdfium-render 0.9 keeps the handle of the old one for the list of its objects.
pub(super) fn draw(page: &mut PdfPage<'_>) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    let mut is_written_on = false;
    for annotation in page.annotations().iter() {
        let kind = annotation.annotation_type();
        is_written_on |= matches!(
            kind,
            PdfPageAnnotationType::Widget | PdfPageAnnotationType::FreeText | PdfPageAnnotationType::Stamp
        );
        if let (Some(field), Ok(bounds), false) =
            (annotation.as_form_field(), annotation.bounds(), annotation.is_hidden())
        {
            fields.push(Field { bounds, value: value(field) });
        }
    }
    if !is_written_on {
        return None;
    }
    // Where it cannot be drawn into the page, the fields' values are still known.
    let _ = page.flatten();
    Some(fields)
}

fn value(field: &PdfFormField<'_>) -> Option<String> {
    let is_ticked = |checked: Result<bool, PdfiumError>| {
        // The state may have any name but that of the empty box.
        let ticked = field.appearance_stream().map(|state| !matches!(state.trim_matches(['/', ' ']), "" | "Off"));
        ticked.unwrap_or(checked.unwrap_or(false)).then(|| TICK.to_owned())
    };
    match field {
        PdfFormField::Checkbox(field) => is_ticked(field.is_checked()),
        PdfFormField::RadioButton(field) => is_ticked(field.is_checked()),
        PdfFormField::Text(field) if !field.is_password() => field.value(),
        PdfFormField::ComboBox(field) => field.value(),
        PdfFormField::ListBox(field) => field.value(),
        _ => None,
    }
}

/// A field on the page as it is read: `y` grows downwards along the lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub x0: f32,
    pub x1: f32,
    pub top: f32,
    pub bottom: f32,
}

impl Place {
    pub(super) fn holds(&self, word: &Word) -> bool {
        let (x, y) = (word.x0.midpoint(word.x1), word.y - 0.3 * word.size);
        (self.x0..=self.x1).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// Words for what is known to stand here, but not how it is set.
    pub(super) fn write(&self, value: &str) -> Vec<Word> {
        let (width, height) = (self.x1 - self.x0, (self.bottom - self.top).max(1.0));
        let lines: Vec<&str> = value.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).collect();
        let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(1);
        let spacing = LINE.min(height / count(lines.len().max(1)));
        let size = 0.8 * spacing;
        let advance = (0.5 * size).min(width / count(longest.max(1)));
        let first = if lines.len() > 1 { self.top + size } else { self.top.midpoint(self.bottom) + 0.3 * size };
        let mut words = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            let mut x = self.x0;
            for word in line.split_whitespace() {
                let x1 = x + advance * count(word.chars().count());
                let y = first + spacing * count(number);
                words.push(Word {
                    text: word.to_owned(),
                    x0: x,
                    x1,
                    y,
                    size,
                    spaced: true,
                    typed: true,
                    ..Word::default()
                });
                x = x1 + advance;
            }
        }
        words
    }
}

/// Distance of lines whose setting is not known.
const LINE: f32 = 12.0;

#[expect(clippy::cast_precision_loss, reason = "letters of one value")]
fn count(number: usize) -> f32 {
    number as f32
}

/// Values of a page whose places are not known stand below it, as `label: value`.
pub(super) fn below(document: &Document, page: pdf_extract::ObjectId, height: f32) -> Vec<Word> {
    let fields = document.get_page_annotations(page).unwrap_or_default();
    let lines = fields.into_iter().filter_map(|field| line(document, field));
    let place = |number| {
        let top = height + 2.5 * LINE * count(number);
        Place { x0: 0.0, x1: 10_000.0, top, bottom: top + LINE }
    };
    lines.enumerate().flat_map(|(number, line)| place(number).write(&line)).collect()
}

const HIDDEN: i64 = 2;
const PASSWORD: i64 = 1 << 13;

fn line(document: &Document, widget: &Dictionary) -> Option<String> {
    let number = |key: &[u8]| inherited(document, widget, key).and_then(|value| value.as_i64().ok()).unwrap_or(0);
    let kind = inherited(document, widget, b"FT")?.as_name().ok()?;
    let value = inherited(document, widget, b"V");
    let value = match kind {
        b"Tx" if number(b"Ff") & PASSWORD == 0 => text(value?),
        b"Ch" => match value? {
            Object::Array(chosen) => chosen.iter().map(text).collect::<Vec<_>>().join(", "),
            chosen => text(chosen),
        },
        b"Btn" => match widget.get(b"AS").ok().or(value)?.as_name().ok()? {
            b"Off" => return None,
            _ => TICK.to_owned(),
        },
        _ => return None,
    };
    let label = inherited(document, widget, b"TU").or_else(|| inherited(document, widget, b"T")).map(text);
    let (label, value) = (label.unwrap_or_default(), value.split_whitespace().collect::<Vec<_>>().join(" "));
    if value.is_empty() || number(b"F") & HIDDEN != 0 {
        return None;
    }
    match label.trim().trim_end_matches([':', ' ']) {
        "" => Some(value),
        label => Some(format!("{label}: {value}")),
    }
}

/// Fields inherit from fields; deeper than this is a circle.
const MAX_DEPTH: usize = 10;

fn inherited<'a>(document: &'a Document, widget: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
    let parent = |field: &&'a Dictionary| {
        field.get(b"Parent").and_then(Object::as_reference).and_then(|id| document.get_dictionary(id)).ok()
    };
    iter::successors(Some(widget), parent)
        .take(MAX_DEPTH)
        .find_map(|field| field.get(key).ok())
        .and_then(|value| document.dereference(value).ok())
        .map(|(_, value)| value)
}

fn text(value: &Object) -> String {
    value.as_str().map(decode).unwrap_or_default()
}

/// A string of the file, in UTF-16 or, near enough, Windows-1252.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0.into_owned(),
        _ => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}
