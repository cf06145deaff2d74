"""What the stores hold, compared both ways with the rows that name it.

The server goes on working meanwhile, so a difference between a listing and the rows read after it is only a
suspicion. It becomes a finding when it is still there at a second look, in an order that settles it: a key is used
once and a row that names it gives way to another in one transaction, so what no row names after it was listed stays
unnamed, and is an orphan unless the bytes have gone in between.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from assets import damage, storage
from assets.checking.findings import Difference, Fact, Finding, Progress, batches
from assets.checking.ordering import Listed, in_order, side_by_side
from assets.models import Blob
from assets.rows import ask
from assets.storage import Store

PAGE = 5_000  # keys that are fetched from the rows at a time
OURS = re.compile(r"[0-9a-f]{32}")  # what a key of ours looks like; what does not is never deleted
NAMING = ("assets_blob", "assets_uploadpart", "assets_move", "assets_condemned")

# Every table is read along its unique index on (store, key), and no further than the page can need.
_NAMED = """
SELECT key, (array_agg(id) FILTER (WHERE id IS NOT NULL))[1], max(size) FROM (
    (SELECT key, id, size FROM assets_blob WHERE store = %(store)s AND key > %(after)s ORDER BY key LIMIT %(page)s)
    UNION ALL
    (SELECT key, NULL, NULL FROM assets_uploadpart WHERE store = %(store)s AND key > %(after)s ORDER BY key
     LIMIT %(page)s)
    UNION ALL
    (SELECT key, NULL, NULL FROM assets_move WHERE store = %(store)s AND key > %(after)s ORDER BY key LIMIT %(page)s)
    UNION ALL
    (SELECT key, NULL, NULL FROM assets_condemned WHERE store = %(store)s AND key > %(after)s ORDER BY key
     LIMIT %(page)s)
) named GROUP BY key ORDER BY key LIMIT %(page)s
"""
_STILL_NAMED = " UNION ".join(
    f"SELECT key FROM {table} WHERE store = %(store)s AND key = ANY(%(keys)s)"  # noqa: S608  the same
    for table in NAMING
)
_NAMES_OF_STORES = " UNION ALL ".join(
    f"SELECT store, '{table.removeprefix('assets_')}', count(*) FROM {table}"  # noqa: S608  the same
    f" WHERE NOT store = ANY(%(known)s) {'AND key IS NOT NULL' if table == 'assets_blob' else ''} GROUP BY store"
    for table in NAMING
)


class Named(NamedTuple):
    """A key that rows name; `blob_id` and `size` in bytes when one of them is a blob."""

    key: str
    blob_id: UUID | None
    size: int | None


class Suspicion(NamedTuple):
    """A blob whose bytes a listing did not have as they should be, or bytes under a key that no row named."""

    blob_id: UUID | None
    found: Listed | None


def stores_that_nobody_knows(_: Progress) -> Iterator[Finding]:
    """Find rows that name a store which no setting names."""
    known = [store.name for store in storage.stores()]
    for name, by, count in ask(_NAMES_OF_STORES, {"known": known}):
        yield Finding(Difference.STORE_UNKNOWN, name, {"by": by, "rows": count})


def in_all_stores(progress: Progress, before: datetime) -> Iterator[Finding]:
    """Compare every store; what came into it after `before` may not be named yet."""
    for store in storage.stores():
        yield from compare(store, before, progress)


def compare(store: Store, before: datetime, progress: Progress) -> Iterator[Finding]:
    """Compare one store both ways; when it does not answer, that is the finding."""
    try:
        for suspicions in batches(_suspicions(store, before.timestamp(), progress)):
            yield from _confirmed(store, suspicions)
    except OSError as error:
        yield Finding(Difference.STORE_DOWN, store.name, {"error": type(error).__name__})


def orphans(store: Store, before: datetime, progress: Progress) -> Iterator[Finding]:
    """Find only what nothing names. Raises OSError when the store does not answer."""
    found = (suspicion for suspicion in _suspicions(store, before.timestamp(), progress) if not suspicion.blob_id)
    for suspicions in batches(found):
        yield from _unnamed(store, [suspicion.found for suspicion in suspicions if suspicion.found])


def _suspicions(store: Store, before: float, progress: Progress) -> Iterator[Suspicion]:
    listed = groupby(in_order(_listed(store, progress)), key=itemgetter(0))
    holding = ((key, list(found)) for key, found in listed)  # an unfinished write is listed beside a finished one
    naming = ((named.key, named) for named in _named(store.name))
    for found, named in side_by_side(holding, naming):
        if named and named.size is not None and named.size not in {item.size for item in found or ()}:
            yield Suspicion(named.blob_id, None)
        elif found and not named and found[0].modified < before:
            yield Suspicion(None, found[0])


def _listed(store: Store, progress: Progress) -> Iterator[Listed]:
    count = 0
    for count, item in enumerate(store.stored(), start=1):
        if count % PAGE == 0:
            progress(f"keys in {store.name}", count)
        yield Listed(item.key, item.size, item.modified.timestamp())
    progress(f"keys in {store.name}", count)


def _named(store: str) -> Iterator[Named]:
    after = ""
    while page := ask(_NAMED, {"store": store, "after": after, "page": PAGE}):
        yield from (Named(*row) for row in page)
        after = page[-1][0]


def _confirmed(store: Store, suspicions: list[Suspicion]) -> Iterator[Finding]:
    """Look at every suspicion a second time. Raises OSError when the store does not answer any more."""
    yield from _unnamed(store, [each.found for each in suspicions if each.found])
    blobs = list(_still_here(store.name, [each.blob_id for each in suspicions if each.blob_id]))
    wrong = {blob.id: found for blob in blobs if (found := _size_of(store, blob)) != blob.size}
    concerned = damage.files_of(wrong)
    for blob in _still_here(store.name, list(wrong)):  # it may have moved or gone while we looked
        found = wrong[blob.id]
        kind = Difference.BYTES_MISSING if found is None else Difference.BYTES_ALTERED
        facts: dict[str, Fact] = {"store": store.name, "key": blob.key, "size": blob.size, "found": found}
        yield Finding(kind, str(blob.id), {**facts, "files": concerned.get(blob.id, [])})


def _still_here(store: str, blob_ids: list[UUID]) -> QuerySet[Blob]:
    """Return those that still lie there; what is held for damaged is read and judged elsewhere."""
    return Blob.objects.filter(pk__in=blob_ids, store=store, kind="plain", damage=None).order_by("pk")


def _size_of(store: Store, blob: Blob) -> int | None:
    try:
        return store.size(blob.key or "")
    except FileNotFoundError:
        return None


def _unnamed(store: Store, found: list[Listed]) -> Iterator[Finding]:
    ours = {item.key: item for item in found if OURS.fullmatch(item.key)}
    named = {key for (key,) in ask(_STILL_NAMED, {"store": store.name, "keys": list(ours)})} if ours else set()
    here = _keys_in(store, ours.keys() - named)
    for item in found:
        facts: dict[str, Fact] = {"store": store.name, "size": item.size}
        if item.key in here:
            yield Finding(
                Difference.BYTES_UNNAMED,
                item.key,
                {**facts, "since": datetime.fromtimestamp(item.modified, UTC).isoformat()},
            )
        elif item.key not in ours:
            yield Finding(Difference.BYTES_FOREIGN, item.key, facts)


def _keys_in(store: Store, keys: set[str]) -> set[str]:
    """Return those of the keys that the store still holds, be it from an unfinished write."""
    here = set()
    for key in keys:
        try:
            store.size(key)
        except FileNotFoundError:
            continue
        here.add(key)
    drafts = keys - here
    return here | ({item.key for item in store.stored() if item.key in drafts} if drafts else set())
