//! Rows of cells become one block each: `header: cell | header: cell`.

pub(crate) mod grid;

use models::{Block, BlockKind};

use super::tidy;

/// Rows of a table in reading order; `has_header` is `None` where the format does not say.
pub(crate) fn blocks(rows: &[Vec<String>], has_header: Option<bool>, page: Option<u32>) -> Vec<Block> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| tidy::line(cell)).collect::<Vec<_>>())
        .filter(|row| row.iter().any(|cell| !cell.is_empty()))
        .collect();
    let block = |text: String| Block { kind: BlockKind::TableRow, text, page };
    let with_header = has_header.unwrap_or_else(|| looks_like_header(&rows)) && rows.len() > 1;
    if !with_header {
        return rows.iter().map(|row| block(plain(row))).collect();
    }
    rows[1..].iter().map(|row| block(labelled(&rows[0], row))).collect()
}

fn plain(row: &[String]) -> String {
    let mut text = String::new();
    for cell in row.iter().filter(|cell| !cell.is_empty()) {
        // "Name:" already says what the next cell is.
        let is_labelled = text.ends_with(':');
        if !text.is_empty() {
            text.push_str(if is_labelled { " " } else { " | " });
        }
        text.push_str(cell);
    }
    text
}

fn labelled(header: &[String], row: &[String]) -> String {
    let filled = row.iter().filter(|cell| !cell.is_empty()).count();
    // A row with one cell that spans the table is a sub-heading of it.
    if filled == 1 && row.len() > 2 && !row[0].is_empty() {
        return plain(row);
    }
    let cells: Vec<String> = row
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(column, cell)| match header.get(column).map(|label| label.trim_end_matches([':', ' '])) {
            Some(label) if !label.is_empty() && label != cell => format!("{label}: {cell}"),
            _ => cell.clone(),
        })
        .collect();
    cells.join(" | ")
}

/// A first row of short, distinct labels without figures, over rows that are as wide.
pub(crate) fn looks_like_header(rows: &[Vec<String>]) -> bool {
    let [first, rest @ ..] = rows else { return false };
    let width = rest.iter().map(Vec::len).max().unwrap_or(0);
    if rest.is_empty() || first.len() < 2 || first.len() < width {
        return false;
    }
    let labels: Vec<&String> = first.iter().filter(|cell| !cell.is_empty()).collect();
    let mut distinct = labels.clone();
    distinct.sort();
    distinct.dedup();
    // The corner above the rows' own labels may be empty.
    labels.len() >= 2
        && labels.len() + 1 >= first.len()
        && distinct.len() == labels.len()
        && labels.iter().all(|label| label.chars().count() <= 60 && !is_figure(label) && !label.ends_with('.'))
        && (rest.len() > 1 || rest[0].iter().any(|cell| is_figure(cell)))
}

fn is_figure(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits > 0 && digits * 2 >= cell.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[&[&str]], has_header: Option<bool>, expected: &[&str]) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
        let texts: Vec<String> = blocks(&rows, has_header, None).into_iter().map(|block| block.text).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn rows_carry_their_header() {
        check(
            &[&["Day", "Opens"], &["Monday", "8:00"], &["Sunday", ""]],
            None,
            &["Day: Monday | Opens: 8:00", "Day: Sunday"],
        );
        check(&[&["Phone", "01 02 03"], &["Fax", "01 02 04"]], None, &["Phone | 01 02 03", "Fax | 01 02 04"]);
        check(&[&["Phone:", "01 02 03", "Room"]], None, &["Phone: 01 02 03 | Room"]);
        check(&[&["", "2024", "2025"], &["Fees", "100", "120"]], Some(true), &["Fees | 2024: 100 | 2025: 120"]);
        check(&[&["Only", "header"]], Some(true), &["Only | header"]);
        check(&[&["", ""], &[" ", ""]], None, &[]);
    }
}
