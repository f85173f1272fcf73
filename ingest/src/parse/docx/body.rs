//! The body of a Word document, paragraph by paragraph.

use std::{collections::HashMap, mem};

use models::{Block, BlockKind};

use super::{
    numbering::Numbering,
    styles::{self, Role, Styles},
};
use crate::parse::{
    tables::{self, grid::Grid},
    tidy,
    xml::{self, Broken, Element},
};

pub(super) struct Body<'a> {
    styles: &'a Styles,
    numbering: Numbering,
    notes: HashMap<String, String>,
    blocks: Vec<Block>,
    title: Option<String>,
    /// Level of the last heading with a style, below which bold lines count as headings.
    level: u8,
}

/// One paragraph while its runs are read.
#[derive(Default)]
struct Line {
    text: String,
    bold: usize,
    letters: usize,
    notes: Vec<String>,
    boxes: Vec<Block>,
}

impl<'a> Body<'a> {
    pub(super) fn new(styles: &'a Styles, numbering: Numbering) -> Self {
        Self { styles, numbering, notes: HashMap::new(), blocks: Vec::new(), title: None, level: 1 }
    }

    /// Footnotes or endnotes, which follow the paragraph that refers to them. Broken notes are none.
    pub(super) fn notes(&mut self, kind: &str, bytes: Option<&[u8]>) {
        let Some(root) = bytes.and_then(|bytes| xml::tree(bytes).ok()) else { return };
        for note in root.all(kind).filter(|note| note.attribute("type").is_none()) {
            let texts: Vec<String> = self.inner(note).into_iter().map(|block| block.text).collect();
            if let Some(id) = note.attribute("id") {
                self.notes.insert(format!("{kind}{id}"), texts.join(" "));
            }
        }
    }

    pub(super) fn read(&mut self, document: &[u8]) -> Result<(), Broken> {
        xml::each(document, &["document", "body"], |element| self.element(&element))
    }

    pub(super) fn finish(self) -> (Vec<Block>, Option<String>) {
        (self.blocks, self.title)
    }

    fn element(&mut self, element: &Element) {
        match element.name.as_str() {
            "p" => self.paragraph(element),
            "tbl" => self.table(element),
            "sectPr" | "tblPr" | "del" | "moveFrom" | "Fallback" | "sdtPr" => {}
            _ => element.children.iter().for_each(|child| self.element(child)),
        }
    }

    /// The blocks inside another element: a cell, a note, a text box.
    fn inner(&mut self, parent: &Element) -> Vec<Block> {
        let outer = mem::take(&mut self.blocks);
        parent.children.iter().for_each(|child| self.element(child));
        mem::replace(&mut self.blocks, outer)
    }

    fn paragraph(&mut self, paragraph: &Element) {
        let mut line = Line::default();
        self.runs(paragraph, &mut line);
        let properties = paragraph.child("pPr");
        let style = properties.and_then(|properties| properties.value("pStyle"));
        let role = style.map(|style| self.styles.role(style)).unwrap_or_default();
        let outline = properties
            .and_then(|properties| properties.value("outlineLvl")?.parse::<u8>().ok())
            .filter(|level| *level < 9)
            .map(|level| Role::Heading(level + 1));
        let list = properties
            .and_then(styles::numbering)
            .or_else(|| style.and_then(|style| self.styles.numbering(style).cloned()))
            .filter(|(list, _)| list != "0");
        let text = mem::take(&mut line.text);
        if !text.trim().is_empty() && role != Role::Contents {
            let label = list.as_ref().and_then(|(list, level)| self.numbering.next(list, *level));
            let text = label.map_or_else(|| text.clone(), |label| format!("{label} {text}"));
            let kind = self.kind(outline.unwrap_or(role), list.is_some(), &text, &line);
            self.blocks.push(Block { kind, text, page: None });
        }
        for note in line.notes {
            self.blocks.push(Block { kind: BlockKind::Paragraph, text: note, page: None });
        }
        self.blocks.append(&mut line.boxes);
    }

    fn kind(&mut self, role: Role, in_list: bool, text: &str, line: &Line) -> BlockKind {
        match role {
            Role::Heading(level) => {
                self.level = level;
                BlockKind::Heading { level: level.min(6) }
            }
            Role::Title => {
                self.title.get_or_insert_with(|| tidy::line(text));
                BlockKind::Heading { level: 1 }
            }
            Role::Code => BlockKind::Code,
            Role::ListItem => BlockKind::ListItem,
            Role::Text | Role::Contents if in_list => BlockKind::ListItem,
            Role::Text | Role::Contents if is_bold_heading(text, line) => {
                BlockKind::Heading { level: (self.level + 1).min(6) }
            }
            Role::Text | Role::Contents => BlockKind::Paragraph,
        }
    }

    fn runs(&mut self, parent: &Element, line: &mut Line) {
        for child in &parent.children {
            match child.name.as_str() {
                "r" => self.run(child, line),
                "pPr" | "rPr" | "del" | "moveFrom" | "Fallback" | "sdtPr" | "rt" | "fldData" => {}
                _ => self.runs(child, line),
            }
        }
        if parent.name == "t" {
            line.text.push_str(&parent.content());
        }
    }

    fn run(&mut self, run: &Element, line: &mut Line) {
        let properties = run.child("rPr");
        if properties.is_some_and(|properties| properties.is_on("vanish")) {
            return;
        }
        let is_bold = properties.is_some_and(|properties| properties.is_on("b"));
        for child in &run.children {
            match child.name.as_str() {
                "t" => {
                    let text = child.content();
                    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
                    line.letters += letters;
                    line.bold += if is_bold { letters } else { 0 };
                    line.text.push_str(&text);
                }
                "tab" | "br" | "cr" | "ptab" => line.text.push(' '),
                "noBreakHyphen" => line.text.push('-'),
                "sym" => line.text.extend(symbol(child)),
                "footnoteReference" | "endnoteReference" => {
                    let kind = child.name.trim_end_matches("Reference");
                    let note = child.attribute("id").and_then(|id| self.notes.get(&format!("{kind}{id}")));
                    line.notes.extend(note.cloned());
                }
                "drawing" | "pict" | "object" | "AlternateContent" => self.boxes(child, line),
                "ruby" => self.runs(child, line),
                _ => {}
            }
        }
    }

    /// Text boxes stand behind the paragraph that anchors them; a picture's fallback repeats them.
    fn boxes(&mut self, element: &Element, line: &mut Line) {
        match element.name.as_str() {
            "txbxContent" => {
                let mut blocks = self.inner(element);
                line.boxes.append(&mut blocks);
            }
            "Fallback" => {}
            _ => element.children.iter().for_each(|child| self.boxes(child, line)),
        }
    }

    fn table(&mut self, table: &Element) {
        let mut rows = Vec::new();
        collect_rows(table, &mut rows);
        let mut cells_of: Vec<(bool, Vec<&Element>)> = Vec::new();
        for row in rows {
            let properties = row.child("trPr");
            if properties.is_some_and(|properties| properties.child("del").is_some()) {
                continue;
            }
            let mut cells = Vec::new();
            collect(row, "tc", &mut cells);
            cells_of.push((properties.is_some_and(|properties| properties.is_on("tblHeader")), cells));
        }
        // A table of one column frames its content.
        if cells_of.iter().all(|(_, cells)| cells.len() <= 1) {
            for (_, cells) in cells_of {
                for cell in cells {
                    let mut blocks = self.inner(cell);
                    self.blocks.append(&mut blocks);
                }
            }
            return;
        }
        let mut grid = Grid::default();
        let mut above: Vec<String> = Vec::new();
        for (is_header, cells) in cells_of {
            grid.row(is_header);
            let mut column = 0;
            for cell in cells {
                let properties = cell.child("tcPr");
                let span: usize = properties
                    .and_then(|properties| properties.value("gridSpan")?.parse().ok())
                    .map_or(1, |span: usize| span.clamp(1, 100));
                let merge = properties.and_then(|properties| properties.child("vMerge"));
                let goes_on = merge.is_some_and(|merge| merge.attribute("val") != Some("restart"));
                let text = if goes_on { above.get(column).cloned().unwrap_or_default() } else { self.cell(cell) };
                above.resize(above.len().max(column + span), String::new());
                above[column].clone_from(&text);
                grid.cell(&text, span, 1);
                column += span;
            }
        }
        let (rows, has_header) = grid.finish();
        self.blocks.extend(tables::blocks(&rows, has_header.then_some(true), None));
    }

    fn cell(&mut self, cell: &Element) -> String {
        let texts: Vec<String> =
            self.inner(cell).into_iter().map(|block| tidy::line(&block.text)).filter(|text| !text.is_empty()).collect();
        texts.join(" ")
    }
}

/// Rows, also those inside content controls, but not those of tables inside cells.
fn collect_rows<'e>(table: &'e Element, rows: &mut Vec<&'e Element>) {
    collect(table, "tr", rows);
}

fn collect<'e>(parent: &'e Element, name: &str, found: &mut Vec<&'e Element>) {
    for child in &parent.children {
        if child.name == name {
            found.push(child);
        } else if !matches!(child.name.as_str(), "tc" | "tbl" | "del" | "moveFrom") {
            collect(child, name, found);
        }
    }
}

/// A short line, all in bold, that does not end like a sentence: how most people write headings.
fn is_bold_heading(text: &str, line: &Line) -> bool {
    let text = text.trim();
    line.letters >= 3
        && line.bold == line.letters
        && text.chars().count() <= 80
        && !text.ends_with(['.', ',', ';', '!'])
        && text.chars().any(char::is_alphabetic)
}

fn symbol(element: &Element) -> Option<char> {
    let code = u32::from_str_radix(element.attribute("char")?, 16).ok()?;
    char::from_u32(code)
}
