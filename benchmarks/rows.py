"""What the tree costs in PostgreSQL and Python, against the ways that were not taken."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import connection
from guardian.core import ObjectPermissionChecker
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from accounts.callers import Caller
from accounts.models import User
from assets import access
from assets.api.render import page_json
from assets.models import Asset, AssetUserGrant
from assets.purging import free
from assets.services import trash, tree
from assets.words import Ability
from benchmarks import seeds
from benchmarks.outcomes import Outcome
from benchmarks.pairs import Comparison, Side, compare, median_seconds, timed
from cloudbox import strict_json

MANY = 50_000  # files of one folder
TOPS, MIDDLES, LEAVES = 20, 100, 48  # 2 020 folders and 96 000 files
_EVERY_NODE = (  # the same table with the same indexes, where files have a path, too
    "CREATE TABLE every_node (LIKE assets_asset INCLUDING ALL)",
    "ALTER TABLE every_node DROP CONSTRAINT only_folders_have_a_path",
    "INSERT INTO every_node SELECT * FROM assets_asset",
    """UPDATE every_node n SET path = p.path || n.id FROM assets_asset p
        WHERE p.id = n.parent_id AND n.kind = 'file'""",
    "CREATE INDEX ON every_node USING gin (path)",
)


class AssetModelSerializer(serializers.ModelSerializer[Asset]):
    """What a page would be made with if services did not hand out dataclasses."""

    owner_name = serializers.CharField(source="owner.username")
    sha256 = serializers.CharField(source="current.blob.sha256", allow_null=True)
    version = serializers.IntegerField(source="current.seq", allow_null=True)

    class Meta:
        model = Asset
        fields = (
            "id", "kind", "name", "parent", "owner", "owner_name", "size", "content_type", "sha256", "version",
            "any_one_access", "inherits", "revision", "created_at", "modified_at", "trashed_at",
        )  # fmt: skip


def outcomes() -> Iterator[Outcome]:
    """Seed, and measure one after the other."""
    owner = User.objects.get(username="owner")
    caller = Caller(user_id=owner.id, username=owner.username)
    root = Asset.objects.get(owner=owner, parent=None).id
    began = time.perf_counter()
    wide, deep = seeds.folder_in(root, "wide"), seeds.folder_in(root, "deep")
    seeds.files_in([wide], MANY, owner.id)
    folders = seeds.folders_in(seeds.folders_in([deep], TOPS), MIDDLES)
    seeds.files_in(folders, LEAVES, owner.id)
    count = MANY + TOPS * MIDDLES * LEAVES
    seconds = time.perf_counter() - began
    yield Outcome(what=f"seeding {count} files", peer="-", found=count / seconds / 1000, unit="thousand/s")
    seeds.analyze()
    yield from _lists(caller, wide)
    yield from _gate(owner, folders[0], wide)
    yield _move(caller, root, deep)
    yield from _trash(caller, root, wide)


def _lists(caller: Caller, folder: UUID) -> Iterator[Outcome]:
    for limit in (100, 200):
        ours = timed(partial(page, caller, folder, limit), 10)
        theirs = timed(partial(page_of_models, folder, limit), 10)
        found = compare(Side(ours), Side(theirs))
        yield compared(f"list of {limit} as JSON", "Django REST framework's ModelSerializer", found, least=8)
    last = tree.content_of(by=caller, folder_id=folder, limit=200)
    for _ in range(200):
        last = tree.content_of(by=caller, folder_id=folder, limit=200, cursor=last.next)
    far = partial(page, caller, folder, 100, last.next)
    found = compare(Side(timed(far, 20)), Side(timed(partial(page, caller, folder, 100), 20)))
    yield compared("page of 100 after 40 200 of 50 000 files", "the first page", found, least=1 / 1.2)


def _gate(owner: User, folder: UUID, wide: UUID) -> Iterator[Outcome]:
    """One reader with 48 000 grants of their own, as nobody has; the gate and guardian answer from the same rows."""
    reader = User.objects.create(username="reader", username_key="reader")
    viewer = Permission.objects.get(codename="viewer", content_type__app_label="assets")
    granted = list(Asset.objects.filter(parent__in=[folder, wide], kind="file").order_by("name")[:48_000])
    AssetUserGrant.objects.bulk_create(
        [AssetUserGrant(user=reader, permission=viewer, content_object=file, given_by=owner) for file in granted],
        batch_size=5000,
    )
    AssetUserGrant.objects.create(user=reader, permission=viewer, content_object_id=folder, given_by=owner)
    seeds.analyze()
    caller, file = Caller(user_id=reader.id, username="reader"), granted[100].id
    found = compare(
        Side(timed(lambda: access.asset_for(caller, file, Ability.READ), 50)),
        Side(timed(lambda: has_perm(reader, file), 50)),
    )
    yield compared("role in one file, gate", "guardian's has_perm, file fetched", found, least=5)
    found = compare(
        Side(timed(lambda: tree.content_of(by=caller, folder_id=folder, limit=48), 10)),
        Side(timed(lambda: prefetch(reader, folder), 10)),
    )
    yield compared("page of 48 with roles, not the owner's", "guardian's prefetch_perms", found, least=3)


def _move(caller: Caller, root: UUID, deep: UUID) -> Outcome:
    """A tree of 98 000 nodes goes from one folder to another and back; on the other side every node has a path."""
    places = [seeds.folder_in(root, name) for name in ("left", "right")]
    with connection.cursor() as cursor:
        for statement in _EVERY_NODE:
            cursor.execute(statement)
    seeds.analyze()
    turns = {"ours": 0, "theirs": 0}

    def ours() -> None:
        turns["ours"] += 1
        tree.move(by=caller, asset_id=deep, folder_id=places[turns["ours"] % 2])

    def theirs() -> None:
        turns["theirs"] += 1
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE every_node SET path = (SELECT path FROM every_node WHERE id = %s)
                   || path[array_position(path, %s):] WHERE path @> ARRAY[%s]""",
                [places[turns["theirs"] % 2], deep, deep],
            )

    found = compare(Side(timed(ours)), Side(timed(theirs)), 4)
    return compared("move of a folder with 98 000 nodes", "a path on every node", found, least=25)


def _trash(caller: Caller, root: UUID, wide: UUID) -> Iterator[Outcome]:
    empty = seeds.folder_in(root, "empty")
    found = compare(
        Side(timed(lambda: trash_and_restore(caller, wide))), Side(timed(lambda: trash_and_restore(caller, empty))), 7
    )
    yield compared(f"trash and restore a folder with {MANY} files", "an empty folder", found, least=1 / 1.5)
    trash.purge(by=caller, asset_id=wide)
    began = time.perf_counter()
    free(wide)
    rate = MANY / (time.perf_counter() - began)
    yield Outcome(what=f"purging {MANY} files, in batches of a task", peer="-", found=rate, unit="files/s")


def trash_and_restore(caller: Caller, folder: UUID) -> None:
    trash.trash(by=caller, asset_id=folder)
    trash.restore(by=caller, asset_id=folder)


def page(caller: Caller, folder: UUID, limit: int, cursor: str | None = None) -> bytes:
    return strict_json.dumps(page_json(tree.content_of(by=caller, folder_id=folder, limit=limit, cursor=cursor)))


def page_of_models(folder: UUID, limit: int) -> bytes:
    rows = Asset.objects.filter(parent=folder, trashed_at=None, purging_at=None)
    rows = rows.select_related("owner", "current__blob").order_by("kind", "sort_key", "id")[:limit]
    rendered: bytes = JSONRenderer().render(AssetModelSerializer(rows, many=True).data)
    return rendered


def has_perm(reader: User, file: UUID) -> None:
    assert ObjectPermissionChecker(reader).has_perm("viewer", Asset.objects.get(pk=file))


def prefetch(reader: User, folder: UUID, count: int = 48) -> None:
    rows = list(Asset.objects.filter(parent=folder).order_by("sort_key", "id")[:count])
    checker: Any = ObjectPermissionChecker(reader)
    checker.prefetch_perms(rows)
    assert all(checker.has_perm("viewer", row) for row in rows)


def compared(what: str, peer: str, found: Comparison, *, least: float) -> Outcome:
    return Outcome(
        what=what,
        peer=peer,
        found=found.speed,
        least=least,
        ours=f"{median_seconds(found.ours) * 1000:.1f} ms",
        theirs=f"{median_seconds(found.theirs) * 1000:.1f} ms",
    )
