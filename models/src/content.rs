//! What a parser found in a file: blocks in reading order, each with its page.

use serde::{Deserialize, Serialize};

use crate::Span;

/// The text of a document as it is stored, shown and cited. Spans of chunks and citations count its characters.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Content {
    pub blocks: Vec<Block>,
}

/// One heading, paragraph, list item or table row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Block {
    pub kind: BlockKind,
    /// The block's words, with single spaces and no line breaks, except in code.
    /// A table row reads `header: cell | header: cell`, or `cell | cell` where the table has no header.
    pub text: String,
    /// Counted from 1; `None` where the format has no pages.
    pub page: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum BlockKind {
    /// 1 is the highest level.
    Heading {
        level: u8,
    },
    Paragraph,
    ListItem,
    TableRow,
    Code,
}

impl Content {
    /// Between two blocks of the flat text.
    pub const SEPARATOR: &'static str = "\n";

    /// All blocks joined by [`Self::SEPARATOR`].
    #[must_use]
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.blocks.iter().map(|block| block.text.as_str()).collect();
        texts.join(Self::SEPARATOR)
    }

    /// Where each block stands in [`Self::text`], in characters.
    pub fn spans(&self) -> impl Iterator<Item = (&Block, Span)> {
        let mut start = 0;
        self.blocks.iter().map(move |block| {
            let end = start + u32::try_from(block.text.chars().count()).unwrap_or(u32::MAX);
            let span = Span { start, end };
            start = end + 1;
            (block, span)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_point_into_the_text() {
        let block = |text: &str| Block { kind: BlockKind::Paragraph, text: text.to_owned(), page: None };
        let content = Content { blocks: vec![block("L’école"), block("ouvre à 8 h.")] };
        let text: Vec<char> = content.text().chars().collect();
        for (block, span) in content.spans() {
            let slice: String = text[span.start as usize..span.end as usize].iter().collect();
            assert_eq!(slice, block.text);
        }
    }
}
