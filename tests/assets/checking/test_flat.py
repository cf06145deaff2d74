"""A check holds a batch in memory, whatever it looks at, and asks nothing for each blob."""

import gc
import resource
import tracemalloc

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assets.checking import check, ordering, stored, tree
from assets.models import Asset
from tests.assets.checking.fsck import found

pytestmark = pytest.mark.django_db

MANY = 1_500
BATCH = 150
# Files in the trash, each with a version and an empty blob of its own.
_PLANT = """
WITH made AS (
    SELECT gen_random_uuid() AS file, gen_random_uuid() AS version, gen_random_uuid() AS blob,
           md5(%(seed)s || number) AS key, timestamptz '2026-01-01' AS at
    FROM generate_series(1, %(count)s) number
), blobs AS (
    INSERT INTO assets_blob (id, kind, store, key, size, created_at) SELECT blob, 'plain', 'local', key, 0, at FROM made
), files AS (
    INSERT INTO assets_asset (id, kind, owner_id, any_one_access, parent_id, name, fold, grams, sort_key, created_at,
        inherits, revision, current_id, size, content_type, modified_at, hidden, trashed_at, versioning, lock_enabled)
    SELECT file, 'file', %(owner)s, 'restricted', %(root)s, 'f', 'f', '{}', 'f', at,
        true, 1, version, 0, '', at, false, at, '', false FROM made
), versions AS (
    INSERT INTO assets_version (id, asset_id, seq, blob_id, size, content_type, etag, created_at,
        headers, metadata, tags, checksums, is_null, is_marker, legal_hold)
    SELECT version, file, 1, blob, 0, '', '', at, '{}', '{}', '{}', '{}', false, false, false FROM made
)
SELECT key FROM made
"""


def plant(store, owner, count):
    """Give the owner so many empty files, with their bytes in the store."""
    root = Asset.objects.get(owner=owner, parent=None)
    with connection.cursor() as cursor:
        cursor.execute(_PLANT, {"seed": str(count), "count": count, "owner": owner.id, "root": root.id})
        keys = [key for (key,) in cursor.fetchall()]
        cursor.execute("ANALYZE assets_asset, assets_version, assets_blob")
    for key in keys:
        store.path(key).parent.mkdir(parents=True, exist_ok=True)
        store.path(key).touch()
    return keys


def queries():
    with CaptureQueriesContext(
        connection,
    ) as asked:
        kinds = found()
    return kinds, len(asked)


def peak():
    """Return how many bytes a check holds at most."""
    gc.collect()
    gc.freeze()  # else how soon garbage is found depends on all that the other tests have left behind
    tracemalloc.start()
    try:
        for _ in check(repair=False, deep=False, progress=lambda _what, _count: None):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(ordering, "RUN", BATCH)
    for module in (stored, tree):
        monkeypatch.setattr(module, "PAGE", BATCH)


def test_the_memory_and_the_queries_of_a_check_do_not_grow_with_the_blobs(alice, store, small_batches):
    plant(store, alice, BATCH)
    _, few = queries()
    before = peak()
    keys = plant(store, alice, MANY)

    kinds, many = queries()

    assert kinds == {}
    assert many <= few + 2 * MANY // BATCH + 2  # a page of keys, and one of names
    assert peak() < before + 2**18
    for key in keys:
        store.path(key).unlink()
    kinds, many = queries()
    assert {kind: len(ids) for kind, ids in kinds.items()} == {"bytes_missing": MANY}
    assert many <= few + 8 * MANY // BATCH + 2  # a few for each batch of suspicions


@pytest.mark.slow
def test_a_million_blobs_are_checked_in_flat_memory(alice, store):
    plant(store, alice, 1_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert found() == {}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 64 * 1024  # KiB
