//! What both PDF engines deliver: words with their places on pages.

use jiff::civil::Date;

#[derive(Debug, Default)]
pub(super) struct File {
    pub pages: Vec<Page>,
    pub outline: Vec<Entry>,
    pub title: Option<String>,
    pub date: Option<Date>,
}

/// A line of the outline ("bookmarks").
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub title: String,
    /// From 1.
    pub level: u8,
}

/// One page. Lengths are in points, `y` grows downwards.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// Words in upright reading direction, in the order of the file.
    pub words: Vec<Word>,
    /// Words that stand at an angle to the rest: margin notes, watermarks.
    pub slanted: Vec<Word>,
    pub height: f32,
    /// Share of the page under pictures, 0 to 1; only known where there are few words.
    pub pictures: f32,
    /// Characters whose meaning the file does not tell.
    pub unmapped: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that do not depend on each other")]
pub(super) struct Word {
    pub text: String,
    pub x0: f32,
    pub x1: f32,
    /// The baseline.
    pub y: f32,
    pub size: f32,
    pub bold: bool,
    pub mono: bool,
    /// Whether the file has a space or a jump in front of it.
    pub spaced: bool,
    /// Whether it stands in a form field.
    pub typed: bool,
}

impl Page {
    fn letters(&self) -> usize {
        self.words.iter().map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).count()).sum()
    }

    /// A picture fills the page, with no more than a stamp or a page number as text; or the text is unreadable.
    fn is_scanned(&self) -> bool {
        let letters = self.letters();
        let is_picture = (letters == 0 && self.pictures > 0.05) || (letters < 50 && self.pictures > 0.5);
        is_picture || (self.unmapped > 50 && self.unmapped > letters * 3)
    }
}

impl File {
    /// Counted from 1.
    pub(super) fn scanned_pages(&self) -> Vec<u32> {
        (1..).zip(&self.pages).filter(|(_, page)| page.is_scanned()).map(|(number, _)| number).collect()
    }
}

/// Puts characters together to words.
#[derive(Debug, Default)]
pub(super) struct Words {
    done: Vec<Word>,
    current: Option<Word>,
    spaced: bool,
    /// Gap, as a share of the font size, above which two characters belong to two words.
    pub gap: f32,
}

/// One character and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Glyph {
    pub x0: f32,
    pub x1: f32,
    pub y: f32,
    pub size: f32,
}

impl Words {
    pub(super) fn new(gap: f32) -> Self {
        Self { gap, spaced: true, ..Self::default() }
    }

    pub(super) fn space(&mut self) {
        self.finish_word();
        self.spaced = true;
    }

    /// Whether the next character begins a word; its font is worth asking for then.
    pub(super) fn begins(&self, glyph: Glyph) -> bool {
        self.current.as_ref().is_none_or(|word| {
            let size = word.size.max(glyph.size);
            let gap = glyph.x0 - word.x1;
            (glyph.y - word.y).abs() > 0.2 * size || gap > self.gap * size || gap < -0.7 * size
        })
    }

    pub(super) fn push(&mut self, text: &str, glyph: Glyph, font: impl FnOnce() -> (bool, bool)) {
        if self.begins(glyph) {
            let spaced =
                self.spaced || self.current.as_ref().is_some_and(|word| glyph.x0 - word.x1 > self.gap * word.size);
            self.finish_word();
            let (bold, mono) = font();
            self.current = Some(Word {
                text: text.to_owned(),
                x0: glyph.x0,
                x1: glyph.x1,
                y: glyph.y,
                size: glyph.size,
                bold,
                mono,
                spaced,
                typed: false,
            });
            self.spaced = false;
        } else if let Some(word) = &mut self.current {
            word.text.push_str(text);
            word.x1 = word.x1.max(glyph.x1);
            word.size = word.size.max(glyph.size);
        }
    }

    fn finish_word(&mut self) {
        self.done.extend(self.current.take());
    }

    pub(super) fn finish(mut self) -> Vec<Word> {
        self.finish_word();
        self.done
    }
}
