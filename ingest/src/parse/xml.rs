//! A small tree of XML elements, by local name: office formats differ in prefixes, not in names.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

/// Deeper nesting is dropped: no program writes it.
const MAX_DEPTH: usize = 200;

#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Without prefix; empty for a piece of text.
    pub name: String,
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The `val` attribute of a child: `<pStyle val="Heading1"/>`.
    pub(crate) fn value(&self, child: &str) -> Option<&str> {
        self.child(child)?.attribute("val")
    }

    /// Whether a child switches something on: `<b/>`, but not `<b val="0"/>`.
    pub(crate) fn is_on(&self, child: &str) -> bool {
        self.child(child).is_some_and(|child| !matches!(child.attribute("val"), Some("0" | "false" | "off" | "none")))
    }

    /// All text below.
    pub(crate) fn content(&self) -> String {
        let mut out = self.text.clone();
        for child in &self.children {
            out.push_str(&child.content());
        }
        out
    }
}

/// Why XML cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// The whole document as one tree.
pub(crate) fn tree(bytes: &[u8]) -> Result<Element, Broken> {
    let mut root = Element::default();
    each(bytes, &[], |element| root = element)?;
    Ok(root)
}

/// Calls `on` with each element whose parent is the last of `path` (an empty path: the root), so that a long document
/// is never in memory as a whole.
pub(crate) fn each(bytes: &[u8], path: &[&str], mut on: impl FnMut(Element)) -> Result<(), Broken> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<String> = Vec::new();
    let mut seen = false;
    loop {
        match reader.read_event().map_err(|_| Broken)? {
            Event::Start(start) => {
                seen = true;
                let is_wanted = open.len() == path.len() && open.iter().zip(path).all(|(name, wanted)| name == wanted);
                if is_wanted {
                    on(read(&mut reader, &start, 0)?);
                } else {
                    open.push(local(&start));
                }
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof if seen && open.is_empty() => return Ok(()),
            Event::Eof => return Err(Broken),
            _ => {}
        }
    }
}

fn read(reader: &mut Reader<&[u8]>, start: &BytesStart<'_>, depth: usize) -> Result<Element, Broken> {
    let mut element = Element { name: local(start), ..Element::default() };
    for attribute in start.attributes().with_checks(false).flatten() {
        let key = attribute.key.local_name().into_inner().to_owned();
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map(std::borrow::Cow::into_owned).unwrap_or_default();
        element.attributes.push((key, value));
    }
    loop {
        match reader.read_event().map_err(|_| Broken)? {
            Event::Start(start) if depth >= MAX_DEPTH => {
                reader.read_to_end(start.name()).map_err(|_| Broken)?;
            }
            Event::Start(start) => element.children.push(read(reader, &start, depth + 1)?),
            Event::End(_) => return Ok(element),
            Event::Text(text) => push_text(&mut element, &text.xml10_content()),
            Event::CData(text) => push_text(&mut element, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let c = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c,
                    _ => match &*reference.into_inner() {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => ' ',
                    },
                };
                push_text(&mut element, c.encode_utf8(&mut [0; 4]));
            }
            Event::Eof => return Err(Broken),
            _ => {}
        }
    }
}

/// Text keeps its place between elements.
fn push_text(element: &mut Element, text: &str) {
    match element.children.last_mut() {
        None => element.text.push_str(text),
        Some(last) if last.name.is_empty() => last.text.push_str(text),
        Some(_) => element.children.push(Element { text: text.to_owned(), ..Element::default() }),
    }
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().into_inner().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_keep_order_and_entities() {
        let root =
            tree(b"<w:p xmlns:w='x' w:id=\"a&amp;b\">un<w:b/> &amp; <w:i>deux &#233;</w:i>!</w:p>").expect("XML");
        assert_eq!(root.content(), "un & deux é!");
        assert_eq!(root.attribute("id"), Some("a&b"));
        assert!(root.is_on("b"));
        for broken in [&b"<a><b></a>"[..], b"<a>", b"", b"text"] {
            assert!(tree(broken).is_err(), "{}", String::from_utf8_lossy(broken));
        }
        let mut found = Vec::new();
        each(b"<d><body><p>1</p><p>2</p></body><p>3</p></d>", &["d", "body"], |p| found.push(p.content()))
            .expect("XML");
        assert_eq!(found, ["1", "2"]);
    }

    #[test]
    fn deep_nesting_is_survived() {
        let text = format!("{}x{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
        assert!(tree(text.as_bytes()).is_ok());
    }
}
