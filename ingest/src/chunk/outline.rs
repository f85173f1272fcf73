//! Sections: the blocks between two headings, and the headings above them.

use models::{BlockKind, Content};

use super::Placed;

pub(super) struct Outline<'a> {
    headings: Vec<Shown<'a>>,
    pub sections: Vec<Section<'a>>,
}

struct Shown<'a> {
    heading: Placed<'a>,
    shown: bool,
}

/// Blocks with the headings above them, highest first, as positions in the outline.
pub(super) struct Section<'a> {
    pub headings: Vec<usize>,
    pub blocks: Vec<Placed<'a>>,
}

impl<'a> Outline<'a> {
    /// A heading for which `is_short` does not hold is treated as a paragraph.
    pub fn of(content: &'a Content, is_short: impl Fn(&str) -> bool) -> Self {
        let mut outline = Self { headings: Vec::new(), sections: Vec::new() };
        let mut path: Vec<(u8, usize)> = Vec::new();
        let mut section = Section { headings: Vec::new(), blocks: Vec::new() };
        let mut start = 0;
        for block in &content.blocks {
            let placed = Placed { block, bytes: (start, start + block.text.len()) };
            start = placed.bytes.1 + Content::SEPARATOR.len();
            match block.kind {
                BlockKind::Heading { level } if is_short(&block.text) => {
                    path.retain(|&(above, _)| above < level);
                    path.push((level, outline.headings.len()));
                    outline.headings.push(Shown { heading: placed, shown: false });
                    let headings = path.iter().map(|&(_, heading)| heading).collect();
                    outline.close(std::mem::replace(&mut section, Section { headings, blocks: Vec::new() }));
                }
                _ => section.blocks.push(placed),
            }
        }
        outline.close(section);
        outline
    }

    fn close(&mut self, section: Section<'a>) {
        if section.blocks.iter().any(|placed| !placed.block.text.trim().is_empty()) {
            self.sections.push(section);
        }
    }

    pub fn text(&self, heading: usize) -> &'a str {
        &self.headings[heading].heading.block.text
    }

    /// This heading stands in a chunk's path.
    pub fn show(&mut self, heading: usize) {
        self.headings[heading].shown = true;
    }

    pub fn lonely(&self) -> impl Iterator<Item = Placed<'a>> {
        self.headings.iter().filter(|shown| !shown.shown).map(|shown| shown.heading)
    }
}
