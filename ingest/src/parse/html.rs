//! HTML: the main content, without navigation, scripts and hidden parts.

use std::mem;

use models::{Block, BlockKind, Language};
use scraper::{ElementRef, Html, Node, Selector, node::Element};

use super::{
    dates,
    draft::Draft,
    metadata::Metadata,
    tables::{self, grid::Grid},
    tidy,
};

/// Deeper nesting than any page has on purpose; below it only the words are taken.
const MAX_DEPTH: usize = 400;

pub(crate) fn parse(text: &str) -> Draft {
    let page = Html::parse_document(text);
    let root = page.root_element();
    let mut draft = Draft { metadata: metadata(root), ..Draft::default() };
    draft.language = root.value().attr("lang").map(Language::from_tag);
    for (name, content) in meta(root) {
        if ["article:modified_time", "dcterms.modified", "dc.date", "article:published_time"].contains(&name.as_str()) {
            draft.date = draft.date.or_else(|| dates::parse(content));
        }
    }
    let mut walker = Walker::default();
    walker.children(main_content(root), 0);
    walker.flush(BlockKind::Paragraph);
    draft.title = title(root, &walker.blocks);
    draft.blocks = walker.blocks;
    draft
}

/// The blocks of a piece of HTML inside another format.
pub(crate) fn fragment(markup: &str) -> Vec<Block> {
    let page = Html::parse_fragment(markup);
    let mut walker = Walker::default();
    walker.children(page.root_element(), 0);
    walker.flush(BlockKind::Paragraph);
    walker.blocks
}

fn select<'a>(root: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| root.select(&selector).collect()).unwrap_or_default()
}

fn meta(root: ElementRef<'_>) -> impl Iterator<Item = (String, &str)> {
    select(root, "meta[content]").into_iter().filter_map(|element| {
        let element = element.value();
        let name = element.attr("name").or_else(|| element.attr("property"))?;
        Some((name.to_lowercase(), element.attr("content")?))
    })
}

fn metadata(root: ElementRef<'_>) -> Metadata {
    let mut metadata = Metadata::default();
    for (name, content) in meta(root) {
        metadata.set(&name, &[content.trim().to_owned()]);
    }
    metadata
}

/// `<title>` often ends in the site's name; the page's own heading is then the better title.
fn title(root: ElementRef<'_>, blocks: &[Block]) -> Option<String> {
    let declared = select(root, "head title").first().map(|title| tidy::line(&title.text().collect::<String>()));
    let heading =
        blocks.iter().find(|block| block.kind == BlockKind::Heading { level: 1 }).map(|block| tidy::line(&block.text));
    match (declared.filter(|title| !title.is_empty()), heading) {
        (Some(declared), Some(heading)) if declared.contains(&heading) => Some(heading),
        (Some(declared), _) => Some(declared),
        (None, heading) => heading,
    }
}

fn words(element: ElementRef<'_>) -> usize {
    element.text().map(|text| text.split_whitespace().count()).sum()
}

/// `<main>` or the only `<article>`, where it holds a fair share of the page; else the body.
fn main_content(root: ElementRef<'_>) -> ElementRef<'_> {
    let body = select(root, "body").first().copied().unwrap_or(root);
    let mut candidates = select(body, "main, [role=main]");
    if candidates.is_empty() {
        candidates = select(body, "article");
    }
    match candidates.as_slice() {
        [only] if words(*only) * 4 >= words(body) || words(*only) >= 100 => *only,
        _ => body,
    }
}

#[derive(Default)]
struct Walker {
    blocks: Vec<Block>,
    text: String,
    items: u32,
}

impl Walker {
    fn flow(&self) -> BlockKind {
        if self.items > 0 { BlockKind::ListItem } else { BlockKind::Paragraph }
    }

    fn flush(&mut self, kind: BlockKind) {
        let text = mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.blocks.push(Block { kind, text, page: None });
        }
    }

    fn children(&mut self, parent: ElementRef<'_>, depth: usize) {
        for child in parent.children() {
            match child.value() {
                Node::Text(text) => self.text.push_str(text),
                Node::Element(_) => {
                    if let Some(element) = ElementRef::wrap(child) {
                        self.element(element, depth + 1);
                    }
                }
                _ => {}
            }
        }
    }

    fn element(&mut self, element: ElementRef<'_>, depth: usize) {
        let value = element.value();
        if is_hidden(value) {
            return;
        }
        if depth > MAX_DEPTH {
            self.text.extend(element.text());
            return;
        }
        match value.name() {
            "header" | "footer" if !in_content(element) => {
                for heading in select(element, "h1") {
                    self.heading(heading, 1, depth);
                }
            }
            name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                let level = name.as_bytes()[1] - b'0';
                self.heading(element, level, depth);
            }
            "br" => self.text.push(' '),
            "hr" => self.flush(self.flow()),
            "pre" => {
                self.flush(self.flow());
                self.text = element.text().collect();
                self.flush(BlockKind::Code);
            }
            "li" | "dd" | "dt" => {
                self.flush(self.flow());
                self.items += 1;
                self.children(element, depth);
                self.flush(BlockKind::ListItem);
                self.items -= 1;
            }
            "table" if is_data(element) => {
                self.flush(self.flow());
                self.table(element);
            }
            name if is_block(name) => {
                self.flush(self.flow());
                self.children(element, depth);
                self.flush(self.flow());
            }
            _ => self.children(element, depth),
        }
    }

    fn heading(&mut self, element: ElementRef<'_>, level: u8, depth: usize) {
        self.flush(self.flow());
        self.children(element, depth);
        self.flush(BlockKind::Heading { level });
    }

    fn table(&mut self, table: ElementRef<'_>) {
        for caption in select(table, "caption") {
            self.text.extend(caption.text());
            self.flush(BlockKind::Paragraph);
        }
        let mut grid = Grid::default();
        for row in select(table, "tr") {
            let cells = select(row, "th, td");
            let in_head =
                row.parent().and_then(ElementRef::wrap).is_some_and(|parent| parent.value().name() == "thead");
            grid.row(in_head || (!cells.is_empty() && cells.iter().all(|cell| cell.value().name() == "th")));
            for cell in cells {
                let span = |name: &str| cell.value().attr(name).and_then(|text| text.trim().parse().ok()).unwrap_or(1);
                grid.cell(&visible_text(cell), span("colspan"), span("rowspan"));
            }
        }
        let (rows, has_header) = grid.finish();
        self.blocks.extend(tables::blocks(&rows, has_header.then_some(true), None));
    }
}

fn visible_text(cell: ElementRef<'_>) -> String {
    let mut walker = Walker::default();
    walker.children(cell, 0);
    walker.flush(BlockKind::Paragraph);
    let texts: Vec<String> = walker.blocks.into_iter().map(|block| block.text).collect();
    texts.join(" ")
}

/// A table that lays out a page has tables inside, or one cell per row.
fn is_data(table: ElementRef<'_>) -> bool {
    table.value().attr("role") != Some("presentation")
        && select(table, "table").is_empty()
        && select(table, "tr").iter().any(|row| select(*row, "th, td").len() > 1)
}

fn in_content(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|parent| matches!(parent.value().name(), "main" | "article"))
}

fn is_hidden(element: &Element) -> bool {
    let skipped = matches!(
        element.name(),
        "script"
            | "style"
            | "noscript"
            | "template"
            | "head"
            | "nav"
            | "aside"
            | "svg"
            | "iframe"
            | "object"
            | "canvas"
            | "audio"
            | "video"
            | "button"
            | "input"
            | "select"
            | "textarea"
            | "datalist"
            | "dialog"
    );
    let role = matches!(
        element.attr("role"),
        Some("navigation" | "banner" | "contentinfo" | "search" | "complementary" | "dialog" | "menu")
    );
    let style = element.attr("style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    skipped
        || role
        || element.attr("hidden").is_some()
        || element.attr("aria-hidden") == Some("true")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "ul"
            | "ol"
            | "dl"
            | "blockquote"
            | "figure"
            | "figcaption"
            | "address"
            | "details"
            | "summary"
            | "fieldset"
            | "legend"
            | "form"
            | "table"
            | "caption"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "header"
            | "footer"
            | "center"
            | "body"
            | "html"
            | "label"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markup: &str, expected: &[(BlockKind, &str)]) {
        let blocks: Vec<(BlockKind, String)> =
            parse(markup).blocks.into_iter().map(|block| (block.kind, tidy::line(&block.text))).collect();
        let blocks: Vec<(BlockKind, &str)> = blocks.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(blocks, expected, "{markup}");
    }

    #[test]
    fn only_the_main_content_remains() {
        check(
            "<html lang=fr><head><title>Cantine - École</title><meta name=valid_from content=2026-09-01></head><body>\
             <header><a>Accueil</a><h1>Cantine</h1></header><nav><ul><li>Menu</ul></nav>\
             <div><p>Le repas<br>coûte <b>4</b> €.</p><p style='display: none'>secret</p><script>x()</script></div>\
             <ul><li>lundi<li>mardi<ul><li>midi</ul></ul><pre>a\n b</pre><footer>Mentions</footer></body></html>",
            &[
                (BlockKind::Heading { level: 1 }, "Cantine"),
                (BlockKind::Paragraph, "Le repas coûte 4 €."),
                (BlockKind::ListItem, "lundi"),
                (BlockKind::ListItem, "mardi"),
                (BlockKind::ListItem, "midi"),
                (BlockKind::Code, "a b"),
            ],
        );
        let draft = parse("<title>Cantine - École</title><meta name=valid_from content=2026-09-01><h1>Cantine</h1>");
        assert_eq!(draft.title.as_deref(), Some("Cantine"));
        assert_eq!(draft.metadata.valid_from, Some(jiff::civil::date(2026, 9, 1)));
    }

    #[test]
    fn tables_become_labelled_rows() {
        check(
            "<table><thead><tr><th>Jour<th colspan=2>Heures</tr></thead><tr><td rowspan=2>lundi<td>8 h<td>12 h</tr>\
             <tr><td>13 h<td>17 h</tr></table>",
            &[
                (BlockKind::TableRow, "Jour: lundi | Heures: 8 h | Heures: 12 h"),
                (BlockKind::TableRow, "Jour: lundi | Heures: 13 h | Heures: 17 h"),
            ],
        );
        check("<table><tr><td><p>Mise en page</p></td></tr></table>", &[(BlockKind::Paragraph, "Mise en page")]);
    }

    #[test]
    fn deep_nesting_is_survived() {
        let markup = format!("{}fond{}", "<div>".repeat(5000), "</div>".repeat(5000));
        check(&markup, &[(BlockKind::Paragraph, "fond")]);
    }
}
