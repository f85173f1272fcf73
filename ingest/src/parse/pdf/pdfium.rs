//! PDFium, loaded at run time: `GUICHET_PDFIUM` names the library, else it lies among the models.

use std::{
    env,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use pdfium_render::prelude::*;

use super::{
    super::{Limits, Reject, dates, docx::is_telling},
    damaged, encrypted,
    forms::{self, Field, Place},
    page::{Entry, File, Glyph, Page, Word, Words},
    too_many_pages,
};

/// Which library reads PDF files here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Engine {
    /// The library that was opened.
    Pdfium(PathBuf),
    /// `pdf-extract`, with what kept PDFium from being used.
    PdfExtract(String),
}

struct Loaded {
    library: Option<Pdfium>,
    engine: Engine,
}

static LOADED: OnceLock<Loaded> = OnceLock::new();

/// Loads PDFium on first use, and says what became of it.
#[must_use]
pub fn engine() -> &'static Engine {
    &loaded().engine
}

pub(super) fn library() -> Option<&'static Pdfium> {
    loaded().library.as_ref()
}

fn loaded() -> &'static Loaded {
    LOADED.get_or_init(|| {
        let Some(path) = locate() else {
            let missing = "the PDFium library was not found: run `guichet models pull`, or set GUICHET_PDFIUM";
            return Loaded { library: None, engine: Engine::PdfExtract(missing.to_owned()) };
        };
        match Pdfium::bind_to_library(&path) {
            Ok(bindings) => Loaded { library: Some(Pdfium::new(bindings)), engine: Engine::Pdfium(path) },
            Err(error) => {
                let broken = format!("{} cannot be opened: {error:?}", path.display());
                Loaded { library: None, engine: Engine::PdfExtract(broken) }
            }
        }
    })
}

/// `GUICHET_PDFIUM` (a file, or `off`), else `pdfium/` in the models folder.
fn locate() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = variable("GUICHET_PDFIUM") {
        return (path != Path::new("off")).then_some(path);
    }
    let cache = || variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let models = variable("GUICHET_MODELS").or_else(|| Some(cache()?.join("guichet/models")))?;
    let library = Pdfium::pdfium_platform_library_name();
    let folder = models.join("pdfium");
    let candidates = [folder.join(&library), folder.join("lib").join(&library)];
    candidates.into_iter().find(|path| path.is_file())
}

/// # Errors
/// The file is damaged, protected or too long.
pub(super) fn read(library: &Pdfium, bytes: &[u8], limits: &Limits) -> Result<File, Reject> {
    let document = library.load_pdf_from_byte_slice(bytes, None).map_err(|error| match error {
        PdfiumError::PdfiumLibraryInternalError(
            PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
        ) => encrypted(),
        _ => damaged(),
    })?;
    let pages = usize::try_from(document.pages().len()).unwrap_or_default();
    if pages > limits.pages as usize {
        return Err(too_many_pages(pages, limits));
    }
    if pages == 0 {
        return Err(damaged());
    }
    let metadata = |kind| document.metadata().get(kind).map(|tag| tag.value().trim().to_owned());
    let date = |kind| metadata(kind).and_then(|text| dates::parse_pdf(&text));
    let mut file = File {
        title: metadata(PdfDocumentMetadataTagType::Title).filter(|title| is_telling(title)),
        date: date(PdfDocumentMetadataTagType::ModificationDate)
            .or_else(|| date(PdfDocumentMetadataTagType::CreationDate)),
        outline: outline(&document),
        ..File::default()
    };
    let mut size = 0;
    for index in 0..document.pages().len() {
        // A page that cannot be loaded stays empty, so that the others keep their numbers.
        let page = load(&document, index).map(|(page, fields)| self::page(&page, &fields)).unwrap_or_default();
        size += page.words.iter().map(|word| word.text.len() + 1).sum::<usize>();
        if size > limits.text {
            return Err(Reject::failed("The PDF holds too much text: split it into smaller files."));
        }
        file.pages.push(page);
    }
    Ok(file)
}

/// More entries than any table of contents, or entries in a circle.
const MAX_ENTRIES: usize = 5000;

fn outline(document: &PdfDocument<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut open: Vec<(PdfBookmark<'_>, u8)> = document.bookmarks().root().map(|root| (root, 1)).into_iter().collect();
    while let Some((bookmark, level)) = open.pop() {
        if entries.len() >= MAX_ENTRIES {
            break;
        }
        if let Some(title) = bookmark.title() {
            entries.push(Entry { title, level });
        }
        open.extend(bookmark.next_sibling().map(|next| (next, level)));
        open.extend(bookmark.first_child().filter(|_| level < 6).map(|child| (child, level + 1)));
    }
    entries
}

/// Quarter turns, counter-clockwise.
const TURNS: [(f32, f32); 4] = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];

fn load<'a>(document: &'a PdfDocument<'_>, index: PdfPageIndex) -> Result<(PdfPage<'a>, Vec<Field>), PdfiumError> {
    let mut page = document.pages().get(index)?;
    let Some(fields) = forms::draw(&mut page) else { return Ok((page, Vec::new())) };
    drop(page);
    Ok((document.pages().get(index)?, fields))
}

fn page(page: &PdfPage<'_>, fields: &[Field]) -> Page {
    let Ok(text) = page.text() else { return Page::default() };
    let characters = text.chars();
    let mut by_turn: [Words; 4] = std::array::from_fn(|_| Words::new(0.3));
    let mut counts = [0_usize; 4];
    let mut unmapped = 0;
    let mut last = 0;
    for character in characters.iter() {
        let c = match character.unicode_value() {
            // PDFium's mark for a hyphen at the end of a line.
            2 | 0xfffe => '-',
            0 | 0xfffd | 0xffff => {
                unmapped += 1;
                continue;
            }
            value => char::from_u32(value).unwrap_or('\u{fffd}'),
        };
        if c.is_whitespace() || c.is_control() {
            by_turn[last].space();
            continue;
        }
        if ('\u{e000}'..'\u{f000}').contains(&c) {
            unmapped += 1;
        }
        let (Ok(bounds), Ok(origin), Ok(matrix)) = (character.loose_bounds(), character.origin(), character.matrix())
        else {
            continue;
        };
        let turn = turn(matrix.a(), matrix.b());
        let scale = matrix.c().hypot(matrix.d());
        let size = (character.unscaled_font_size().value * scale).abs().clamp(0.5, 2000.0);
        let (cos, sin) = TURNS[turn];
        let along = |x: f32, y: f32| x * cos + y * sin;
        let (left, right) =
            (along(bounds.left().value, bounds.bottom().value), along(bounds.right().value, bounds.top().value));
        let (x, y) = (origin.0.value, origin.1.value);
        let glyph = Glyph { x0: left.min(right), x1: left.max(right), y: x * sin - y * cos, size };
        if turn != last {
            by_turn[last].space();
            last = turn;
        }
        counts[turn] += 1;
        by_turn[turn].push(c.encode_utf8(&mut [0; 4]), glyph, || font(&character));
    }
    let main = (0..4).max_by_key(|turn| (counts[*turn], 4 - turn)).unwrap_or(0);
    let mut result = Page { unmapped, ..Page::default() };
    for (turn, words) in by_turn.into_iter().enumerate() {
        let words = words.finish();
        if turn == main {
            result.words = words;
        } else {
            result.slanted.extend(words);
        }
    }
    fill_in(fields, main, &mut result.words);
    let (width, height) = (page.width().value, page.height().value);
    // Turned text fills a page whose sides are swapped, unless the page is turned as a whole: then they already are.
    result.height = height.max(1.0);
    let top = result.words.iter().map(|word| word.y - word.size).fold(f32::INFINITY, f32::min);
    let bottom = result.words.iter().map(|word| word.y).fold(f32::NEG_INFINITY, f32::max);
    if main == 0 {
        result.words.iter_mut().for_each(|word| word.y += height);
    } else if top.is_finite() {
        result.words.iter_mut().for_each(|word| word.y -= top);
        result.height = (bottom - top).max(1.0);
    }
    if counts.iter().sum::<usize>() < 60 {
        result.pictures = pictures(page.objects(), 0) / (width * height).max(1.0);
    }
    result
}

/// Marks the words that stand in fields, and adds values that the file does not set or only draws, such as ticks.
fn fill_in(fields: &[Field], turn: usize, words: &mut Vec<Word>) {
    let (cos, sin) = TURNS[turn];
    for Field { bounds, value } in fields {
        let corners = [(bounds.left().value, bounds.bottom().value), (bounds.right().value, bounds.top().value)];
        let x = corners.map(|(x, y)| x * cos + y * sin);
        let y = corners.map(|(x, y)| x * sin - y * cos);
        let place = Place { x0: x[0].min(x[1]), x1: x[0].max(x[1]), top: y[0].min(y[1]), bottom: y[0].max(y[1]) };
        let mut is_empty = true;
        for word in words.iter_mut().filter(|word| place.holds(word)) {
            word.typed = true;
            is_empty = false;
        }
        if let Some(value) = value.as_ref().filter(|_| is_empty) {
            words.extend(place.write(value));
        }
    }
}

fn turn(a: f32, b: f32) -> usize {
    if a.abs() >= b.abs() {
        if a >= 0.0 { 0 } else { 2 }
    } else if b > 0.0 {
        1
    } else {
        3
    }
}

/// Whether a character's font is bold, and whether it is of one width.
fn font(character: &PdfPageTextChar<'_>) -> (bool, bool) {
    let name = character.font_name().to_lowercase();
    let heavy = match character.font_weight() {
        Some(
            PdfFontWeight::Weight600
            | PdfFontWeight::Weight700Bold
            | PdfFontWeight::Weight800
            | PdfFontWeight::Weight900,
        ) => true,
        Some(PdfFontWeight::Custom(weight)) => (600..=1000).contains(&weight),
        _ => false,
    };
    let bold = heavy || ["bold", "black", "heavy", "cmbx", "demi", "gras"].iter().any(|part| name.contains(part));
    let mono =
        ["mono", "courier", "consol", "cmtt", "typewriter", "code", "menlo"].iter().any(|part| name.contains(part))
            || character.font_is_fixed_pitch();
    (bold, mono)
}

/// Area under pictures in square points, at most that of the whole page several times over.
fn pictures<'a>(objects: &impl PdfPageObjectsCommon<'a>, depth: u32) -> f32 {
    let mut area = 0.0;
    for index in 0..objects.len().min(2000) {
        let Ok(object) = objects.get(index) else { continue };
        match &object {
            PdfPageObject::Image(image) => {
                area += image.bounds().map_or(0.0, |bounds| bounds.width().value * bounds.height().value);
            }
            PdfPageObject::XObjectForm(_) if depth < 3 => {
                // Coordinates inside a form are its own: a picture in it is taken to fill it.
                let inside = has_picture(&object);
                area += if inside { object.bounds().map_or(0.0, |b| b.width().value * b.height().value) } else { 0.0 };
            }
            _ => {}
        }
    }
    area
}

fn has_picture(object: &PdfPageObject<'_>) -> bool {
    object.as_x_object_form_object().is_some_and(|form| {
        (0..form.len().min(200)).any(|index| {
            form.get(index).is_ok_and(|inner| matches!(inner, PdfPageObject::Image(_)) || has_picture(&inner))
        })
    })
}
