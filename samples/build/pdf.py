"""PDF samples: one column, two columns, long with a cover, and page images as a scanner makes them."""

import calendar
import datetime
import io
import os
import random
from html import escape
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas
from reportlab.platypus import (BaseDocTemplate, Frame, ListFlowable, ListItem, PageBreak, PageTemplate, Paragraph,
                                Spacer, Table, TableStyle)

from markup import inline, plain

FONTS = Path(reportlab.__file__).parent / "fonts"
FACES = {"helvetica": ("Helvetica", "Helvetica-Bold"), "times": ("Times-Roman", "Times-Bold"),
         "vera": ("Vera", "VeraBd")}
BLUE = colors.HexColor("#1d4468")


def fix_date(date):
    """reportlab writes this as the creation date, so that a rebuild gives the same bytes."""
    os.environ["SOURCE_DATE_EPOCH"] = str(calendar.timegm(datetime.date.fromisoformat(date).timetuple()))


def register_fonts():
    for name in ("Vera", "VeraBd", "VeraIt", "VeraBI"):
        pdfmetrics.registerFont(TTFont(name, str(FONTS / f"{name}.ttf")))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="VeraIt", boldItalic="VeraBI")


def styles(meta):
    regular, bold = FACES[meta.get("font", "helvetica")]
    size = float(meta.get("size", 10))
    body = ParagraphStyle("body", fontName=regular, fontSize=size, leading=size * 1.42, spaceAfter=size * 0.7)
    if meta.get("layout") == "two-columns":
        body.alignment = TA_JUSTIFY

    def heading(factor, before):
        return ParagraphStyle("h", parent=body, fontName=bold, fontSize=size * factor, leading=size * factor * 1.2,
                              spaceBefore=before, textColor=BLUE, keepWithNext=1, alignment=0)

    cell = ParagraphStyle("cell", parent=body, fontSize=size * 0.9, leading=size * 1.15, spaceAfter=0, alignment=0)
    return {
        "body": body, 1: heading(1.8, 0), 2: heading(1.3, size), 3: heading(1.1, size * 0.6), "cell": cell,
        "head": ParagraphStyle("head", parent=cell, fontName=bold, textColor=colors.white),
        "note": ParagraphStyle("note", parent=body, backColor=colors.HexColor("#eef3f8"), borderPadding=6,
                               leftIndent=8, rightIndent=8, spaceBefore=8, spaceAfter=14),
    }


def rich(text):
    return inline(escape(text, quote=False), "<b>{}</b>", "<i>{}</i>", "{text}")


def flow(block, style, width):
    if block.kind == "heading":
        return [Paragraph(rich(block.text), style[min(block.level, 3)])]
    if block.kind == "para":
        return [Paragraph(rich(block.text), style["body"])]
    if block.kind == "note":
        return [Paragraph(rich(block.text), style["note"])]
    if block.kind == "break":
        return [PageBreak()]
    if block.kind == "table":
        return [table(block.rows, style, width), Spacer(1, 10)]
    bullet = {"bulletType": "bullet", "start": "•"} if block.kind == "bullets" else {"bulletType": "1"}
    entries = [ListItem(Paragraph(rich(item), style["body"])) for item in block.rows]
    return [ListFlowable(entries, leftIndent=16, **bullet)]


def table(rows, style, width):
    columns = [[plain(row[at]) for row in rows] for at in range(len(rows[0]))]
    least = [max(stringWidth(word, style["head"].fontName, style["cell"].fontSize)
                 for cell in column for word in cell.split()) + 14 for column in columns]
    wished = [max(min(len(cell), 46) for cell in column) for column in columns]
    spare = width - sum(least)
    widths = [low + spare * wish / sum(wished) for low, wish in zip(least, wished)]
    cells = [[Paragraph(rich(cell), style["head" if at == 0 else "cell"]) for cell in row]
             for at, row in enumerate(rows)]
    made = Table(cells, colWidths=widths, repeatRows=1)
    made.setStyle(TableStyle([
        ("BACKGROUND", (0, 0), (-1, 0), BLUE), ("GRID", (0, 0), (-1, -1), 0.4, colors.HexColor("#9fb2c4")),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ]))
    return made


def write_pdf(path, meta, blocks):
    fix_date(meta["date"])
    style = styles(meta)
    margin, gap = 2 * cm, 0.8 * cm
    wide, high = A4[0] - 2 * margin, A4[1] - 4.2 * cm
    if meta.get("layout") == "two-columns":
        width = (wide - gap) / 2
        top = 2.6 * cm
        frames = [Frame(margin + i * (width + gap), 2 * cm, width, high - top, 0, 0, 0, 0) for i in (0, 1)]
        later = [Frame(margin + i * (width + gap), 2 * cm, width, high, 0, 0, 0, 0) for i in (0, 1)]
    else:
        width = wide
        frames = later = [Frame(margin, 2 * cm, wide, high, 0, 0, 0, 0)]

    def furniture(page, doc):
        page.setFont(FACES[meta.get("font", "helvetica")][0], 8)
        page.setFillColor(colors.HexColor("#5b6b7a"))
        page.drawString(margin, A4[1] - 1.4 * cm, "Institut Clairvanne")
        page.drawRightString(A4[0] - margin, A4[1] - 1.4 * cm, meta.get("reference", ""))
        page.drawCentredString(A4[0] / 2, 1.1 * cm, f"{doc.page}")

    def first(page, doc):
        furniture(page, doc)
        if meta.get("layout") == "two-columns":
            page.setFillColor(BLUE)
            page.setFont(style[1].fontName, 17)
            page.drawString(margin, A4[1] - 3.1 * cm, meta["title"])
            page.setFont(style["body"].fontName, 9.5)
            page.drawString(margin, A4[1] - 3.9 * cm, meta["subtitle"])

    doc = BaseDocTemplate(str(path), pagesize=A4, title=meta["title"], author=meta.get("author", "Institut Clairvanne"),
                          subject=meta.get("reference", ""), lang=meta["language"])
    doc.addPageTemplates([PageTemplate("first", frames, onPage=first, autoNextPageTemplate="later"),
                          PageTemplate("later", later, onPage=furniture)])
    skip = 1 if meta.get("layout") == "two-columns" and blocks[0].kind == "heading" else 0
    doc.build([part for block in blocks[skip:] for part in flow(block, style, width)])


def write_scan(path, meta, blocks):
    """Page images only: no text layer, slightly turned, as from an office scanner."""
    fix_date(meta["date"])
    sheet = canvas.Canvas(str(path), pagesize=A4)
    sheet.setTitle("Scan_" + meta["date"].replace("-", ""))
    chance = random.Random(7)
    for page in scan_pages(blocks):
        turned = page.rotate(chance.uniform(-0.7, 0.7), Image.Resampling.BICUBIC, fillcolor=246)
        data = io.BytesIO()
        turned.filter(ImageFilter.GaussianBlur(0.6)).save(data, "JPEG", quality=38)
        data.seek(0)
        sheet.drawImage(ImageReader(data), 0, 0, *A4)
        sheet.showPage()
    sheet.save()


def scan_pages(blocks):
    size, margin = (1090, 1540), 110
    pages, page, y = [], None, size[1]
    for block in blocks:
        points = {1: 34, 2: 26}.get(block.level, 20)
        face = ImageFont.truetype(str(FONTS / ("VeraBd.ttf" if block.level else "Vera.ttf")), points)
        lines = [line for text in texts(block) for line in wrap(plain(text), face, size[0] - 2 * margin)]
        if block.kind == "break" or y + len(lines) * points * 1.5 > size[1] - margin:
            page, y = Image.new("L", size, 248), margin
            pages.append(page)
        for line in lines:
            ImageDraw.Draw(page).text((margin, y), line, font=face, fill=40)
            y += points * 1.5
        y += points * 0.9
    return pages


def texts(block):
    if block.kind == "bullets":
        return ["- " + item for item in block.rows]
    if block.kind == "numbers":
        return [f"{at}. {item}" for at, item in enumerate(block.rows, 1)]
    return ["   ".join(row) for row in block.rows] if block.kind == "table" else [block.text]


def wrap(text, face, width):
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if face.getlength(longer) <= width else [lines[-1], word]
    return lines
