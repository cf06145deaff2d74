"""Multipart forms with one file in them, whose bytes go straight to whoever stores them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from django.http import HttpRequest
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from cloudbox.errors import BadInput, LengthRequired, UnsupportedMediaType
from cloudbox.http import announced_size, true_chunks
from cloudbox.media_types import OPAQUE, is_media_type

LONGEST_FIELD = 2**16  # bytes of a text in a form
MOST_PARTS = 64  # of a form
EXTENDED_FILENAME = re.compile(r"filename\*\s*=\s*utf-8'[^']*'([^;\s]+)", re.IGNORECASE)


@dataclass
class Form:
    """A multipart form with one file in it.

    `fields` has the texts that came before the file, and all of them once `chunks` is exhausted. The
    file is at most `limit` bytes long; only the end of `chunks` tells how long.
    """

    filename: str
    content_type: str
    limit: int
    chunks: Iterator[bytes]
    fields: dict[str, str] = field(default_factory=dict)


def multipart_file(request: HttpRequest, name: str = "file", *, missing: str = "") -> Form:
    """Read a `multipart/form-data` body (RFC 7578) up to its file, the part called `name`; `missing` says it has none.

    Raises UnsupportedMediaType, LengthRequired, or BadInput when the form is malformed or has no
    such file; reading `chunks` raises them too, and when there is a second file.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise UnsupportedMediaType("Send the file as multipart/form-data.")
    size = announced_size(request)
    if size is None:
        raise LengthRequired("A form must say how long it is.")
    fields: dict[str, str] = {}
    events = _events(options["boundary"], true_chunks(request))
    file = _next_file(events, fields)
    if file is None or file.name != name:
        raise BadInput(name, missing or f"The form must have one file, in a part called {name}.")
    content_type = file.content_type or ""
    return Form(
        filename=_filename(file),
        content_type=content_type if is_media_type(content_type) else OPAQUE,
        limit=size,
        chunks=_file_chunks(events, fields),
        fields=fields,
    )


def _events(boundary: str, chunks: Iterator[bytes]) -> Iterator[MultipartSegment | bytes | None]:
    """Yield a segment as each part begins, then its bytes, then None."""
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
            for chunk in chunks:
                yield from parser.parse(chunk)
    except MultipartError as error:
        raise BadInput("body", f"The form is malformed: {error}.") from error


def _next_file(events: Iterator[MultipartSegment | bytes | None], fields: dict[str, str]) -> MultipartSegment | None:
    """Read texts into `fields` up to the next part that is a file, and return that; None at the end."""
    for event in events:
        if isinstance(event, MultipartSegment):
            if event.filename is not None or "filename*" in event["Content-Disposition"]:
                return event
            _add_field(fields, event.name or "", _text(events, event.name or ""))
    return None


def _file_chunks(events: Iterator[MultipartSegment | bytes | None], fields: dict[str, str]) -> Iterator[bytes]:
    for event in events:
        if event is None:
            break
        if isinstance(event, bytes | bytearray):
            yield bytes(event)
    second = _next_file(events, fields)
    if second is not None:
        raise BadInput(second.name or "file", "The form may have one file only.")


def _text(events: Iterator[MultipartSegment | bytes | None], name: str) -> str:
    value = bytearray()
    for event in events:
        if not isinstance(event, bytes | bytearray):
            break
        value += event
        if len(value) > LONGEST_FIELD:
            raise BadInput(name, f"A text may have {LONGEST_FIELD} bytes at most.")
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadInput(name, "It must be UTF-8.") from None


def _add_field(fields: dict[str, str], name: str, value: str) -> None:
    if name in fields:
        raise BadInput(name, "It was given twice.")
    fields[name] = value


def _filename(segment: MultipartSegment) -> str:
    """Return the file's name: RFC 7578 as browsers write it, or `filename*` (RFC 8187) as some programs do."""
    extended = EXTENDED_FILENAME.search(segment["Content-Disposition"])
    if not extended:
        return segment.filename or ""
    try:
        return unquote(extended[1], errors="strict")
    except UnicodeDecodeError:
        raise BadInput("filename", "It must be UTF-8.") from None
