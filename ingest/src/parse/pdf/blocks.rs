//! Lines become headings, paragraphs, list items and code.

use std::collections::{BTreeMap, HashMap, HashSet};

use models::{Block, BlockKind};

use super::{
    layout::{self, Item},
    lines::Line,
    page::File,
};
use crate::parse::{plain, tables, tidy};

/// The blocks of a file whose running headers are gone.
pub(super) fn of(file: &File) -> Vec<Block> {
    let pages: Vec<Vec<Item>> = file
        .pages
        .iter()
        .map(|page| {
            let mut items = layout::order(page.words.clone());
            items.extend(layout::order(page.slanted.clone()));
            items
        })
        .collect();
    let shape = Shape::of(file, &pages);
    let mut pieces: Vec<Piece> = Vec::new();
    for (number, items) in (1..).zip(pages) {
        for item in items {
            match item {
                Item::Region(lines) => shape.region(lines, number, &mut pieces),
                Item::Table { rows, has_header } => {
                    pieces.extend(tables::blocks(&rows, has_header, Some(number)).into_iter().map(Piece::done));
                }
            }
        }
    }
    shape.finish(pieces)
}

/// A block in the making.
struct Piece {
    block: Block,
    /// Size and weight of a heading, from which its level follows.
    look: Option<(u32, bool)>,
}

impl Piece {
    fn done(block: Block) -> Self {
        Self { block, look: None }
    }
}

/// What is usual in this file.
struct Shape {
    /// Font size of the running text, in half points.
    body: u32,
    /// Whether bold stands out.
    bold_is_rare: bool,
    /// Titles of the outline, and their levels.
    outline: HashMap<String, u8>,
    vocabulary: HashSet<String>,
}

impl Shape {
    fn of(file: &File, pages: &[Vec<Item>]) -> Self {
        let mut sizes: BTreeMap<u32, usize> = BTreeMap::new();
        let (mut bold, mut all) = (0, 0);
        let mut vocabulary = HashSet::new();
        for line in pages
            .iter()
            .flatten()
            .filter_map(|item| if let Item::Region(lines) = item { Some(lines) } else { None })
            .flatten()
        {
            let letters = line.text.chars().count();
            *sizes.entry(half_points(line.size)).or_default() += letters;
            all += letters;
            bold += if line.bold { letters } else { 0 };
            let words = line.text.split(|c: char| !c.is_alphanumeric() && c != '-');
            vocabulary.extend(words.filter(|word| word.len() > 3 && !word.ends_with('-')).map(str::to_lowercase));
        }
        let body = sizes.iter().max_by_key(|(_, letters)| **letters).map_or(20, |(size, _)| *size);
        let outline = file
            .outline
            .iter()
            .map(|entry| (plain_key(&entry.title), entry.level))
            .filter(|(key, _)| key.len() > 2)
            .collect();
        Self { body, bold_is_rare: bold * 3 < all, outline, vocabulary }
    }

    /// Divides lines that stand below each other into blocks.
    fn region(&self, lines: Vec<Line>, page: u32, pieces: &mut Vec<Piece>) {
        let margins = Margins::of(&lines);
        let mut group: Vec<Line> = Vec::new();
        for line in lines {
            if group.last().is_some_and(|last| margins.breaks(&group[0], last, &line)) {
                self.close(&std::mem::take(&mut group), page, pieces, &margins);
            }
            group.push(line);
        }
        self.close(&group, page, pieces, &margins);
    }

    fn close(&self, lines: &[Line], page: u32, pieces: &mut Vec<Piece>, margins: &Margins) {
        let Some(first) = lines.first() else { return };
        let (size, bold) = (half_points(first.size), lines.iter().all(|line| line.bold));
        let block = |kind, text: String| Block { kind, text, page: Some(page) };
        if lines.iter().all(|line| line.mono) && lines.len() > 1 {
            let text: Vec<String> = lines.iter().map(|line| margins.indented(line)).collect();
            pieces.push(Piece::done(block(BlockKind::Code, text.join("\n"))));
            return;
        }
        let mut text = String::new();
        for line in lines {
            tidy::join(&mut text, &line.text, |word| self.vocabulary.contains(word));
        }
        let text = tidy::line(&text);
        if text.is_empty() {
            return;
        }
        if let Some(item) = plain::list_mark(&text) {
            pieces.push(Piece::done(block(BlockKind::ListItem, item.to_owned())));
        } else if let Some(level) = self.outline.get(&plain_key(&text)).filter(|_| lines.len() <= 3) {
            pieces.push(Piece::done(block(BlockKind::Heading { level: (*level).min(6) }, text)));
        } else if self.is_heading(&text, size, bold, lines.len()) {
            let look = Some((size, bold));
            pieces.push(Piece { look, ..Piece::done(block(BlockKind::Heading { level: 1 }, text)) });
        } else if plain::is_numbered(&text) {
            pieces.push(Piece::done(block(BlockKind::ListItem, text)));
        } else {
            self.paragraph(block(BlockKind::Paragraph, text), pieces);
        }
    }

    /// A paragraph that begins in the middle of a sentence goes on from the column or page before.
    fn paragraph(&self, block: Block, pieces: &mut Vec<Piece>) {
        let goes_on = block.text.starts_with(char::is_lowercase);
        if let Some(last) = pieces.last_mut().filter(|_| goes_on) {
            let is_open = matches!(last.block.kind, BlockKind::Paragraph | BlockKind::ListItem)
                && !last.block.text.ends_with(['.', '!', '?', ':', ';'])
                && last.block.text.chars().count() > 40;
            if is_open && last.block.page != block.page {
                tidy::join(&mut last.block.text, &block.text, |word| self.vocabulary.contains(word));
                return;
            }
        }
        pieces.push(Piece::done(block));
    }

    fn is_heading(&self, text: &str, size: u32, bold: bool, lines: usize) -> bool {
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let length = text.chars().count();
        let ends = text.ends_with(['.', ',', ';']) && !plain::is_numbered(text);
        if letters < 3 || letters * 2 < length || length > 160 || lines > 3 || ends {
            return false;
        }
        let is_large = size * 100 >= self.body * 112;
        is_large || (bold && self.bold_is_rare && size * 100 >= self.body * 95 && length <= 110)
    }

    /// Gives headings their levels: the larger the higher, bold above regular.
    fn finish(&self, pieces: Vec<Piece>) -> Vec<Block> {
        let mut looks: Vec<(u32, bool)> = pieces.iter().filter_map(|piece| piece.look).collect();
        looks.sort_unstable();
        looks.dedup();
        looks.reverse();
        let deepest = self.outline.values().copied().max();
        pieces
            .into_iter()
            .map(|piece| match piece.look.and_then(|look| looks.iter().position(|other| *other == look)) {
                Some(rank) => {
                    let level = u8::try_from(rank + 1).unwrap_or(6);
                    // Beside an outline, other headings are below it, but for the title's size.
                    let level =
                        deepest.map_or(level, |deepest| if rank == 0 { 1 } else { level.max(deepest.min(3) + 1) });
                    Block { kind: BlockKind::Heading { level: level.min(6) }, ..piece.block }
                }
                None => piece.block,
            })
            .collect()
    }
}

/// The measures of a region.
struct Margins {
    left: f32,
    right: f32,
    leading: f32,
}

impl Margins {
    fn of(lines: &[Line]) -> Self {
        let mut lefts: Vec<f32> = lines.iter().map(|line| line.x0).collect();
        let mut rights: Vec<f32> = lines.iter().map(|line| line.x1).collect();
        let mut leadings: Vec<f32> = lines
            .windows(2)
            .map(|pair| (pair[1].y - pair[0].y) / pair[1].size.max(1.0))
            .filter(|leading| (0.8..2.2).contains(leading))
            .collect();
        for list in [&mut lefts, &mut rights, &mut leadings] {
            list.sort_by(f32::total_cmp);
        }
        let at =
            |list: &[f32], tenth: usize| list.get((list.len() * tenth / 10).min(list.len().saturating_sub(1))).copied();
        Self {
            left: at(&lefts, 1).unwrap_or(0.0),
            right: at(&rights, 9).unwrap_or(0.0),
            leading: at(&leadings, 3).unwrap_or(1.25),
        }
    }

    /// Whether `line` begins a new block after `last`, in a block that began with `first`.
    fn breaks(&self, first: &Line, last: &Line, line: &Line) -> bool {
        let size = last.size.max(line.size);
        if (last.size - line.size).abs() > 0.12 * size || last.mono != line.mono {
            return true;
        }
        let distance = line.y - last.y;
        if distance > 1.3 * self.leading * size || distance < -0.5 * size {
            return true;
        }
        if line.mono {
            return false;
        }
        let begins_item = plain::list_mark(&line.text).is_some() || plain::is_numbered(&line.text);
        if begins_item || last.bold != line.bold {
            return true;
        }
        let in_item = plain::list_mark(&first.text).is_some() || plain::is_numbered(&first.text);
        if in_item {
            // Lines of an item hang below its text; what stands left of that is the next paragraph.
            return line.x0 < first.x0 - 0.5 * size;
        }
        let indented = line.x0 > last.x0 + 0.7 * size && (last.x0 - first.x0).abs() < 0.7 * size;
        let width = (self.right - self.left).max(1.0);
        let short = last.x1 < self.right - 0.15 * width;
        let very_short = last.x1 < self.left + 0.55 * width;
        let ended = last.text.ends_with(['.', '!', '?', ':', ';']);
        let starts = !line.text.starts_with(char::is_lowercase);
        (indented && (ended || short)) || (short && ended && starts) || (very_short && starts)
    }

    /// A line of code with the spaces that its place stands for.
    fn indented(&self, line: &Line) -> String {
        let columns = (line.x0 - self.left).max(0.0) / (0.6 * line.size).max(0.1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column, 0 to 100")]
        let columns = columns.round().min(100.0) as usize;
        format!("{}{}", " ".repeat(columns), line.text)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "font sizes are 0.5 to 2000 points")]
fn half_points(size: f32) -> u32 {
    (size * 2.0).round() as u32
}

/// A title without numbers' dots, spaces and case, to compare an outline with the page.
fn plain_key(title: &str) -> String {
    title.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
