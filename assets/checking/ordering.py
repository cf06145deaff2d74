"""Putting in order what does not fit into memory, and walking two such streams side by side. Pure but for its files."""

import heapq
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, NamedTuple, TypeVar

from assets.checking.findings import batches

RUN = 50_000  # items that are sorted in memory at a time, about 10 MiB

A = TypeVar("A")
B = TypeVar("B")


class Listed(NamedTuple):
    """A key that a store holds: `size` in bytes, `modified` in seconds since 1970."""

    key: str
    size: int
    modified: float


def in_order(items: Iterable[Listed]) -> Iterator[Listed]:
    """Yield the items ordered by key, as PostgreSQL orders texts byte for byte; long lists are sorted in files.

    All of `items` is read before the first comes out.
    """
    with ExitStack() as files:
        runs = [_run(files, sorted(batch)) for batch in batches(items, RUN)]
        yield from heapq.merge(*runs)


def _run(files: ExitStack, items: list[Listed]) -> Iterator[Listed]:
    """Return sorted items from memory when they are few, else from a file that they were put into."""
    if len(items) < RUN:
        return iter(items)
    file = files.enter_context(TemporaryFile("w+"))  # noqa: SIM115  the stack closes it
    for item in items:
        file.write(f"{json.dumps(item)}\n")  # a key of a foreign file may hold anything, line breaks too
    file.seek(0)
    return _read(file)


def _read(file: IO[str]) -> Iterator[Listed]:
    for line in file:
        yield Listed(*json.loads(line))


def side_by_side(left: Iterable[tuple[str, A]], right: Iterable[tuple[str, B]]) -> Iterator[tuple[A | None, B | None]]:
    """Yield (left, right) for every key of two ordered streams of (key, value); None where one side has it not."""
    lefts, rights = iter(left), iter(right)
    one, other = next(lefts, None), next(rights, None)
    while one or other:
        key = min(pair[0] for pair in (one, other) if pair)
        yield (one[1] if one and one[0] == key else None), (other[1] if other and other[0] == key else None)
        if one and one[0] == key:
            one = next(lefts, None)
        if other and other[0] == key:
            other = next(rights, None)
