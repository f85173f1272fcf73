"""Writes the binary and HTML samples from `sources/`. Run: `python samples/build/build.py`."""

from pathlib import Path

from markup import front_matter, parse
from office import write_docx, write_xlsx
from pdf import register_fonts, write_pdf, write_scan
from web import write_html

HERE = Path(__file__).parent
DOCUMENTS = HERE.parent / "documents"
WRITERS = {"pdf": write_pdf, "docx": write_docx, "html": write_html, "scan": write_scan}


def main():
    register_fonts()
    for source in sorted((HERE / "sources").rglob("*")):
        if source.suffix not in (".md", ".sheets"):
            continue
        folder = DOCUMENTS / source.parent.relative_to(HERE / "sources")
        folder.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".sheets":
            meta, body = front_matter(source.read_text(encoding="utf-8"))
            write_xlsx(folder / f"{source.stem}.xlsx", meta, body)
            continue
        meta, blocks = parse(source.read_text(encoding="utf-8"))
        ending = "pdf" if meta["format"] == "scan" else meta["format"]
        WRITERS[meta["format"]](folder / f"{source.stem}.{ending}", meta, blocks)


if __name__ == "__main__":
    main()
