//! What a parser hands over before the steps that all formats share.

use jiff::civil::Date;
use models::{Block, BlockKind, Content, Language};

use super::{Declared, Limits, Parsed, Reject, language, metadata::Metadata, tidy, validity};

/// Blocks in reading order and what the file says about itself.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub blocks: Vec<Block>,
    /// From the file's own metadata.
    pub title: Option<String>,
    pub date: Option<Date>,
    /// What the file claims; the words decide where they are clear.
    pub language: Option<Language>,
    /// Front matter or meta elements: said on purpose, so it wins.
    pub metadata: Metadata,
    pub pages: Option<u32>,
    pub scanned_pages: Vec<u32>,
}

impl Draft {
    pub(crate) fn push(&mut self, kind: BlockKind, text: impl Into<String>) {
        self.blocks.push(Block { kind, text: text.into(), page: None });
    }

    /// Cleans the text, drops empty blocks, checks the size, finds language, title and validity.
    pub(crate) fn finish(self, limits: &Limits) -> Result<Parsed, Reject> {
        let mut blocks = Vec::with_capacity(self.blocks.len());
        let mut size = 0;
        for block in self.blocks {
            let text = if block.kind == BlockKind::Code { tidy::code(&block.text) } else { tidy::line(&block.text) };
            if text.is_empty() {
                continue;
            }
            size += text.len() + 1;
            if size > limits.text {
                return Err(Reject::failed(format!(
                    "The file holds more than {} MB of text: split it into smaller files.",
                    limits.text / 1_000_000
                )));
            }
            blocks.push(Block { text, ..block });
        }
        if blocks.is_empty() {
            return Err(Reject::failed("The file holds no text: check that it is the right file."));
        }
        if let Some(words) = &self.metadata.unknown_audience {
            let words: String = words.chars().take(80).collect();
            return Err(Reject::failed(format!(
                "The file's audience is {words:?}, which names nobody: write `everyone`, or a grant such as `role:staff`."
            )));
        }
        let content = Content { blocks };
        let period = validity::find(&content);
        let said = self.metadata;
        let declared = declared(&said);
        Ok(Parsed {
            language: said.language.or_else(|| language::detect(&content)).or(self.language),
            title: said
                .title
                .or(self.title)
                .map(|title| tidy::line(&title))
                .filter(|title| !title.is_empty())
                .or_else(|| content.blocks.iter().find(|block| is_title(block)).map(|block| block.text.clone())),
            date: said.date.or(self.date),
            valid_from: said.valid_from.or(if said.valid_until.is_some() { None } else { period.from }),
            valid_until: said.valid_until.or(if said.valid_from.is_some() { None } else { period.until }),
            supersedes: said.supersedes,
            audience: said.audience,
            collection: said.collection,
            pages: self.pages,
            scanned_pages: self.scanned_pages,
            declared,
            content,
        })
    }
}

/// The first heading names a document that has no title of its own.
fn is_title(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Heading { .. }) && block.text.chars().count() <= 200
}

fn declared(said: &Metadata) -> Vec<Declared> {
    let declared = [
        (Declared::Title, said.title.is_some()),
        (Declared::Language, said.language.is_some()),
        (Declared::Date, said.date.is_some()),
        (Declared::ValidFrom, said.valid_from.is_some()),
        (Declared::ValidUntil, said.valid_until.is_some()),
    ];
    declared.into_iter().filter(|(_, is_declared)| *is_declared).map(|(value, _)| value).collect()
}
