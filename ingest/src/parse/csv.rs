//! CSV: the delimiter is the one that gives the most even columns.

use super::{Reject, draft::Draft, tables};

const DELIMITERS: [u8; 4] = *b",;\t|";
/// Records looked at to find the delimiter.
const SAMPLE: usize = 50;

/// # Errors
/// No record can be read.
pub(crate) fn parse(text: &str) -> Result<Draft, Reject> {
    // Excel writes its delimiter in a first line of its own.
    let (declared, text) = match text.strip_prefix("sep=") {
        Some(rest) => (rest.bytes().next(), rest.split_once('\n').map_or("", |(_, body)| body)),
        None => (None, text),
    };
    let delimiter = declared.unwrap_or_else(|| sniff(text));
    let rows: Vec<Vec<String>> = records(text, delimiter, usize::MAX);
    if rows.is_empty() {
        return Err(Reject::failed("The file holds no rows: check that it is the right file."));
    }
    Ok(Draft { blocks: tables::blocks(&rows, None, None), ..Draft::default() })
}

fn sniff(text: &str) -> u8 {
    let score = |delimiter: u8| {
        let widths: Vec<usize> = records(text, delimiter, SAMPLE).iter().map(Vec::len).collect();
        let Some(&usual) = widths.iter().max_by_key(|width| widths.iter().filter(|other| other == width).count())
        else {
            return 0;
        };
        let even = widths.iter().filter(|width| **width == usual).count();
        if usual < 2 { 0 } else { even * 100 / widths.len() * 100 + usual.min(99) }
    };
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter)).unwrap_or(b',')
}

fn records(text: &str, delimiter: u8, limit: usize) -> Vec<Vec<String>> {
    ::csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .into_records()
        .take(limit)
        .filter_map(Result::ok)
        .map(|record| record.iter().map(str::to_owned).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found() {
        let expected = ["Nom: Durand, Zoé | Note: 12,5", "Nom: Petit | Note: 9"];
        for text in [
            "Nom;Note\n\"Durand, Zoé\";12,5\nPetit;9\n",
            "Nom,Note\n\"Durand, Zoé\",\"12,5\"\nPetit,9\n",
            "Nom\tNote\r\nDurand, Zoé\t12,5\r\nPetit\t9",
            "sep=|\nNom|Note\nDurand, Zoé|12,5\nPetit|9",
        ] {
            let texts: Vec<String> = parse(text).expect("rows").blocks.into_iter().map(|block| block.text).collect();
            assert_eq!(texts, expected, "{text}");
        }
    }
}
