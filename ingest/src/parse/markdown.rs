//! Markdown (CommonMark with GitHub's tables, and front matter).

use std::mem;

use models::{Block, BlockKind};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{draft::Draft, html, metadata, tables};

pub(crate) fn parse(text: &str) -> Draft {
    let (metadata, body) = metadata::front_matter(text);
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut reader = Reader::default();
    for event in Parser::new_ext(body, options) {
        reader.event(event);
    }
    reader.flush(BlockKind::Paragraph);
    Draft { metadata, ..reader.draft }
}

#[derive(Default)]
struct Reader {
    draft: Draft,
    text: String,
    /// Raw HTML between Markdown blocks; one run is read as a whole.
    html: String,
    items: u32,
    table: Vec<Vec<String>>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        if !self.html.is_empty() && !matches!(event, Event::Html(_) | Event::End(TagEnd::HtmlBlock)) {
            self.flush_html();
        }
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::Html(markup) => self.html.push_str(&markup),
            Event::InlineHtml(markup) => {
                if markup.starts_with("<br") || markup.starts_with("</") {
                    self.text.push(' ');
                }
            }
            Event::Rule => self.flush(BlockKind::Paragraph),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Item => {
                self.flush(self.flow());
                self.items += 1;
            }
            Tag::Paragraph | Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::List(_) | Tag::BlockQuote(_) => {
                self.flush(self.flow());
            }
            Tag::Table(_) => {
                self.flush(self.flow());
                self.table.clear();
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.flush(BlockKind::Heading { level: number(level) }),
            TagEnd::Paragraph => self.flush(self.flow()),
            TagEnd::Item => {
                self.flush(BlockKind::ListItem);
                self.items = self.items.saturating_sub(1);
            }
            TagEnd::CodeBlock => self.flush(BlockKind::Code),
            TagEnd::HtmlBlock => self.flush_html(),
            TagEnd::TableCell => {
                let cell = mem::take(&mut self.text);
                if let Some(row) = self.table.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.draft.blocks.extend(tables::blocks(&self.table, Some(true), None)),
            _ => {}
        }
    }

    fn flow(&self) -> BlockKind {
        if self.items > 0 { BlockKind::ListItem } else { BlockKind::Paragraph }
    }

    fn flush(&mut self, kind: BlockKind) {
        let text = mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.draft.blocks.push(Block { kind, text, page: None });
        }
    }

    fn flush_html(&mut self) {
        let markup = mem::take(&mut self.html);
        if markup.contains('<') && !markup.trim_start().starts_with("<!--") {
            self.draft.blocks.extend(html::fragment(&markup));
        }
    }
}

const fn number(level: HeadingLevel) -> u8 {
    level as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_the_markup() {
        let draft = parse(
            "---\ntitle: Bourses\n---\n# Bourses\n\nUne *demande*\npar [an](https://example.org).\n\n- carte\n  \
             - copie\n- photo\n\n| Mois | Montant |\n|---|---|\n| mai | 100 € |\n\n```\nlet x;\n```\n\n\
             <p>Du <b>HTML</b></p>\n",
        );
        assert_eq!(draft.metadata.title.as_deref(), Some("Bourses"));
        let blocks: Vec<(BlockKind, &str)> = draft.blocks.iter().map(|block| (block.kind, block.text.trim())).collect();
        assert_eq!(
            blocks,
            [
                (BlockKind::Heading { level: 1 }, "Bourses"),
                (BlockKind::Paragraph, "Une demande par an."),
                (BlockKind::ListItem, "carte"),
                (BlockKind::ListItem, "copie"),
                (BlockKind::ListItem, "photo"),
                (BlockKind::TableRow, "Mois: mai | Montant: 100 €"),
                (BlockKind::Code, "let x;"),
                (BlockKind::Paragraph, "Du HTML"),
            ]
        );
    }
}
