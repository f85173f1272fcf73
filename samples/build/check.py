"""Checks the samples: every golden quote stands in its document, the index names every document, counts add up.

Run `python samples/build/check.py`; with `--write` it first fills in page numbers and writes `index.md`.
"""

import csv
import json
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import docx
import openpyxl
import pypdf

from markup import front_matter, plain

SAMPLES = Path(__file__).parent.parent
DOCUMENTS = SAMPLES / "documents"
NEEDS_OCR = "driving/consignes-accident.pdf"
LEAST = {"pdf": 10, "docx": 6, "xlsx": 3, "html": 4, "md": 10, "txt": 3, "csv": 2}


class Words(HTMLParser):
    """The text of a page, one line per element, table rows on one line."""

    def __init__(self):
        super().__init__()
        self.meta, self.parts, self.hidden = {}, [], 0

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "meta" and "name" in attrs:
            self.meta[attrs["name"]] = attrs["content"]
        self.hidden += tag in ("script", "style")
        if tag in ("p", "li", "h1", "h2", "h3", "tr", "title"):
            self.parts.append("\n")
        self.parts.append(" " if tag in ("td", "th") else "")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        self.parts.append("" if self.hidden else data)


def pages(path):
    """The text of each page; one page where the format has none."""
    if path.suffix == ".pdf":
        return [page.extract_text() for page in pypdf.PdfReader(path).pages]
    if path.suffix == ".docx":
        document = docx.Document(path)
        rows = (" ".join(cell.text for cell in row.cells) for table in document.tables for row in table.rows)
        return ["\n".join([*(paragraph.text for paragraph in document.paragraphs), *rows])]
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return ["\n".join(" ".join(str(cell) for cell in row if cell is not None)
                          for sheet in book for row in sheet.iter_rows(values_only=True))]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        words = Words()
        words.feed(text)
        return ["".join(words.parts)]
    if path.suffix == ".csv":
        return ["\n".join(" ".join(row) for row in csv.reader(text.splitlines(), delimiter=";"))]
    return [plain(front_matter(text)[1]) if path.suffix == ".md" else text]


def lines(text):
    return [normal(line) for line in text.splitlines()]


def normal(text):
    return " ".join(unicodedata.normalize("NFC", text).replace("|", " ").split())


def units(path, text):
    """Where the parts of a quote must stand together: a row or line, or in a PDF, whose rows may wrap, the page."""
    return [normal(text)] if path.suffix in (".pdf", ".html") else [*lines(text), *paragraphs(text)]


def paragraphs(text):
    return [normal(part) for part in text.split("\n\n") if "|" not in part]


def page_of(quote, texts):
    """The first page (from 1) with a unit that holds every part of the quote, or None."""
    parts = [normal(part) for part in quote.split(" | ")]
    return next((at for at, units in enumerate(texts, 1) if any(all(part in unit for part in parts) for unit in units)),
                None)


def metadata(path):
    """What the side files, front matter and page say about a document, in the order in which they count."""
    found, text = {}, ""
    folder = tomllib.loads((path.parent / "_meta.toml").read_text(encoding="utf-8"))
    found.update({key: value for key, value in folder.items() if key != "files"})
    if path.suffix in (".md", ".html"):
        text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        found.update(front_matter(text)[0])
    if path.suffix == ".html":
        words = Words()
        words.feed(text)
        title = re.search(r"<title>(.*?) \|", text)[1]
        found.update({"title": title, "language": re.search('lang="(..)"', text)[1], **words.meta})
    found.update(folder.get("files", {}).get(path.name, {}))
    audience = found.get("audience", ["everyone"])
    if isinstance(audience, str):
        found["audience"] = [name.strip() for name in audience.strip("[]").split(",")]
    return found


def index_lines(documents):
    yield "# Index of the sample documents\n\nWritten by `build/check.py --write`.\n"
    yield "| document | title | language | readers | valid from | until |\n|---|---|---|---|---|---|"
    for name, path in documents.items():
        meta = metadata(path)
        until = meta.get("valid_until", "")
        yield (f"| `{name}` | {meta['title']} | {meta['language']} | {', '.join(meta['audience'])} "
               f"| {meta['valid_from']} | {until} |")


def check_golden(documents, problems):
    records = [json.loads(line) for line in (SAMPLES / "golden.jsonl").read_text(encoding="utf-8").splitlines()]
    texts = {name: [units(path, page) for page in pages(path)] for name, path in documents.items()}
    for record in records:
        if record["answerable"] != bool(record["passages"]) or record["answerable"] != bool(record["answers"]):
            problems.append(f"{record['id']}: answers and passages do not fit answerable")
        quotes = " ".join(passage["quote"].casefold() for passage in record["passages"])
        if quotes and not any(answer.casefold() in quotes for answer in record["answers"]):
            problems.append(f"{record['id']}: no answer is in the document's words")
        for passage in record["passages"]:
            found = page_of(passage["quote"], texts.get(passage["document"], []))
            page = found if passage["document"].endswith(".pdf") else None
            if found is None:
                problems.append(f"{record['id']}: not in {passage['document']}: {passage['quote']}")
            elif "--write" in sys.argv:
                passage["page"] = page
            elif passage["page"] != page:
                problems.append(f"{record['id']}: the quote is on page {page}")
            check_reader(record, documents[passage["document"]], problems)
    for name, count in Counter(record["id"] for record in records).items():
        if count > 1:
            problems.append(f"{name}: {count} questions have this id")
    if "--write" in sys.argv:
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (SAMPLES / "golden.jsonl").write_text("".join(lines), encoding="utf-8")
    return records


def check_reader(record, path, problems):
    meta = metadata(path)
    if not {"everyone", *record["as"]} & set(meta["audience"]):
        problems.append(f"{record['id']}: {record['as']} may not read {path.name}")
    if "valid_until" in meta:
        problems.append(f"{record['id']}: {path.name} has ended")


def main():
    documents = {str(path.relative_to(DOCUMENTS)): path for path in sorted(DOCUMENTS.rglob("*"))
                 if path.is_file() and path.name != "_meta.toml"}
    problems = []
    records = check_golden(documents, problems)
    index = "\n".join(index_lines(documents)) + "\n"
    if "--write" in sys.argv:
        (SAMPLES / "index.md").write_text(index, encoding="utf-8")
    if (SAMPLES / "index.md").read_text(encoding="utf-8") != index:
        problems.append("index.md does not fit the documents; run with --write")
    counts = Counter(path.suffix[1:] for path in documents.values())
    problems += [f"too few {name}: {counts[name]}" for name, least in LEAST.items() if counts[name] < least]
    for name, path in documents.items():
        length = len(normal(" ".join(pages(path))).split())
        if (length > 0) == (name == NEEDS_OCR) or (0 < length < 100):
            problems.append(f"{name}: {length} words")
    print(f"{len(documents)} documents:", ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
    print(f"{len(records)} questions, {sum(not record['answerable'] for record in records)} unanswerable")
    for field in ("kind", "language"):
        print(f"by {field}:", ", ".join(f"{count} {name}" for name, count in
                                        sorted(Counter(record[field] for record in records).items())))
    print("only for staff:", sum(record["answerable"] and record["as"] == ["role:staff"] for record in records))
    print(*problems, sep="\n")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
