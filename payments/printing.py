"""Receipts as PDF: the same bytes for the same receipt and language. Times are in UTC.

Open Sans has the Latin, Greek and Cyrillic letters; Chinese, Japanese and Korean ones are left to fonts that readers of
PDF have. What neither has is replaced, and the page says so: the receipt on the web has everything.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib.resources import as_file, files
from io import BytesIO
from itertools import groupby, zip_longest
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table

from cloudbox.money import as_money
from cloudbox.sizes import for_people
from payments.receipts import ReceiptInfo

REGULAR, BOLD = "OpenSans-Regular", "OpenSans-Bold"
KANA, HANGUL, HAN = "HeiseiKakuGo-W5", "HYGothic-Medium", "STSong-Light"
LOST = "\N{REPLACEMENT CHARACTER}"
INK, SOFT, LINE, TRIAL = HexColor("#17202e"), HexColor("#566277"), HexColor("#dfe5ee"), HexColor("#8a4b00")
TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=9.5, leading=14, textColor=INK)
SMALL = ParagraphStyle("small", TEXT, fontSize=8.5, leading=14, textColor=SOFT)
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
TITLE = ParagraphStyle("title", STRONG, fontSize=20, leading=26)
RIGHT = ParagraphStyle("right", TEXT, alignment=2)
TOTAL = ParagraphStyle("total", STRONG, fontSize=12, leading=17, alignment=2)
STAMP = ParagraphStyle(
    "stamp",
    STRONG,
    textColor=TRIAL,
    borderColor=TRIAL,
    borderWidth=1,
    borderPadding=(5, 8, 6, 8),
    borderRadius=4,
    leftIndent=8,
    rightIndent=8,
)
EDGE = 22 * mm
PADDING = 6  # that the frame of a page has by itself
WIDE = A4[0] - 2 * EDGE
ALL = ((0, 0), (-1, -1))  # cells
PLAIN = [*((f"{side}PADDING", *ALL, 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")), ("VALIGN", *ALL, "TOP")]

_printing = Lock()  # fonts of reportlab are shared, with what is known of the page at hand


def pdf(receipt: ReceiptInfo) -> bytes:
    """Return a receipt as a PDF in the language of now."""
    with _printing:
        return _printed(receipt)


def _printed(receipt: ReceiptInfo) -> bytes:
    _open_fonts()
    written = BytesIO()
    heading = _heading(receipt)
    document = SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=EDGE - PADDING,
        rightMargin=EDGE - PADDING,
        topMargin=EDGE - PADDING,
        bottomMargin=EDGE - PADDING,
        title=f"{heading} {receipt.name}",
        author=receipt.seller[0],
        subject=receipt.plan_name,
        creator="CloudBox",
        lang=get_language() or "en",
        displayDocTitle=True,
        invariant=1,
    )
    document.build([*_head(receipt, heading), *_parties(receipt), *_goods(receipt), *_facts(receipt), *_foot(receipt)])
    return written.getvalue()


def _heading(receipt: ReceiptInfo) -> str:
    return _("Credit note") if receipt.is_refund else _("Receipt")


def _head(receipt: ReceiptInfo, heading: str) -> Iterator[Flowable]:
    number = [_said(receipt.name, ParagraphStyle("number", RIGHT, fontName=BOLD, fontSize=12))]
    number.append(_said(_day(receipt.issued_at), ParagraphStyle("day", RIGHT, textColor=SOFT)))
    yield _table([[_said(heading, TITLE), number]], 0.6)
    yield Spacer(1, 4 * mm)
    if receipt.mode != "live":
        yield _said(_("Trial: no money has moved."), STAMP)
        yield Spacer(1, 6 * mm)


def _parties(receipt: ReceiptInfo) -> Iterator[Flowable]:
    name, *more = receipt.seller
    seller = [_said(_("Sold by"), SMALL), _said(name, STRONG), *(_said(line, TEXT) for line in more)]
    buyer = [_said(_("To"), SMALL), _said(receipt.buyer, STRONG), _said(receipt.email, TEXT)]
    yield _beside(seller, buyer, part=0.5)
    yield Spacer(1, 10 * mm)


def _goods(receipt: ReceiptInfo) -> Iterator[Flowable]:
    amount = as_money(receipt.amount_minor, receipt.currency)
    days = ngettext("%(size)s of room for %(days)s day", "%(size)s of room for %(days)s days", receipt.days)
    goods = [_said(receipt.plan_name, STRONG)]
    goods.append(_said(days % {"size": for_people(receipt.bytes), "days": receipt.days}, TEXT))
    if receipt.starts_at and receipt.ends_at and not receipt.is_refund:
        term = {"start": _moment(receipt.starts_at), "end": _moment(receipt.ends_at)}
        goods.append(_said(_("From %(start)s to %(end)s") % term, SMALL))
    yield _beside([_said(_("What"), SMALL)], [_said(_("Amount"), ParagraphStyle("small-right", SMALL, alignment=2))])
    yield HRFlowable(width="100%", color=LINE, spaceBefore=3, spaceAfter=8)
    yield _beside(goods, [_said(amount, RIGHT)])
    yield HRFlowable(width="100%", color=LINE, spaceBefore=8, spaceAfter=6)
    said = _("Paid back") if receipt.is_refund else _("Paid")
    yield _beside([_said(said, ParagraphStyle("paid", STRONG, fontSize=12, leading=17))], [_said(amount, TOTAL)])
    yield Spacer(1, 10 * mm)


def _facts(receipt: ReceiptInfo) -> Iterator[Flowable]:
    facts = {_("For receipt"): receipt.corrects} if receipt.corrects else {}
    facts[_("Reference")] = receipt.reference
    if receipt.paid_at:
        facts[_("Paid on")] = _moment(receipt.paid_at)
    if receipt.paid_with:
        facts[_("Paid with")] = receipt.paid_with
    for name, value in facts.items():
        yield _beside([_said(name, SMALL)], [_said(value, ParagraphStyle("fact", SMALL, textColor=INK))], part=0.25)


def _foot(receipt: ReceiptInfo) -> Iterator[Flowable]:
    said = (receipt.buyer, receipt.plan_name, *receipt.seller)
    if any(not _font_of(letter) for text in said for letter in text):
        yield Spacer(1, 8 * mm)
        replaced = _(
            "Letters that this page cannot print are shown as %(mark)s. The receipt on the web has all of them."
        )
        yield _said(replaced % {"mark": LOST}, SMALL)


def _beside(left: list[Paragraph], right: list[Paragraph], *, part: float = 0.7) -> Table:
    """Return two columns; however long they are, a page may end between two lines."""
    return _table(list(zip_longest(left, right, fillvalue="")), part)


def _table(rows: list[Any], part: float) -> Table:
    return Table(rows, colWidths=[WIDE * part, WIDE * (1 - part)], style=PLAIN)


def _said(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a text in which each letter has a font that knows it."""
    runs = ((font, "".join(letters)) for font, letters in groupby(text, _font_of))
    return Paragraph("".join(_run(font, letters) for font, letters in runs), style)


def _run(font: str, letters: str) -> str:
    if font == REGULAR:
        return escape(letters)
    if font:
        return f'<font name="{font}">{escape(letters)}</font>'
    return LOST * len(letters)


def _font_of(letter: str) -> str:
    """Return a font that has a letter; the empty string where there is none."""
    code = ord(letter)
    if code in _open_fonts() or letter.isspace():
        return REGULAR
    scripts: Iterable[tuple[int, int, str]] = (
        (0x3040, 0x30FF, KANA),
        (0x1100, 0x11FF, HANGUL),
        (0xAC00, 0xD7A3, HANGUL),
        (0x3000, 0x303F, HAN),
        (0x4E00, 0x9FFF, HAN),
        (0xFF00, 0xFFEF, HAN),
    )
    return next((font for first, last, font in scripts if first <= code <= last), "")


@cache
def _open_fonts() -> frozenset[int]:
    """Make the fonts known, and return the code points that the first of them has."""
    for name in (REGULAR, BOLD):
        with as_file(files("ttf_opensans") / "ttf" / f"{name}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, path))
    for name in (KANA, HANGUL, HAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(pdfmetrics.getFont(REGULAR).face.charToGlyph)


def _moment(at: datetime) -> str:
    return f"{date_format(at.astimezone(UTC), 'DATETIME_FORMAT')} UTC"


def _day(at: datetime) -> str:
    return date_format(at.astimezone(UTC), "DATE_FORMAT")
