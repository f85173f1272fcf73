//! Cuts a document into chunks: runs of blocks under one heading that fit the embedder, heading path included.

mod outline;
mod size;
#[cfg(test)]
mod tests;

use models::{Block, BlockKind, Chunk, ChunkId, ChunkKind, Content, DocumentId, Language, Span};
use text_splitter::{ChunkConfig, ChunkSizer, TextSplitter};

pub use size::Size;

use outline::{Outline, Section};
use size::JOINT;

/// Part of the pipeline's fingerprint: raise it when the same content would give other chunks.
pub const CHUNKER_VERSION: u32 = 1;

/// Cuts documents for one embedder.
#[derive(Debug, Clone)]
pub struct Chunker {
    size: Size,
}

/// What all chunks of a document share.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    pub document: DocumentId,
    pub version: u32,
    /// As shortened by [`Chunker::title`].
    pub title: &'a str,
    pub language: Language,
}

impl Chunker {
    #[must_use]
    pub fn new(size: Size) -> Self {
        Self { size }
    }

    /// The title, cut at a word where it would take more than a quarter of a chunk.
    #[must_use]
    pub fn title(&self, title: &str) -> String {
        self.shorten(title, self.size.limit() / 4)
    }

    /// Chunks in reading order. Each is exactly the characters of its span of [`Content::text`], never crosses a
    /// heading, and with title and heading path ([`Chunk::embedded_text`]) is never larger than the limit. Table rows
    /// stay whole unless a single one is too large. Every word is in a chunk's text or heading path.
    #[must_use]
    pub fn chunk(&self, about: &Heading<'_>, content: &Content) -> Vec<Chunk> {
        let text = content.text();
        let mut outline = Outline::of(content, |heading| self.size.of(heading) <= self.size.limit() / 8);
        let mut pieces = Vec::new();
        for section in std::mem::take(&mut outline.sections) {
            let path = self.path(about.title, &section, &mut outline);
            let prefix = prefix(about.title, &path);
            for run in runs(&section.blocks) {
                let spans = self.pack(&text, &prefix, run);
                let kind = run[0].kind();
                pieces.extend(spans.into_iter().map(|bytes| Piece { bytes, kind, path: path.clone() }));
            }
        }
        // A heading that stands in no path, for nothing follows it, is its own chunk.
        for heading in outline.lonely() {
            let prefix = prefix(about.title, &[]);
            let spans = self.split(&text, &prefix, heading.bytes.0, heading.bytes.1);
            pieces.extend(spans.into_iter().map(|bytes| Piece { bytes, kind: ChunkKind::Text, path: Vec::new() }));
        }
        pieces.sort_by_key(|piece| piece.bytes);
        finish(about, content, &text, pieces)
    }

    /// The headings over a section, as many of the lowest as fit in half a chunk together with the title.
    fn path(&self, title: &str, section: &Section<'_>, outline: &mut Outline<'_>) -> Vec<String> {
        let mut path: Vec<String> = Vec::new();
        for &heading in section.headings.iter().rev() {
            path.insert(0, outline.text(heading).to_owned());
            if self.size.of(&prefix(title, &path)) > self.size.limit() / 2 {
                path.remove(0);
                break;
            }
            outline.show(heading);
        }
        path
    }

    /// As many whole blocks as fit, again and again; one that is too large by itself is split. Each block is measured
    /// once, so that a book takes seconds, not minutes.
    fn pack(&self, text: &str, prefix: &str, run: &[Placed<'_>]) -> Vec<(usize, usize)> {
        let room = self.room(prefix);
        let sizes: Vec<usize> = run.iter().map(|placed| self.size.of_part(&placed.block.text)).collect();
        let mut spans = Vec::new();
        let mut first = 0;
        while first < run.len() {
            let (mut last, mut size) = (first, sizes[first]);
            while last + 1 < run.len() && size + JOINT + sizes[last + 1] <= room {
                last += 1;
                size += JOINT + sizes[last];
            }
            let fits = |last: usize| self.fits(prefix, &text[run[first].bytes.0..run[last].bytes.1]);
            // Some tokenizers make more of a whole than of its parts.
            while last > first && !fits(last) {
                last -= 1;
            }
            let (start, end) = (run[first].bytes.0, run[last].bytes.1);
            if last > first || fits(first) {
                spans.push((start, end));
            } else {
                spans.extend(self.split(text, prefix, start, end));
            }
            first = last + 1;
        }
        spans.retain(|&(start, end)| !text[start..end].trim().is_empty());
        spans
    }

    /// What is left for the text.
    fn room(&self, prefix: &str) -> usize {
        self.size.limit().saturating_sub(self.size.of(prefix) + JOINT).max(1)
    }

    /// Splits at the best boundaries: paragraphs, then sentences, then words.
    fn split(&self, text: &str, prefix: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        self.split_into(&mut spans, text, prefix, (start, end), self.room(prefix));
        spans
    }

    fn split_into(
        &self,
        spans: &mut Vec<(usize, usize)>,
        text: &str,
        prefix: &str,
        (start, end): (usize, usize),
        room: usize,
    ) {
        let sizer = Sizer(&self.size);
        let splitter = TextSplitter::new(ChunkConfig::new(room).with_sizer(sizer));
        for (offset, piece) in splitter.chunk_indices(&text[start..end]) {
            let span = (start + offset, start + offset + piece.len());
            if room > 1 && !self.fits(prefix, piece) {
                self.split_into(spans, text, prefix, span, room * 3 / 4);
            } else {
                spans.push(span);
            }
        }
    }

    fn fits(&self, prefix: &str, text: &str) -> bool {
        let whole = if prefix.is_empty() { text.to_owned() } else { format!("{prefix}\n{text}") };
        self.size.of(&whole) <= self.size.limit()
    }

    fn shorten(&self, text: &str, limit: usize) -> String {
        if self.size.of(text) <= limit {
            return text.to_owned();
        }
        let splitter = TextSplitter::new(ChunkConfig::new(limit.max(1)).with_sizer(Sizer(&self.size)));
        splitter.chunks(text).next().unwrap_or_default().to_owned()
    }
}

/// A block and where it stands in the text, in bytes.
#[derive(Debug, Clone, Copy)]
struct Placed<'a> {
    block: &'a Block,
    bytes: (usize, usize),
}

impl Placed<'_> {
    fn kind(&self) -> ChunkKind {
        if self.block.kind == BlockKind::TableRow { ChunkKind::Table } else { ChunkKind::Text }
    }
}

struct Piece {
    bytes: (usize, usize),
    kind: ChunkKind,
    path: Vec<String>,
}

/// Neighbours of one kind.
fn runs<'a, 'b>(blocks: &'b [Placed<'a>]) -> impl Iterator<Item = &'b [Placed<'a>]> {
    blocks.chunk_by(|a, b| a.kind() == b.kind())
}

/// What [`Chunk::embedded_text`] puts before the text.
fn prefix(title: &str, path: &[String]) -> String {
    let parts = path.iter().map(String::as_str).filter(|heading| *heading != title);
    let parts: Vec<&str> = std::iter::once(title).chain(parts).filter(|part| !part.is_empty()).collect();
    parts.join(" > ")
}

/// Numbers the pieces and turns bytes into characters, in one pass.
fn finish(about: &Heading<'_>, content: &Content, text: &str, pieces: Vec<Piece>) -> Vec<Chunk> {
    let mut characters = Characters { text, byte: 0, character: 0 };
    let pages: Vec<(u32, Option<u32>)> = content.spans().map(|(block, span)| (span.start, block.page)).collect();
    let mut chunks = Vec::with_capacity(pieces.len());
    for (ordinal, piece) in (0..).zip(pieces) {
        let start = characters.at(piece.bytes.0);
        let span = Span { start, end: characters.at(piece.bytes.1) };
        let block = pages.partition_point(|&(first, _)| first <= start).checked_sub(1);
        chunks.push(Chunk {
            id: ChunkId::of(about.document, about.version, ordinal),
            document: about.document,
            version: about.version,
            ordinal,
            kind: piece.kind,
            language: about.language,
            headings: piece.path,
            text: text[piece.bytes.0..piece.bytes.1].to_owned(),
            span,
            page: block.and_then(|block| pages[block].1),
        });
    }
    chunks
}

/// Counts characters up to byte positions that only grow.
struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: u32,
}

impl Characters<'_> {
    fn at(&mut self, byte: usize) -> u32 {
        let passed = self.text[self.byte..byte].chars().count();
        self.character = self.character.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX));
        self.byte = byte;
        self.character
    }
}

struct Sizer<'a>(&'a Size);

impl ChunkSizer for Sizer<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.0.of_part(chunk)
    }
}
