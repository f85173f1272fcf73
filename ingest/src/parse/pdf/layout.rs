//! Reading order: columns one after the other, cells of a table row by row.
//!
//! A band is a run of rows that share at least one gutter, a strip that no word crosses. Long lines on both sides of a
//! gutter are columns of text; short ones are the cells of a table.

use super::{
    lines::{self, GAP, Line, Row, Segment},
    page::Word,
};

#[derive(Debug)]
pub(super) enum Item {
    /// Lines that stand below each other.
    Region(Vec<Line>),
    Table(Vec<Vec<String>>),
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
        if row.segments.len() < 2 || depth >= MAX_DEPTH {
            plain.push(row);
            continue;
        }
        let mut band = Band::new(row);
        while let Some(row) = rows.next_if(|row| band.admits(row)) {
            band.push(row);
        }
        let leftover = band.trim();
        match band.kind() {
            Kind::Columns => {
                band.take_from_above(&mut plain);
                flush(&mut plain, items);
                for column in band.columns() {
                    arrange(column, depth + 1, items);
                }
            }
            Kind::Table => {
                flush(&mut plain, items);
                items.push(Item::Table(band.cells()));
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
        let is_far = row.y - last.y > 4.0 * last.size.max(row.size);
        // A line across a gutter of a table with several columns is the next paragraph.
        let crosses = row.segments.len() == 1 && after < before;
        after > 0 && !is_far && !crosses
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
        let full = self.rows.iter().filter(|row| row.segments.len() > 1).count();
        if full < 2 {
            return Kind::Plain;
        }
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
        if (2..=4).contains(&count) && prose == count && self.rows.len() >= 5 { Kind::Columns } else { Kind::Table }
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
        let spacing = self.spacing();
        let distances: Vec<f32> = self.rows.windows(2).map(|pair| pair[1].y - pair[0].y).collect();
        let widest = distances.iter().copied().fold(0.0, f32::max);
        // Where rows stand further apart than the lines within them, the distance tells them apart.
        let by_distance = widest > 1.3 * spacing;
        let mut table: Vec<Vec<String>> = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = self
                .columns_of(row)
                .into_iter()
                .map(|segments| segments.iter().map(Segment::text).collect::<Vec<_>>().join(" "))
                .collect();
            let near = index > 0 && distances[index - 1] <= 1.15 * spacing.max(row.size);
            let filled = cells.iter().filter(|cell| !cell.is_empty()).count();
            let goes_on = near && filled < cells.len() && (cells[0].is_empty() || (by_distance && filled == 1));
            match table.last_mut() {
                Some(last) if goes_on => {
                    for (cell, more) in last.iter_mut().zip(cells) {
                        super::super::tidy::join(cell, &more, |_| false);
                    }
                }
                _ => table.push(cells),
            }
        }
        table
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
