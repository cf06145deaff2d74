"""A blob as base64 in JSON: in, past the JSON parser, and out, without ever holding all of it as text.

The text of a blob is a hundred times as long as the rest, and a parser would copy it three times. So it is cut out
of the body, what is left is parsed as strictly as any JSON, and base64 is as RFC 4648 section 4 has it: the standard
alphabet, padded, and no bit that decoding would lose. Line breaks in it (RFC 2045) are left out.
"""

import binascii
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson
import pybase64
from django.conf import settings

from cloudbox import strict_json
from cloudbox.errors import BadInput, BadInputs, BodyTooLarge
from cloudbox.http import Content

_DATA = re.compile(rb'"data"[ \t\r\n]*:[ \t\r\n]*"')
_ESCAPED = ((b"\\n", b""), (b"\\r", b""), (b"\\/", b"/"))  # of JSON's escapes, those that stand in base64
_AT_ONCE = 2**20  # bytes; what is smaller is sent as one block


def blob_in(body: bytearray) -> tuple[str, bytes]:
    """Return the id and the bytes of the blob in a JSON body.

    Raises MalformedJson, BodyTooLarge, and BadInput for fields that are missing, are no texts or are no base64.
    """
    start = match.end() if (match := _DATA.search(body)) else 0
    end = body.find(b'"', start) if start else -1
    if end >= 0:
        mark = secrets.token_hex(8)
        fields = strict_json.loads(_small(body[:start] + mark.encode() + body[end:]))
        if isinstance(fields, dict) and fields.get("data") == mark:
            return _text_in(fields, "id"), _decoded(_unescaped(body, start, end))
    fields = strict_json.loads(_small(body))
    if not isinstance(fields, dict):
        raise BadInput("", "Input should be a valid dictionary", kind="model_attributes_type")
    text = _text_in(fields, "data").replace("\n", "").replace("\r", "")
    return _text_in(fields, "id"), _decoded(text.encode().strip(b" "))


def _small(body: bytearray) -> bytes:
    """Return what is parsed, which must be no longer than any other JSON."""
    if len(body) > settings.CLOUDBOX_MAX_JSON:
        raise BodyTooLarge("All but `data` is too long.", limit=settings.CLOUDBOX_MAX_JSON)
    return bytes(body)


def _text_in(fields: Mapping[str, Any], name: str) -> str:
    missing = [
        {"field": each, "reason": "Field required", "kind": "missing"} for each in ("id", "data") if each not in fields
    ]
    if missing:
        raise BadInputs(missing)
    if not isinstance(fields[name], str):
        raise BadInput(name, "Input should be a valid string", kind="string_type")
    text: str = fields[name]
    return text


def _unescaped(body: bytearray, start: int, end: int) -> memoryview | bytes:
    """Return what the inside of a JSON string means, uncopied if that is what stands there."""
    text = memoryview(body)[start:end]
    if body.find(b"\\", start, end) < 0 and bytes(text[:1]) != b" " != bytes(text[-1:]):
        return text
    plain = bytes(text)
    for escape, meaning in _ESCAPED:
        plain = plain.replace(escape, meaning)
    return plain.strip(b" ")


def _decoded(plain: memoryview | bytes) -> bytes:
    """Return the bytes that the base64 stands for. Raises BadInput, and BodyTooLarge."""
    try:
        data = pybase64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        raise _not_base64() from None
    last = len(data) % 3  # bytes of a group that is not whole, whose text could end in bits that stand for nothing
    if last and pybase64.b64encode(data[-last:]) != bytes(plain[-4:]):
        raise _not_base64()
    if len(data) > settings.CLOUDBOX_MAX_BLOB:
        raise BodyTooLarge(limit=settings.CLOUDBOX_MAX_BLOB)
    return data


def _not_base64() -> BadInput:
    return BadInput("data", "Data must be a valid base64 string")


def as_json(content: Content, blob_id: str, created_at: datetime) -> Content:
    """Return what `content` has as `{"id", "data", "size", "created_at"}`, encoded while it is sent."""
    head = b'{"id":' + orjson.dumps(blob_id) + b',"data":"'
    tail = b'","size":%d,"created_at":%s}' % (content.size, strict_json.dumps(created_at))

    def open_all(_start: int, _stop: int) -> Iterator[bytes]:  # of JSON nobody gets a part
        blocks = _encoded(content)
        if content.size <= _AT_ONCE:
            yield b"".join((head, *blocks, tail))
            return
        yield head + next(blocks, b"")
        yield from blocks
        yield tail

    return replace(
        content,
        open=open_all,
        size=len(head) + (content.size + 2) // 3 * 4 + len(tail),
        content_type="application/json",
        sha256=None,
        path=None,
        headers={"Accept-Ranges": "none", "Content-Disposition": "inline"},
    )


def _encoded(content: Content) -> Iterator[bytes]:
    """Yield the base64 of the content, block by block, each of whole groups of three bytes but the last."""
    rest = b""
    for block in content.open(0, content.size):
        whole = rest + block if rest else block
        cut = len(whole) - len(whole) % 3
        rest = whole[cut:]
        yield pybase64.b64encode(whole[:cut])
    if rest:
        yield pybase64.b64encode(rest)
