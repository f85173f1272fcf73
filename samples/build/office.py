"""DOCX and XLSX samples; their archives are rewritten with fixed dates so that a rebuild gives the same bytes."""

import csv
import datetime
import io
import re
import zipfile

import docx
import openpyxl
from docx.shared import Pt
from openpyxl.styles import Alignment, Font, PatternFill

from markup import inline, plain


def write_docx(path, meta, blocks):
    document = docx.Document()
    document.styles["Normal"].font.name = meta.get("font", "Calibri")
    document.styles["Normal"].font.size = Pt(11)
    about = document.core_properties
    about.title, about.author, about.language = meta["title"], "Institut Clairvanne", meta["language"]
    about.created = about.modified = datetime.datetime.fromisoformat(meta["date"])
    section = document.sections[0]
    section.header.paragraphs[0].text = "Institut Clairvanne"
    section.footer.paragraphs[0].text = meta.get("reference", "")
    for block in blocks:
        add(document, block)
    data = io.BytesIO()
    document.save(data)
    repack(data, path, meta["date"])


def add(document, block):
    if block.kind == "heading":
        document.add_heading(block.text, level=block.level - 1)
    elif block.kind in ("para", "note"):
        write(document.add_paragraph(style="Intense Quote" if block.kind == "note" else None), block.text)
    elif block.kind in ("bullets", "numbers"):
        for item in block.rows:
            write(document.add_paragraph(style="List Bullet" if block.kind == "bullets" else "List Number"), item)
    elif block.kind == "table":
        table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
        for row in block.rows:
            for cell, text in zip(table.add_row().cells, row):
                cell.text = plain(text)
        document.add_paragraph()
    elif block.kind == "break":
        document.add_page_break()


def write(paragraph, text):
    marked = inline(text, "\x01b{}\x02", "\x01i{}\x02", "{text}")
    for part in re.split("(\x01.+?\x02)", marked):
        if part.startswith("\x01"):
            run = paragraph.add_run(part[2:-1])
            run.bold, run.italic = part[1] == "b", part[1] == "i"
        elif part:
            paragraph.add_run(part)


def write_xlsx(path, meta, body):
    """`## Name` begins a sheet; then CSV lines with `;`, the first one of a block in bold."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for part in re.split(r"^## ", body, flags=re.M)[1:]:
        name, rows = part.split("\n", 1)
        fill(book.create_sheet(name.strip()), list(csv.reader(io.StringIO(rows.strip("\n")), delimiter=";")))
    book.properties.title, book.properties.creator = meta["title"], "Institut Clairvanne"
    book.properties.created = datetime.datetime.fromisoformat(meta["date"])
    data = io.BytesIO()
    book.save(data)
    repack(data, path, meta["date"])


def fill(sheet, rows):
    header = True
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row, 1):
            made = sheet.cell(at, column, value(cell))
            if made.is_date:
                made.number_format = "dd/mm/yyyy"
            made.alignment = Alignment(wrap_text=True, vertical="top")
            if header and len(row) > 1:
                made.font = Font(bold=True, color="FFFFFF")
                made.fill = PatternFill("solid", fgColor="1D4468")
        header = len(row) < 2 and header or not row
    for column, cells in enumerate(zip(*(row for row in rows if len(row) > 1)), 1):
        letter = openpyxl.utils.get_column_letter(column)
        sheet.column_dimensions[letter].width = min(max(map(len, cells)) + 2, 44)


def value(cell):
    if re.fullmatch(r"\d{1,6}", cell) and not (cell.startswith("0") and len(cell) > 1):
        return int(cell)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return datetime.date.fromisoformat(cell)
    return float(cell) if re.fullmatch(r"\d+\.\d+", cell) else cell or None


def repack(data, path, date):
    stamp = datetime.datetime.fromisoformat(date)
    with zipfile.ZipFile(data) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                fixed = stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + fixed, content)
            new.writestr(zipfile.ZipInfo(name, stamp.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
