"""The two ends of an upload of a new file in a statement each, for whoever stores many small ones.

Nothing is decided here that is not decided in `uploads`, `placing` and `access`, from whose parts the statements are
made. What does not go through at once changes nothing, and is done step by step, which also tells what is in the way.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from accounts import quotas
from accounts.bearers import Bearer
from accounts.callers import Caller
from assets import names
from assets.access import Entry, Gate, may, through
from assets.lists import Child
from assets.locks import PLACE
from assets.placing import NEW_FILE, OnConflict
from assets.rows import LIVE, Listed, in_one_trip
from assets.uploads import BECOME, OPENED, Incoming
from assets.words import Ability, Kind

NIL = UUID(int=0)

# Kinds of things whose having the name stands in the way.
UNWANTED: dict[OnConflict, frozenset[str]] = {
    OnConflict.FAIL: frozenset(Kind),
    OnConflict.REPLACE: frozenset({Kind.FOLDER}),
    OnConflict.RENAME: frozenset(),
}

_LETS_IN = f"""
SELECT owner_id FROM entered WHERE {may(Ability.ADD)} AND NOT EXISTS (
    SELECT 1 FROM assets_asset
     WHERE parent_id = %(asset)s AND name = %(name)s::text AND strpos(%(unwanted)s::text, kind) > 0 AND {LIVE})
"""  # noqa: S608  made of constants
_BEGIN = Gate(
    further=f", held AS ({quotas.HOLD.format(owner=_LETS_IN)}), {OPENED}",
    answer=", (SELECT owner_id FROM held)",
)
_NEW = BECOME.format(condition=f"AND owner_id = ({_LETS_IN})")
_END = Gate(
    further=f", {_NEW}, {NEW_FILE}, settled AS ({quotas.SETTLE})",
    answer=", (SELECT used FROM settled), (SELECT limit_bytes FROM settled), (SELECT warned_percent FROM settled)",
)


def begin(
    asking: Caller | Bearer, folder_id: UUID, *, name: str, size: int, on_conflict: OnConflict
) -> tuple[Caller, Entry, Incoming | None]:
    """Return who asks, the folder, and an upload that has begun in it; None if there is no room, or the name is taken.

    Raises as the gate does, and SpoolFull.
    """
    incoming = Incoming.new(NIL, size)
    values = incoming.values | {"name": name, "unwanted": _words(UNWANTED[on_conflict])}
    by, folder, (owner_id,) = through(_BEGIN, asking, folder_id, Ability.ADD, **values)
    if owner_id is None:
        return by, folder, None
    incoming.owner_id = owner_id
    return by, folder, incoming


def end(by: Caller, folder_id: UUID, name: str, values: dict[str, Any]) -> Child | None:
    """Make the new file that `values` (what BECOME asks) tell of; None, and nothing done, unless the name is free.

    Runs in the caller's transaction, which holds the folder and the name afterwards. Raises as the gate does.
    """
    fold, sort_key, grams = names.searched(name)
    values = {**values, "name": name, "fold": fold, "sort_key": sort_key, "grams": "\n".join(grams)}
    values["unwanted"] = _words(UNWANTED[OnConflict.FAIL])
    with in_one_trip(), connection.cursor() as cursor:
        cursor.execute(PLACE, {"asset": folder_id, "name": name})
        _, folder, (used, limit, warned) = through(_END, by, folder_id, Ability.ADD, **values)
    if used is None:
        return None
    if values["size"]:
        quotas.warn(folder.asset.owner_id, used, limit, warned)
    file = Listed(
        id=values["file"],
        kind=Kind.FILE,
        name=name,
        parent_id=folder_id,
        owner_id=folder.asset.owner_id,
        size=values["size"],
        content_type=values["content_type"],
        any_one_access="restricted",
        inherits=True,
        revision=1,
        tags=[],
        created_at=values["at"],
        modified_at=values["at"],
        trashed_at=None,
        sort_key=sort_key,
    )
    # Nobody has shared it or cut it off yet, so everyone is to it what they are to its folder.
    return Child(file, folder.role, folder.owner_name, 1, values["sha256"], values["etag"], folder.reach)


def _words(kinds: Iterable[str]) -> str:
    return " ".join(kinds)
