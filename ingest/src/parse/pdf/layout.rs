//! Reading order: columns one after the other, cells of a table row by row.
//!
//! A band is a run of rows that share at least one gutter, a strip that no word crosses. Long lines on both sides of a
//! gutter are columns of text; short ones are the cells of a table.

use super::{
    lines::{self, GAP, Line, Row, Segment},
    page::Word,
};
use crate::parse::tidy;

#[derive(Debug)]
pub(super) enum Item {
    /// Lines that stand below each other.
    Region(Vec<Line>),
    Table {
        rows: Vec<Vec<String>>,
        /// `None` where only its words can tell.
        has_header: Option<bool>,
    },
}

/// Columns inside columns inside columns; deeper is a drawing.
const MAX_DEPTH: u32 = 3;

/// Orders the words of one page.
pub(super) fn order(words: Vec<Word>) -> Vec<Item> {
    let mut items = Vec::new();
    arrange(words, 0, &mut items);
    items
}

fn arrange(words: Vec<Word>, depth: u32, items: &mut Vec<Item>) {
    let mut rows = lines::rows(words).into_iter().peekable();
    let mut plain: Vec<Row> = Vec::new();
    while let Some(row) = rows.next() {
        let is_divided = row.segments.len() > 1 || rows.peek().is_some_and(|next| row.is_beside(next));
        if !is_divided || depth >= MAX_DEPTH {
            plain.push(row);
            continue;
        }
        let mut band = Band::new(row);
        while let Some(row) = rows.next_if(|row| band.admits(row)) {
            band.push(row);
        }
        let kind = band.kind();
        // Columns end where a line crosses the gutter; the text below a table may be narrow.
        let leftover = if matches!(kind, Kind::Table) { band.trim() } else { Vec::new() };
        match kind {
            Kind::Columns => {
                band.take_from_above(&mut plain);
                flush(&mut plain, items);
                for column in band.columns() {
                    arrange(column, depth + 1, items);
                }
            }
            Kind::Table => {
                flush(&mut plain, items);
                // A row that somebody has filled in is no header.
                let has_header = band.rows[0].words().any(|word| word.typed).then_some(false);
                items.push(Item::Table { rows: band.cells(), has_header });
            }
            Kind::Plain => plain.append(&mut band.rows),
        }
        plain.extend(leftover);
    }
    flush(&mut plain, items);
}

fn flush(rows: &mut Vec<Row>, items: &mut Vec<Item>) {
    if !rows.is_empty() {
        items.push(Item::Region(rows.drain(..).map(Row::line).collect()));
    }
}

enum Kind {
    Columns,
    Table,
    Plain,
}

struct Band {
    rows: Vec<Row>,
    /// Strips without words, from left to right; the outer ones reach to infinity.
    gaps: Vec<(f32, f32)>,
}

impl Band {
    fn new(row: Row) -> Self {
        Self { gaps: gaps(&row), rows: vec![row] }
    }

    /// Gutters: strips with words on both sides.
    fn gutters(gaps: &[(f32, f32)]) -> impl Iterator<Item = (f32, f32)> {
        gaps.iter().copied().filter(|(start, end)| start.is_finite() && end.is_finite())
    }

    fn admits(&self, row: &Row) -> bool {
        let Some(last) = self.rows.last() else { return false };
        let before = Self::gutters(&self.gaps).count();
        let after = Self::gutters(&intersect(&self.gaps, &gaps(row), row.size)).count();
        let distance = row.y - last.y;
        let widest = self.rows.windows(2).map(|pair| pair[1].y - pair[0].y).fold(0.0, f32::max);
        let is_single = row.segments.len() == 1;
        let is_far = distance > 4.0 * last.size.max(row.size)
            || (is_single
                && self.rows.len() > 1
                && self.full() * 2 >= self.rows.len()
                && distance > 1.5 * widest.max(1.3 * last.size));
        // A line across a gutter of a table with several columns is the next paragraph.
        let (left, right) = self.extent();
        let crosses = is_single && after < before && row.width() > 0.6 * (right - left);
        after > 0 && !is_far && !crosses
    }

    /// Rows with something on both sides of a gap.
    fn full(&self) -> usize {
        self.rows.iter().filter(|row| row.segments.len() > 1).count()
    }

    fn extent(&self) -> (f32, f32) {
        let segments = || self.rows.iter().flat_map(|row| &row.segments);
        (
            segments().map(Segment::x0).fold(f32::INFINITY, f32::min),
            segments().map(Segment::x1).fold(f32::NEG_INFINITY, f32::max),
        )
    }

    fn push(&mut self, row: Row) {
        self.gaps = intersect(&self.gaps, &gaps(&row), row.size);
        self.rows.push(row);
    }

    /// Gives back rows of one piece at the end that stand apart: the text below the band.
    fn trim(&mut self) -> Vec<Row> {
        let spacing = self.spacing();
        let last_full = self.rows.iter().rposition(|row| row.segments.len() > 1).unwrap_or(0);
        let apart =
            (last_full + 1..self.rows.len()).find(|&index| self.rows[index].y - self.rows[index - 1].y > 1.4 * spacing);
        apart.map_or_else(Vec::new, |index| self.rows.split_off(index))
    }

    /// The least distance between two rows.
    fn spacing(&self) -> f32 {
        let distances = self.rows.windows(2).map(|pair| pair[1].y - pair[0].y);
        let least = distances.filter(|distance| *distance > 0.7 * self.rows[0].size).fold(f32::INFINITY, f32::min);
        if least.is_finite() { least } else { 1.2 * self.rows[0].size }
    }

    fn columns_of(&self, row: &Row) -> Vec<Vec<Segment>> {
        let gutters: Vec<(f32, f32)> = Self::gutters(&self.gaps).collect();
        let mut columns = vec![Vec::new(); gutters.len() + 1];
        for segment in &row.segments {
            let column = gutters.iter().filter(|(start, _)| segment.x0() >= *start).count();
            columns[column].push(segment.clone());
        }
        columns
    }

    fn kind(&self) -> Kind {
        let count = Self::gutters(&self.gaps).count() + 1;
        let mut texts: Vec<Vec<f32>> = vec![Vec::new(); count];
        let mut letters = vec![0_usize; count];
        for row in &self.rows {
            for (column, segments) in self.columns_of(row).into_iter().enumerate() {
                if let (Some(first), Some(last)) = (segments.first(), segments.last()) {
                    texts[column].push(last.x1() - first.x0());
                    letters[column] += segments.iter().map(|segment| segment.text().chars().count()).sum::<usize>();
                }
            }
        }
        // Text fills its column: most lines are about as long as the longest, and hold several words.
        let is_prose = |column: usize| {
            let widths = &texts[column];
            let widest = widths.iter().copied().fold(0.0, f32::max);
            let long = widths.iter().filter(|width| **width > 0.7 * widest).count();
            widths.len() >= 4 && letters[column] >= 22 * widths.len() && long * 2 >= widths.len()
        };
        let prose = (0..count).filter(|column| is_prose(*column)).count();
        if (2..=4).contains(&count) && prose == count && self.rows.len() >= 5 {
            return Kind::Columns;
        }
        if self.full() < 2 { Kind::Plain } else { Kind::Table }
    }

    /// Rows above that lie on one side of the gutters belong to a column that begins higher.
    fn take_from_above(&mut self, above: &mut Vec<Row>) {
        while let Some(row) = above.last() {
            let fits = Self::gutters(&intersect(&self.gaps, &gaps(row), row.size)).count()
                == Self::gutters(&self.gaps).count();
            let is_near = self.rows.first().is_some_and(|first| first.y - row.y < 2.0 * first.size.max(row.size));
            if !(fits && is_near) {
                return;
            }
            self.rows.splice(0..0, above.pop());
        }
    }

    fn columns(self) -> Vec<Vec<Word>> {
        let count = Self::gutters(&self.gaps).count() + 1;
        let mut columns = vec![Vec::new(); count];
        for row in &self.rows {
            for (column, segments) in self.columns_of(row).into_iter().enumerate() {
                columns[column].extend(segments.into_iter().flat_map(|segment| segment.words));
            }
        }
        columns
    }

    /// Cells, with the lines of a wrapped cell put together.
    fn cells(&self) -> Vec<Vec<String>> {
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                let columns = self.columns_of(row).into_iter();
                columns.map(|segments| segments.iter().map(Segment::text).collect::<Vec<_>>().join(" ")).collect()
            })
            .collect();
        let joins = self.joins(&rows);
        let mut table: Vec<Vec<String>> = Vec::new();
        for (index, cells) in rows.into_iter().enumerate() {
            match table.last_mut() {
                Some(last) if index > 0 && joins[index - 1] => {
                    for (cell, more) in last.iter_mut().zip(cells) {
                        tidy::join(cell, &more, |_| false);
                    }
                }
                _ => table.push(cells),
            }
        }
        table
    }

    /// Whether each line of cells and the next are one row of the table: a line that lacks cells belongs to its nearest
    /// neighbour, above or below, where that is closer than rows are.
    fn joins(&self, rows: &[Vec<String>]) -> Vec<bool> {
        let distances: Vec<f32> = self.rows.windows(2).map(|pair| pair[1].y - pair[0].y).collect();
        let filled: Vec<usize> = rows.iter().map(|row| row.iter().filter(|cell| !cell.is_empty()).count()).collect();
        let most = filled.iter().copied().max().unwrap_or(0);
        let full: Vec<f32> =
            self.rows.iter().zip(&filled).filter(|(_, filled)| **filled == most).map(|(row, _)| row.y).collect();
        let mut pitches: Vec<f32> = full.windows(2).map(|pair| pair[1] - pair[0]).collect();
        pitches.sort_by(f32::total_cmp);
        let pitch = pitches.get(pitches.len() / 2).copied().unwrap_or(f32::INFINITY);
        let mut joins = vec![false; distances.len()];
        for index in (0..rows.len()).filter(|index| filled[*index] < most) {
            let above = index.checked_sub(1).map_or(f32::INFINITY, |before| distances[before]);
            let below = distances.get(index).copied().unwrap_or(f32::INFINITY);
            let nearest = above.min(below);
            let is_close = nearest < 0.8 * pitch || rows[index][0].is_empty();
            if is_close && nearest <= 1.6 * self.rows[index].size {
                joins[if above <= below { index - 1 } else { index }] = true;
            }
        }
        joins
    }
}

fn gaps(row: &Row) -> Vec<(f32, f32)> {
    let mut gaps = Vec::with_capacity(row.segments.len() + 1);
    let mut start = f32::NEG_INFINITY;
    for segment in &row.segments {
        gaps.push((start, segment.x0()));
        start = segment.x1();
    }
    gaps.push((start, f32::INFINITY));
    gaps
}

fn intersect(a: &[(f32, f32)], b: &[(f32, f32)], size: f32) -> Vec<(f32, f32)> {
    let mut out = Vec::new();
    for (a0, a1) in a {
        for (b0, b1) in b {
            let (start, end) = (a0.max(*b0), a1.min(*b1));
            if end - start >= 0.8 * GAP * size {
                out.push((start, end));
            }
        }
    }
    out
}
