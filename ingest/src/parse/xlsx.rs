//! XLSX: one heading per sheet, one block per row, labelled by the row of headers above it.

use std::{collections::BTreeMap, io::Cursor};

use calamine::{DataRef, Reader, SheetVisible, Xlsx};
use models::{Block, BlockKind};

use super::{Limits, Reject, archive::Archive, docx, draft::Draft, tables};

const KIND: &str = "an Excel workbook (XLSX)";
/// Cells of one workbook; more is a data dump, not a document.
const MAX_CELLS: usize = 2_000_000;

/// # Errors
/// The file is damaged, protected, not a workbook, or too large.
pub(crate) fn parse(bytes: Vec<u8>, limits: &Limits) -> Result<Draft, Reject> {
    let mut archive = Archive::open(bytes, KIND, limits)?;
    if !archive.contains("xl/workbook.xml") {
        return Err(Reject::failed(format!("The file is named like one but is not {KIND}: check its format.")));
    }
    archive.measure(".xml")?;
    let properties = docx::properties(&mut archive)?;
    let broken = |error: calamine::XlsxError| {
        Reject::failed(format!("The workbook is damaged ({error}): open it in Excel, save it again and upload it."))
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(archive.into_bytes())).map_err(broken)?;
    let mut draft = Draft { title: properties.title, date: properties.date, ..Draft::default() };
    let mut cells = 0;
    for sheet in workbook.sheets_metadata().to_vec() {
        if sheet.visible != SheetVisible::Visible {
            continue;
        }
        // Sheets of charts have no cells.
        let Ok(rows) = read(&mut workbook, &sheet.name, &mut cells) else { continue };
        if cells > MAX_CELLS {
            return Err(Reject::failed(format!("The workbook has more than {MAX_CELLS} cells: split it.")));
        }
        let blocks = regions(&rows);
        if !blocks.is_empty() {
            draft.push(BlockKind::Heading { level: 2 }, sheet.name);
            draft.blocks.extend(blocks);
        }
    }
    Ok(draft)
}

/// Filled cells by row and column. Sparse, because a sheet may hold two cells a million rows apart.
type Rows = BTreeMap<u32, BTreeMap<u32, String>>;

fn read(workbook: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str, cells: &mut usize) -> Result<Rows, calamine::XlsxError> {
    let mut rows = Rows::new();
    let mut reader = workbook.worksheet_cells_reader(sheet)?;
    // A sheet that breaks off keeps the rows before.
    while let Ok(Some(cell)) = reader.next_cell() {
        *cells += 1;
        if *cells > MAX_CELLS {
            break;
        }
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if !text.trim().is_empty() {
            rows.entry(row).or_default().insert(column, text);
        }
    }
    Ok(rows)
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => if *value { "true" } else { "false" }.to_owned(),
        DataRef::DateTime(moment) => match moment.as_datetime() {
            Some(moment) => {
                let text = moment.format("%Y-%m-%d %H:%M").to_string();
                text.strip_suffix(" 00:00").map_or_else(|| text.clone(), str::to_owned)
            }
            None => number_text(moment.as_f64()),
        },
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// As a sheet shows it: without the noise of binary fractions.
fn number_text(number: f64) -> String {
    let rounded = format!("{number:.6}");
    rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Empty rows separate tables; lines of one cell above a table are its title.
fn regions(rows: &Rows) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut region: Vec<&BTreeMap<u32, String>> = Vec::new();
    let mut last = None;
    let mut header: Option<BTreeMap<u32, String>> = None;
    for (&number, row) in rows {
        if last.is_some_and(|last| number > last + 1) {
            flush(&mut region, &mut header, &mut blocks);
        }
        last = Some(number);
        region.push(row);
    }
    flush(&mut region, &mut header, &mut blocks);
    blocks
}

fn flush(
    region: &mut Vec<&BTreeMap<u32, String>>,
    header: &mut Option<BTreeMap<u32, String>>,
    blocks: &mut Vec<Block>,
) {
    let rows = std::mem::take(region);
    let titles = rows.iter().take_while(|row| row.len() == 1).count();
    let is_table = titles < rows.len();
    for row in &rows[..titles] {
        for text in row.values() {
            blocks.push(Block { kind: BlockKind::Paragraph, text: text.clone(), page: None });
        }
    }
    if !is_table {
        return;
    }
    let rows = &rows[titles..];
    let columns = |rows: &[&BTreeMap<u32, String>]| -> Vec<u32> {
        let mut columns: Vec<u32> = rows.iter().flat_map(|row| row.keys().copied()).collect();
        columns.sort_unstable();
        columns.dedup();
        columns
    };
    let own = columns(rows);
    let dense = |row: &BTreeMap<u32, String>, columns: &[u32]| -> Vec<String> {
        columns.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
    };
    let table: Vec<Vec<String>> = rows.iter().map(|row| dense(row, &own)).collect();
    if tables::looks_like_header(&table) {
        *header = Some(rows[0].clone());
        blocks.extend(tables::blocks(&table, Some(true), None));
        return;
    }
    // A table that goes on below an empty row keeps its header.
    match header.as_ref().filter(|header| own.len() > 1 && own.iter().all(|column| header.contains_key(column))) {
        Some(header) => {
            let with_header: Vec<Vec<String>> = std::iter::once(dense(header, &own)).chain(table).collect();
            blocks.extend(tables::blocks(&with_header, Some(true), None));
        }
        None => blocks.extend(tables::blocks(&table, Some(false), None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_keep_titles_and_headers() {
        let cells = [
            (0, 0, "Tarifs 2026"),
            (2, 0, "Formule"),
            (2, 1, "Prix"),
            (3, 0, "Demi-pension"),
            (3, 1, "540"),
            (4, 0, "Internat"),
            (4, 1, "1600"),
            (6, 0, "Externat"),
            (6, 1, "0"),
        ];
        let mut rows = Rows::new();
        for (row, column, text) in cells {
            rows.entry(row).or_default().insert(column, text.to_owned());
        }
        let texts: Vec<String> = regions(&rows).into_iter().map(|block| block.text).collect();
        assert_eq!(
            texts,
            [
                "Tarifs 2026",
                "Formule: Demi-pension | Prix: 540",
                "Formule: Internat | Prix: 1600",
                "Formule: Externat | Prix: 0"
            ]
        );
        assert_eq!([number_text(0.1 + 0.2), number_text(1600.0)], ["0.3", "1600"]);
    }
}
