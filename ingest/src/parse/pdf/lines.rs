//! Words become rows of segments: pieces of a line between wide gaps.

use super::page::Word;

/// A gap of this many font sizes may separate columns or cells.
pub(super) const GAP: f32 = 0.85;

/// A run of words on one baseline.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub words: Vec<Word>,
}

/// Everything on one baseline, from left to right.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub y: f32,
    pub size: f32,
    pub segments: Vec<Segment>,
}

/// A line of text as a reader sees it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub text: String,
    pub x0: f32,
    pub x1: f32,
    pub y: f32,
    pub size: f32,
    /// All of its words are.
    pub bold: bool,
    pub mono: bool,
}

impl Segment {
    pub(super) fn x0(&self) -> f32 {
        self.words.first().map_or(0.0, |word| word.x0)
    }

    pub(super) fn x1(&self) -> f32 {
        self.words.iter().map(|word| word.x1).fold(0.0, f32::max)
    }

    pub(super) fn text(&self) -> String {
        text(&self.words)
    }
}

impl Row {
    /// Whether the next row stands beside this one rather than below it: columns whose lines do not align.
    pub(super) fn is_beside(&self, next: &Self) -> bool {
        let (Some(own), Some(other)) = (self.segments.first(), next.segments.first()) else { return false };
        let size = self.size.max(next.size);
        let gap = (other.x0() - own.x1()).max(own.x0() - other.x1());
        next.y - self.y < 0.9 * size && gap > GAP * size
    }

    pub(super) fn width(&self) -> f32 {
        let end = self.segments.last().map_or(0.0, Segment::x1);
        end - self.segments.first().map_or(0.0, Segment::x0)
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &Word> {
        self.segments.iter().flat_map(|segment| &segment.words)
    }

    pub(super) fn line(self) -> Line {
        let words: Vec<Word> = self.segments.into_iter().flat_map(|segment| segment.words).collect();
        line(&words)
    }
}

/// Rows from top to bottom.
pub(super) fn rows(mut words: Vec<Word>) -> Vec<Row> {
    words.sort_by(|a, b| a.y.total_cmp(&b.y));
    let mut rows: Vec<(f32, f32, Vec<Word>)> = Vec::new();
    for word in words {
        match rows.last_mut() {
            // A raised note mark is smaller and higher than its line.
            Some((y, size, row)) if (word.y - *y).abs() <= 0.4 * size.max(word.size) => {
                if word.size > *size {
                    (*y, *size) = (word.y, word.size);
                }
                row.push(word);
            }
            _ => rows.push((word.y, word.size, vec![word])),
        }
    }
    rows.into_iter().map(|(y, size, words)| Row { y, size, segments: segments(words) }).collect()
}

fn segments(mut words: Vec<Word>) -> Vec<Segment> {
    words.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let mut segments: Vec<Segment> = Vec::new();
    let mut end = f32::NEG_INFINITY;
    for word in words {
        let is_near = word.x0 - end <= GAP * word.size;
        end = end.max(word.x1);
        match segments.last_mut() {
            Some(segment) if is_near => segment.words.push(word),
            _ => segments.push(Segment { words: vec![word] }),
        }
    }
    // The mark of a list item is no column: it belongs to its text.
    if let [mark, text, rest @ ..] = segments.as_mut_slice() {
        let near = text.x0() - mark.x1() <= 4.0 * text.words[0].size;
        if near && is_mark(&mark.text(), rest.is_empty()) {
            let words = std::mem::take(&mut text.words);
            mark.words.extend(words);
            segments.remove(1);
        }
    }
    segments
}

/// A bullet; or a number, where no table's cells follow.
fn is_mark(text: &str, alone: bool) -> bool {
    let mut chars = text.chars();
    let is_bullet = matches!((chars.next(), chars.next()), (Some(c), None) if !c.is_alphanumeric());
    let body = text.trim_end_matches(['.', ')']);
    let is_number = alone
        && (1..=3).contains(&body.len())
        && (body.chars().all(|c| c.is_ascii_digit()) || (body.len() == 1 && body != text));
    is_bullet || is_number
}

pub(super) fn line(words: &[Word]) -> Line {
    let x1 = words.iter().map(|word| word.x1).fold(0.0, f32::max);
    let lettered: Vec<&Word> = words.iter().filter(|word| word.text.chars().any(char::is_alphanumeric)).collect();
    Line {
        text: text(words),
        x0: words.first().map_or(0.0, |word| word.x0),
        x1,
        y: words.first().map_or(0.0, |word| word.y),
        size: usual_size(words),
        bold: !lettered.is_empty() && lettered.iter().all(|word| word.bold),
        mono: !words.is_empty() && words.iter().all(|word| word.mono),
    }
}

/// The font size of most letters: a bullet or an initial may be larger.
fn usual_size(words: &[Word]) -> f32 {
    let mut sizes: Vec<(f32, usize)> = words.iter().map(|word| (word.size, word.text.chars().count())).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = sizes.iter().map(|(_, letters)| letters).sum::<usize>() / 2;
    let mut seen = 0;
    for (size, letters) in sizes {
        seen += letters;
        if seen > half {
            return size;
        }
    }
    0.0
}

/// Words with spaces between them where the file or the gap says so.
fn text(words: &[Word]) -> String {
    let letters = words.iter().flat_map(|word| word.text.chars());
    let (mut right_to_left, mut left_to_right) = (0, 0);
    for c in letters.filter(|c| c.is_alphabetic()) {
        if matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}') {
            right_to_left += 1;
        } else {
            left_to_right += 1;
        }
    }
    let mut ordered: Vec<&Word> = words.iter().collect();
    let backwards = right_to_left > left_to_right;
    if backwards {
        ordered.reverse();
    }
    let mut out = String::new();
    let mut last: Option<&Word> = None;
    for word in ordered {
        let gap = last.map_or(0.0, |last| if backwards { last.x0 - word.x1 } else { word.x0 - last.x1 });
        let is_apart = word.spaced || backwards || gap > 0.15 * word.size;
        if last.is_some() && is_apart {
            out.push(' ');
        }
        out.push_str(&word.text);
        last = Some(word);
    }
    out
}
