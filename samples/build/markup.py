"""The small Markdown dialect in which the PDF, DOCX and HTML samples are written."""

import re
from dataclasses import dataclass, field

RULED = re.compile(r"^\|?[\s:|-]+\|?$")


@dataclass
class Block:
    """One block: `kind` is heading, para, bullets, numbers, table, note or break."""

    kind: str
    text: str = ""
    level: int = 0
    rows: list = field(default_factory=list)


def front_matter(source):
    """Splits `key: value` lines between two `---` from the body."""
    if not source.startswith("---\n"):
        return {}, source
    head, body = source[4:].split("\n---\n", 1)
    pairs = (line.split(":", 1) for line in head.splitlines() if ":" in line)
    return {key.strip(): value.strip().strip('"') for key, value in pairs}, body


def parse(source):
    """Returns the front matter and the blocks of the body."""
    meta, body = front_matter(source)
    blocks = []
    for part in re.split(r"\n\s*\n", body.strip()):
        lines = [line.rstrip() for line in part.splitlines() if line.strip()]
        blocks.extend(blocks_of(lines))
    return meta, blocks


def blocks_of(lines):
    first = lines[0] if lines else ""
    if not lines:
        return []
    if heading := re.match(r"^(#{1,4}) (.+)$", first):
        return [Block("heading", heading[2], len(heading[1])), *blocks_of(lines[1:])]
    if first == "<<page>>":
        return [Block("break"), *blocks_of(lines[1:])]
    if first.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not RULED.match(line)]
        return [Block("table", rows=rows)]
    if first.startswith("> "):
        return [Block("note", " ".join(line.removeprefix(">").strip() for line in lines))]
    for kind, mark in (("bullets", r"^- "), ("numbers", r"^\d+\. ")):
        if re.match(mark, first):
            return [Block(kind, rows=items(lines, mark))]
    return [Block("para", " ".join(line.strip() for line in lines))]


def items(lines, mark):
    found = []
    for line in lines:
        if re.match(mark, line):
            found.append(re.sub(mark, "", line))
        else:
            found[-1] += " " + line.strip()
    return found


def inline(text, bold, italic, link):
    """Replaces the inline marks; `bold`, `italic` are templates with `{}`, `link` has `{text}` and `{url}`."""
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", lambda m: link.format(text=m[1], url=m[2]), text)
    text = re.sub(r"\*\*(.+?)\*\*", lambda m: bold.format(m[1]), text)
    return re.sub(r"(?<!\w)\*(.+?)\*(?!\w)", lambda m: italic.format(m[1]), text)


def plain(text):
    return inline(text, "{}", "{}", "{text}")
