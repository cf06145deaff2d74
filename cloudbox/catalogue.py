"""The catalogue of errors: one entry for each stable `code`, made from the refusals themselves."""

import inspect
from dataclasses import dataclass

from cloudbox.errors import Refusal
from cloudbox.problems import kinds_of_refusal

HEAD = """\
# Errors

Every error of the native API is a problem details object (RFC 9457, `application/problem+json`) with
`type`, `title`, `status`, `detail`, a stable `code`, the `request_id` that the server's log has too,
and the facts named below. Errors in a value have `errors`, a list of `{"field", "reason"}`. A `code`
never changes its meaning; new ones may come.

This page is made from the code by `python3 manage.py describe`.

| code | status | when |
|---|---|---|
"""


@dataclass(frozen=True)
class Entry:
    """What the catalogue says of one code."""

    code: str
    status: int
    title: str
    meaning: str


def entries() -> list[Entry]:
    """Return the catalogue in the order of the codes. A refusal without a code of its own has its parent's entry."""
    found: dict[str, Entry] = {}
    for kind in kinds_of_refusal():
        if "code" in vars(kind) and kind is not Refusal:
            meaning = " ".join((inspect.getdoc(kind) or kind.title).split())
            found.setdefault(kind.code, Entry(kind.code, kind.status, kind.title, meaning))
    return [found[code] for code in sorted(found)]


def markdown() -> str:
    """Return the catalogue as docs/errors.md has it."""
    rows = (f"| `{entry.code}` | {entry.status} | {entry.meaning} |\n" for entry in entries())
    return HEAD + "".join(rows)
