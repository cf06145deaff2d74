"""Tables for spreadsheets: CSV by RFC 4180, in which nothing that somebody wrote becomes a formula."""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

Cell = str | int | Decimal | datetime | None

BOM = "\ufeff"  # Excel takes the rest for another encoding without it
FORMULAS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four are the wide forms of the first
INSIDE = re.compile(
    r"([;,\t\r\n|] *)([=+@\uff1d\uff0b\uff20-])"
)  # where a program may begin a cell that splits elsewhere
PIECE = 64 * 1024  # characters that are sent together


class _Line:
    """What csv writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def written(head: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[bytes]:
    """Yield a table in pieces, as its rows come.

    Text that a program could take for a formula gets an apostrophe in front. Numbers are no text: they stay numbers,
    negative ones too.
    """
    writer = csv.writer(_Line())
    piece = BOM + writer.writerow(list(head))
    for row in rows:
        piece += writer.writerow([_cell(cell) for cell in row])
        if len(piece) >= PIECE:
            yield piece.encode()
            piece = ""
    yield piece.encode()


def _cell(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if not isinstance(cell, str):
        return "" if cell is None else str(cell)
    cell = INSIDE.sub(r"\1'\2", cell)
    return f"'{cell}" if cell.lstrip(" ")[:1] in FORMULAS else cell
