"""A tree as somebody has it after ten years, of as many assets as asked for, by COPY: a million in a few minutes.

Names, kinds, sizes and dates are the same for the same `seed`. Folders go twelve deep; one of them holds a great many
files, and below each of ten others lies about a tenth of all.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Permission
from django.db import connection, transaction

from assets import names
from assets.models import Asset
from cloudbox.ids import new_id

DEPTH = 12  # folders from the root down, the root included
BRANCHES = 10
EVERYWHERE = "nr0"  # in the name of every file below ten million
MIDDLE = "lisbon"  # in that of every hundredth
RARE = "zanzibar"  # in that of five
NOWHERE = "quetzalcoatl"
TAG, RARE_TAG = "project", "urgent"  # on every hundredth file, and on the five rare ones
METADATA = ("camera", "M6")  # of every hundredth file

_LEXICON = (
    "report invoice contract photo scan letter budget minutes agenda draft final plan offer garden summer winter"
    " holiday birthday wedding school grade thesis chapter notes recipe music concert ticket travel hotel train flight"
    " insurance tax salary bank statement receipt manual guarantee project design logo poster banner layout website"
    " backup archive old new copy signed Müller Résumé Ångström café über naïve João Łódź Größe señor façade Zürich"
)
_WORDS = _LEXICON.split()
_ENDINGS = (  # ending, media type, weight
    ("jpg", "image/jpeg", 40),
    ("pdf", "application/pdf", 15),
    ("txt", "text/plain", 12),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 8),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 6),
    ("png", "image/png", 8),
    ("mp4", "video/mp4", 5),
    ("mp3", "audio/mpeg", 5),
    ("zip", "application/zip", 1),
)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SHA256 = "0" * 64
_FOLDER = (
    "id", "kind", "parent_id", "path", "name", "fold", "grams", "sort_key", "owner_id", "created_by_id", "created_at",
    "modified_at", "any_one_access", "inherits", "revision", "size", "content_type", "hidden", "versioning",
    "lock_enabled",
)  # fmt: skip
_FILE = (*(column for column in _FOLDER if column != "path"), "current_id", "tags", "metadata")
_CONTENTS = """
INSERT INTO assets_blob (id, kind, store, key, size, sha256, created_at)
SELECT current_id, 'plain', 'local', current_id::text, size, %(sha256)s, created_at
  FROM assets_asset WHERE id = ANY(%(ids)s);
INSERT INTO assets_version (id, asset_id, seq, blob_id, size, content_type, headers, metadata, tags, etag, checksums,
    is_null, is_marker, legal_hold, created_by_id, created_at)
SELECT current_id, id, 1, current_id, size, content_type, '{}', '{}', '{}', id::text, '{}',
    false, false, false, owner_id, created_at
  FROM assets_asset WHERE id = ANY(%(ids)s)
"""
_BATCH = 50_000


@dataclass(frozen=True)
class Forest:
    """What was planted below a root: `wide` has a great many files, below each of `branches` lies about a tenth."""

    root: UUID
    wide: UUID
    branches: list[UUID]
    folders: list[UUID]
    assets: int


def plant(
    owner_id: UUID,
    *,
    assets: int = 1_000_000,
    folders: int = 20_000,
    wide: int = 50_000,
    contents: bool = True,
    seed: int = 5,
) -> Forest:
    """Make about `assets` folders and files in somebody's tree; without bytes, and without versions unless `contents`.

    `wide` of the files lie in one folder, and nobody is charged. Needs a role that may turn triggers off, for a million
    of checked references take many minutes.
    """
    chance = random.Random(seed)
    root = Asset.objects.get(owner=owner_id, parent=None).id
    grown = _folders(root, folders, chance)
    places = list(grown)
    few = [(places[0], wide)] + [(folder, (assets - folders - wide) // (folders - 1)) for folder in places[1:]]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        _copy("assets_asset", _FOLDER, _folder_rows(grown, owner_id, chance))
        files = _file_rows(few, owner_id, chance)
        while batch := [row for _, row in zip(range(_BATCH), files, strict=False)]:
            _copy("assets_asset", _FILE, batch)
            if contents:
                _fill([row[0] for row in batch])
    analyze()
    made = folders + sum(count for _, count in few)
    return Forest(root, places[0], places[1 : BRANCHES + 1], places, made)


def grant(assets: Sequence[UUID], user_ids: Sequence[UUID], *, given_by: UUID, role: str = "viewer") -> None:
    """Let each user into each of the assets."""
    permission = Permission.objects.get(codename=role, content_type__app_label="assets")
    rows = (
        (user, permission.id, asset, given_by, _NOW, False) for user in user_ids for asset in assets
    )  # sorted as they come
    columns = ("user_id", "permission_id", "content_object_id", "given_by_id", "given_at", "grant_option")
    with transaction.atomic():
        _copy("assets_assetusergrant", columns, rows)


def analyze() -> None:
    """Tell the planner what is there, as autovacuum would soon; VACUUM where no transaction is open."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")


def _folders(root: UUID, count: int, chance: random.Random) -> dict[UUID, list[UUID]]:
    """Return the path of each new folder: the wide one, the branches, and what grows on these."""
    grown: dict[UUID, list[UUID]] = {}
    for _ in range(BRANCHES + 1):
        folder = new_id()
        grown[folder] = [root, folder]
    branches = [[path] for path in list(grown.values())[1:]]
    for number in range(count - len(grown)):
        branch = branches[number % BRANCHES]
        above = chance.choice(branch[-50:])  # lately made ones, so that it goes deep
        while len(above) >= DEPTH:
            above = chance.choice(branch)
        folder = new_id()
        grown[folder] = [*above, folder]
        branch.append(grown[folder])
    return grown


def _folder_rows(grown: dict[UUID, list[UUID]], owner_id: UUID, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for number, (folder, path) in enumerate(grown.items()):
        name = f"{chance.choice(_WORDS)} {chance.choice(_WORDS)} {number}"
        row = _row((folder, "folder", path[-2], name), owner_id, chance)
        yield (*row[:3], path, *row[3:], 0, "", False, "", False)


def _file_rows(places: Iterable[tuple[UUID, int]], owner_id: UUID, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    endings, types, weights = zip(*_ENDINGS, strict=True)
    number = 0
    for folder, count in places:
        for kind in chance.choices(range(len(endings)), weights, k=count):
            number += 1
            rare, middle = number % 190_000 == 1, number % 100 == 0
            word = RARE if rare else MIDDLE if middle else chance.choice(_WORDS)
            name = f"{word} {chance.choice(_WORDS)} nr{number:07}.{endings[kind]}"
            tags = [RARE_TAG] * rare + [TAG] * (number % 100 == 1)
            metadata = f'{{"{METADATA[0]}": "{METADATA[1]}"}}' if number % 100 == 2 else "{}"
            size = int(chance.lognormvariate(11, 2))
            row = _row((new_id(), "file", folder, name), owner_id, chance)
            yield (*row, size, types[kind], False, "", False, new_id(), sorted(tags), metadata)


def _row(place: tuple[UUID, str, UUID, str], owner_id: UUID, chance: random.Random) -> tuple[Any, ...]:
    """Return the values that the columns of folders and files share; `place` is id, kind, folder and name."""
    name = place[3]
    found = names.searched(name)
    at = _NOW - timedelta(seconds=chance.randrange(10 * 365 * 86_400))
    beginning = (*place, found.fold, found.grams, found.sort_key)
    return (*beginning, owner_id, owner_id, at, at, "restricted", True, 1)


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _fill(files: list[UUID]) -> None:
    """Give files a version and a blob each, both under the id that their rows name already."""
    with connection.cursor() as cursor:
        for statement in _CONTENTS.split(";"):
            cursor.execute(statement, {"ids": files, "sha256": _SHA256})
