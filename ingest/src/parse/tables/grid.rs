//! Cells that span rows or columns are put where a reader sees them.

/// More than any table that a person reads; the rest of a row is dropped.
const MAX_COLUMNS: usize = 1000;

#[derive(Debug, Default)]
pub(crate) struct Grid {
    rows: Vec<Vec<String>>,
    /// How many rows at the top are headers.
    headers: usize,
    in_header: bool,
    /// Per column, the text of a cell from above and how many more rows it covers.
    covered: Vec<Option<(String, usize)>>,
}

impl Grid {
    /// Begins a row.
    pub(crate) fn row(&mut self, is_header: bool) {
        self.close();
        self.in_header = is_header && self.headers == self.rows.len();
        self.headers += usize::from(self.in_header);
        self.rows.push(Vec::new());
    }

    /// Adds a cell to the row. In a header the text is repeated over its columns, elsewhere it stands in the first.
    pub(crate) fn cell(&mut self, text: &str, columns: usize, rows: usize) {
        self.fill();
        let Some(row) = self.rows.last_mut() else { return };
        for offset in 0..columns.clamp(1, MAX_COLUMNS) {
            if row.len() >= MAX_COLUMNS {
                return;
            }
            let shown = if offset == 0 || self.in_header { text.to_owned() } else { String::new() };
            if self.covered.len() <= row.len() {
                self.covered.resize(row.len() + 1, None);
            }
            self.covered[row.len()] = (rows > 1).then(|| (shown.clone(), rows - 1));
            row.push(shown);
        }
    }

    /// All rows, the header's merged into the first, and whether there is a header.
    pub(crate) fn finish(mut self) -> (Vec<Vec<String>>, bool) {
        self.close();
        let headers = self.headers;
        if headers == 0 || headers >= self.rows.len() {
            return (self.rows, false);
        }
        let body = self.rows.split_off(headers);
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let merged = (0..width)
            .map(|column| {
                let mut labels: Vec<&str> =
                    self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim()).collect();
                labels.retain(|label| !label.is_empty());
                labels.dedup();
                labels.join(" ")
            })
            .collect();
        (std::iter::once(merged).chain(body).collect(), true)
    }

    /// Takes over the cells from above that come before the next own cell.
    fn fill(&mut self) {
        let Some(row) = self.rows.last_mut() else { return };
        while let Some(slot) = self.covered.get_mut(row.len()) {
            let Some((text, left)) = slot.take() else { return };
            row.push(text.clone());
            if left > 1 {
                *slot = Some((text, left - 1));
            }
        }
    }

    fn close(&mut self) {
        // Cells from above may stand behind the row's last own cell.
        while let Some(row) = self.rows.last_mut() {
            let next = row.len();
            if !self.covered.iter().skip(next).any(Option::is_some) {
                return;
            }
            if self.covered[next].is_some() {
                self.fill();
            } else {
                row.push(String::new());
            }
        }
    }
}
