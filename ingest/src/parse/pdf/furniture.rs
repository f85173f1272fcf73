//! Running headers, footers and page numbers: what stands at the same edge of many pages.

use std::collections::{HashMap, HashSet};

use super::page::Page;

/// Share of the page's height, at the top and at the bottom, where furniture stands.
const EDGE: f32 = 0.13;
/// Rows looked at per edge.
const ROWS: usize = 3;

/// Takes the words of repeated rows out of the pages.
pub(super) fn remove(pages: &mut [Page]) {
    if pages.len() < 2 {
        return;
    }
    let mut seen: HashMap<(bool, String), HashSet<usize>> = HashMap::new();
    let rows: Vec<Vec<Row>> = pages.iter().map(edges).collect();
    for (number, rows) in rows.iter().enumerate() {
        for row in rows {
            seen.entry((row.at_top, row.key.clone())).or_default().insert(number);
        }
    }
    let many = if pages.len() == 2 { 2 } else { (pages.len() * 2 / 5).max(3) };
    let dropped: Vec<Vec<usize>> = rows
        .into_iter()
        .map(|rows| {
            let repeated = rows.into_iter().filter(|row| seen[&(row.at_top, row.key.clone())].len() >= many);
            let mut words: Vec<usize> = repeated.flat_map(|row| row.words).collect();
            words.sort_unstable();
            words.dedup();
            words
        })
        .collect();
    // Pages of nothing else would be left empty.
    if pages.iter().zip(&dropped).all(|(page, dropped)| dropped.len() == page.words.len()) {
        return;
    }
    for (page, dropped) in pages.iter_mut().zip(dropped) {
        let mut index = 0;
        page.words.retain(|_| {
            index += 1;
            dropped.binary_search(&(index - 1)).is_err()
        });
    }
}

struct Row {
    at_top: bool,
    /// The text with its digits hidden, so that page numbers compare equal.
    key: String,
    words: Vec<usize>,
}

fn edges(page: &Page) -> Vec<Row> {
    let mut order: Vec<usize> = (0..page.words.len()).collect();
    order.sort_by(|a, b| page.words[*a].y.total_cmp(&page.words[*b].y));
    let mut rows: Vec<(f32, Vec<usize>)> = Vec::new();
    for index in order {
        let word = &page.words[index];
        match rows.last_mut() {
            Some((y, words)) if word.y - *y <= 0.4 * word.size => words.push(index),
            _ => rows.push((word.y, vec![index])),
        }
    }
    let at_top = rows.iter().take(ROWS).filter(|(y, _)| *y < page.height * EDGE);
    let at_bottom = rows.iter().rev().take(ROWS).filter(|(y, _)| *y > page.height * (1.0 - EDGE));
    at_top
        .map(|row| (true, row))
        .chain(at_bottom.map(|row| (false, row)))
        .map(|(at_top, row)| key(page, at_top, row))
        .collect()
}

fn key(page: &Page, at_top: bool, (_, words): &(f32, Vec<usize>)) -> Row {
    let mut words = words.clone();
    words.sort_by(|a, b| page.words[*a].x0.total_cmp(&page.words[*b].x0));
    let texts: Vec<&str> = words.iter().map(|index| page.words[*index].text.as_str()).collect();
    let mut key = String::new();
    for c in texts.join(" ").chars() {
        let c = if c.is_ascii_digit() { '#' } else { c };
        if !(c == '#' && key.ends_with('#')) {
            key.extend(c.to_lowercase());
        }
    }
    Row { at_top, key, words }
}
