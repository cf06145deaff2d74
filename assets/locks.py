"""The locks of the tree, and their order, which everyone keeps so that nobody waits in a circle:

owners' advisory locks ascending -> folders by id -> a name in a folder -> an offer (Transfer) -> Upload -> Version and
Blob -> Usage.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from assets.models import Asset
from assets.rows import ask, asset_in, columns_of_asset
from cloudbox.errors import Conflict, NotFound

_INT8 = 2**64
_SELECT = f"SELECT {columns_of_asset('a')} FROM assets_asset a WHERE id = %s"  # noqa: S608  our own columns
# A folder, FOR SHARE, and then a name in it.
PLACE = """
SELECT pg_advisory_xact_lock(hashtextextended(%(asset)s::uuid || '/' || %(name)s::text, 0))
  FROM (SELECT FROM assets_asset WHERE id = %(asset)s::uuid FOR SHARE) locked
"""
_LOCK = {"shared": f"{_SELECT} FOR SHARE", "updated": f"{_SELECT} FOR NO KEY UPDATE"}


def lock_trees(owner_ids: Iterable[UUID], *, exclusive: bool) -> None:
    """Hold the trees of these owners until the transaction ends.

    Exclusive to move, trash, restore or transfer a folder, so that no two such changes can make a cycle;
    shared to create or rename a folder or move a file, so that none locks its rows in the midst of such a change.
    """
    lock = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        for owner_id in sorted(set(owner_ids)):
            cursor.execute(f"SELECT {lock}(%s)", [_signed(owner_id.int)])


def lock_name(folder_id: UUID, name: str) -> None:
    """Hold a name in a folder, so that a file and a folder cannot both take it at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{folder_id}/{name}"])


def lock_assets(*, shared: Iterable[UUID] = (), updated: Iterable[UUID] = ()) -> dict[UUID, Asset]:
    """Lock the rows in the order of their ids, FOR SHARE or FOR NO KEY UPDATE, and return them as they now are."""
    strength = dict.fromkeys(shared, "shared") | dict.fromkeys(updated, "updated")
    locked: dict[UUID, Asset] = {}
    for asset_id in sorted(strength):
        for row in ask(_LOCK[strength[asset_id]], [asset_id]):
            locked[asset_id] = asset_in(iter(row))
    return locked


def lock_all(assets: QuerySet[Asset]) -> None:
    """Lock any number of rows in the order of their ids, FOR NO KEY UPDATE, without fetching them."""
    in_order = assets.order_by("pk").select_for_update(no_key=True).values("pk")
    sql, values = in_order.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) locked", values)  # noqa: S608  Django's own SQL


def lock_as_seen(asset: Asset) -> Asset:
    """Lock the asset that the gate has let through and return it as it now is; raises as `unless_overtaken`."""
    return unless_overtaken(asset, lock_assets(updated=[asset.id]).get(asset.id))


def unless_overtaken(seen: Asset, locked: Asset | None) -> Asset:
    """Return the locked row if what the gate said of it still holds: it is where it was `seen`.

    Raises NotFound when it has gone, into the trash or out of it; Conflict when it was moved.
    """
    if locked is None or locked.purging_at or locked.trashed_at != seen.trashed_at:
        raise NotFound
    if (locked.owner_id, locked.parent_id) != (seen.owner_id, seen.parent_id):
        raise Conflict("It has just been moved; try again.")
    return locked


def _signed(number: int) -> int:
    """Return the low 64 bits as PostgreSQL's bigint; of a version 7 UUID these are the random ones."""
    low = number % _INT8
    return low - _INT8 if low >= _INT8 // 2 else low
