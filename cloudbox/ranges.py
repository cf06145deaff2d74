"""Byte ranges and preconditions (RFC 9110 sections 13 and 14), pure."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.utils.http import parse_http_date_safe

from cloudbox.errors import PreconditionFailed, RangeNotSatisfiable

MOST_DIGITS = 18  # of a position in a range; a longer number is beyond every file
ONE_RANGE = re.compile(r"bytes[ \t]*=[ \t,]*(\d*)-(\d*)[ \t,]*", re.ASCII | re.IGNORECASE)
ENTITY_TAG = re.compile(r'\s*(W/)?(?:"([\x21\x23-\x7e\x80-\xff]*)"|([^\s",]+))\s*(?:,|$)')


@dataclass(frozen=True)
class Conditions:
    """The headers of a request that make it conditional; "" where one is missing."""

    if_match: str = ""
    if_none_match: str = ""
    if_modified_since: str = ""
    if_unmodified_since: str = ""
    if_range: str = ""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the [start, stop) in bytes that a `Range` header asks for; None means all.

    One range is served. Several, or a malformed header, are answered with the whole body, as
    RFC 9110 section 14.2 allows. Raises RangeNotSatisfiable when nothing of the `size` bytes
    is in the range.
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if not match or match[1] == match[2] == "":
        return None
    first, last = _position(match[1]), _position(match[2])
    if match[1] and match[2] and first > last:
        return None
    if not match[1]:  # the last so many bytes
        start, stop = max(0, size - last), size
        if last and not size:
            return None  # all of nothing, which no 206 can say
    else:
        start, stop = first, min(size, last + 1) if match[2] else size
    if start >= stop:
        raise RangeNotSatisfiable(size=size)
    return start, stop


def is_unmodified(conditions: Conditions, *, reads: bool, etag: str, modified: datetime | None) -> bool:
    """Return whether the preconditions ask for a 304, in the order of RFC 9110 section 13.2.2.

    `reads` says that the method is GET or HEAD; `etag` is the current one without its quotes, ""
    when there is no such thing yet. Raises PreconditionFailed.
    """
    changed = int(modified.timestamp()) if modified else None
    if conditions.if_match and not _is_credential(conditions.if_match):
        if not _matches(conditions.if_match, etag, weakly=False):
            raise PreconditionFailed
    elif _was_changed_after(conditions.if_unmodified_since, changed):
        raise PreconditionFailed
    if conditions.if_none_match:
        matches = _matches(conditions.if_none_match, etag, weakly=True)
        if matches and not reads:
            raise PreconditionFailed
        return matches
    since = parse_http_date_safe(conditions.if_modified_since) if reads and conditions.if_modified_since else None
    return since is not None and changed is not None and changed <= since


def range_applies(if_range: str, *, etag: str, modified: datetime | None) -> bool:
    """Return whether the `Range` header counts: without `If-Range`, or when it names what we have.

    RFC 9110 section 13.1.5: the tag is compared strongly, a date must be exactly Last-Modified.
    """
    if not if_range:
        return True
    if if_range.startswith(('"', "W/")):
        return _matches(if_range, etag, weakly=False)
    date = parse_http_date_safe(if_range)
    return date is not None and modified is not None and date == int(modified.timestamp())


def _position(digits: str) -> int:
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= MOST_DIGITS else 10**MOST_DIGITS


def _matches(header: str, etag: str, *, weakly: bool) -> bool:
    """Return whether a list of entity tags names `etag`. Tags without quotes count too: clients send them."""
    if header.strip() == "*":
        return bool(etag)
    at = 0
    while match := ENTITY_TAG.match(header, at):
        at = match.end()
        tag = match[2] if match[2] is not None else match[3]
        if tag == etag and etag and (weakly or not match[1]):
            return True
        if at == len(header):
            break
    return False


def _is_credential(if_match: str) -> bool:
    """Return whether this is `If-Match: token <JWT>`, which an ancestor's clients send to sign in."""
    return if_match.lower().startswith("token ")


def _was_changed_after(header: str, changed: int | None) -> bool:
    date = parse_http_date_safe(header) if header else None
    return date is not None and changed is not None and changed > date
