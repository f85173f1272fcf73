use std::collections::HashSet;

use inference::scripted;
use models::{Block, BlockKind, ChunkKind, Content, DocumentId, Language};

use super::*;

/// A small repeatable source of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn words(dice: &mut Dice, most: u64) -> String {
    const ENDS: [&str; 8] = ["", ",", ".", " :", "é", "’un", "—", " 🎓"];
    let count = 1 + dice.below(most);
    let word = |dice: &mut Dice| {
        let end = ENDS[usize::try_from(dice.below(8)).expect("small")];
        format!("w{}{end}", dice.below(1_000_000))
    };
    (0..count).map(|_| word(dice)).collect::<Vec<_>>().join(" ")
}

fn document(dice: &mut Dice) -> Content {
    let blocks = (0..dice.below(60)).map(|_| {
        let (kind, most) = match dice.below(8) {
            0 => (BlockKind::Heading { level: 1 + u8::try_from(dice.below(5)).expect("small") }, 12),
            1 => (BlockKind::Heading { level: 2 }, 60),
            2 | 3 => (BlockKind::TableRow, 40),
            4 => (BlockKind::TableRow, 500),
            5 => (BlockKind::ListItem, 30),
            6 => (BlockKind::Code, 80),
            _ => (BlockKind::Paragraph, 400),
        };
        let mut text = words(dice, most);
        if kind == BlockKind::Code {
            text = text.replace(". ", ".\n\n  ");
        }
        if dice.below(40) == 0 {
            text = "x".repeat(3000);
        }
        Block { kind, text, page: Some(1 + u32::try_from(dice.below(9)).expect("small")) }
    });
    Content { blocks: blocks.collect() }
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned)
}

fn sizes() -> [Size; 3] {
    let tokenizer = scripted::tokenizer();
    [Size::tokens(&tokenizer, 256), Size::tokens(&tokenizer, 40), Size::characters()]
}

fn about(title: &str) -> Heading<'_> {
    let document = DocumentId::derive(&[b"test"]);
    Heading { document, version: 3, title, language: Language::Fr }
}

#[test]
fn nothing_is_lost_nor_too_large_and_spans_are_exact() {
    let mut dice = Dice(20_261_001);
    for round in 0..60 {
        let content = document(&mut dice);
        let characters: Vec<char> = content.text().chars().collect();
        for size in sizes() {
            let chunker = Chunker::new(size.clone());
            let title = chunker.title(&words(&mut dice, 100));
            let chunks = chunker.chunk(&about(&title), &content);
            let mut kept: HashSet<String> = HashSet::new();
            let mut end = 0;
            for (ordinal, chunk) in (0..).zip(&chunks) {
                let exact: String = characters[chunk.span.start as usize..chunk.span.end as usize].iter().collect();
                assert_eq!(exact, chunk.text, "round {round}");
                assert!(chunk.span.start >= end, "in order, without overlap");
                assert!(!chunk.text.trim().is_empty());
                assert!(size.of(&chunk.embedded_text(&title)) <= size.limit(), "round {round}: {chunk:?}");
                assert_eq!(chunk.ordinal, ordinal);
                end = chunk.span.end;
                kept.extend(words_of(&chunk.text));
                kept.extend(chunk.headings.iter().flat_map(|heading| words_of(heading)));
            }
            let text = content.text();
            // Longer than a chunk, it cannot stay whole.
            for word in words_of(&text).filter(|word| word.len() < 1000) {
                assert!(kept.contains(&word), "round {round}: {word} is lost");
            }
        }
    }
}

fn block(kind: BlockKind, text: &str) -> Block {
    Block { kind, text: text.to_owned(), page: None }
}

#[test]
fn headings_are_paths_and_borders() {
    let content = Content {
        blocks: vec![
            block(BlockKind::Paragraph, "Avant tout."),
            block(BlockKind::Heading { level: 1 }, "Règlement"),
            block(BlockKind::Heading { level: 2 }, "Absences"),
            block(BlockKind::Paragraph, "Prévenir."),
            block(BlockKind::ListItem, "Justifier."),
            block(BlockKind::Heading { level: 2 }, "Retards"),
            block(BlockKind::TableRow, "minutes: 5 | suite: rien"),
            block(BlockKind::TableRow, "minutes: 15 | suite: billet"),
            block(BlockKind::Heading { level: 1 }, "Annexe"),
        ],
    };
    let chunks = Chunker::new(Size::characters()).chunk(&about("Règlement"), &content);
    let seen: Vec<(&str, String, ChunkKind)> =
        chunks.iter().map(|chunk| (chunk.text.as_str(), chunk.headings.join("/"), chunk.kind)).collect();
    let expected = [
        ("Avant tout.", String::new(), ChunkKind::Text),
        ("Prévenir.\nJustifier.", "Règlement/Absences".to_owned(), ChunkKind::Text),
        ("minutes: 5 | suite: rien\nminutes: 15 | suite: billet", "Règlement/Retards".to_owned(), ChunkKind::Table),
        ("Annexe", String::new(), ChunkKind::Text),
    ];
    assert_eq!(seen, expected);
    assert_eq!(chunks[1].embedded_text("Règlement"), "Règlement > Absences\nPrévenir.\nJustifier.");
}

#[test]
fn rows_stay_whole() {
    let row = |number: usize| block(BlockKind::TableRow, &format!("cours: c{number} | salle: {}", "s".repeat(90)));
    let content = Content { blocks: (0..100).map(row).collect() };
    let chunks = Chunker::new(Size::characters()).chunk(&about("Salles"), &content);
    assert!(chunks.len() > 5);
    let lines: Vec<&str> = chunks.iter().flat_map(|chunk| chunk.text.lines()).collect();
    assert_eq!(lines, content.blocks.iter().map(|block| block.text.as_str()).collect::<Vec<_>>());
}

#[test]
fn a_chunk_has_the_page_it_begins_on() {
    let blocks = (1..=3).map(|page| Block {
        kind: BlockKind::Paragraph,
        text: format!("{} page {page}.", "mot ".repeat(200)),
        page: Some(page),
    });
    let content = Content { blocks: blocks.collect() };
    let chunks = Chunker::new(Size::characters()).chunk(&about(""), &content);
    let pages: Vec<_> = chunks.iter().map(|chunk| chunk.page).collect();
    assert_eq!(pages, [Some(1), Some(2), Some(3)]);
}
