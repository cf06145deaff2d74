"""The two ends of an upload of a new file in a statement each, for whoever stores many small ones.

Nothing is decided here that is not decided in `uploads`, `placing` and `access`, from whose parts the statements are
made. What does not go through at once changes nothing, and is done step by step, which also tells what is in the way.
"""

from typing import Any
from uuid import UUID

from django.db import connection

from accounts import quotas
from accounts.callers import Caller
from accounts.sessions import Bearer
from assets import names
from assets.access import MAY, Entry, Gate, through
from assets.locks import PLACE
from assets.models import Asset
from assets.placing import NEW_FILE, OnConflict
from assets.rows import LIVE, in_one_trip
from assets.uploads import BECOME, OPENED, Incoming
from assets.words import Ability, Kind

NIL = UUID(int=0)

# Kinds of things whose having the name stands in the way.
UNWANTED: dict[OnConflict, list[str]] = {
    OnConflict.FAIL: [Kind.FOLDER, Kind.FILE],
    OnConflict.REPLACE: [Kind.FOLDER],
    OnConflict.RENAME: [],
}

_IS_FREE = f"""
NOT EXISTS (SELECT 1 FROM assets_asset WHERE parent_id = %(asset)s AND name = %(name)s::text
                                         AND kind = ANY(%(unwanted)s::varchar[]) AND {LIVE})"""  # noqa: S608  a constant
_LETS_IN = f"SELECT owner_id FROM entered WHERE {MAY} AND {_IS_FREE}"  # noqa: S608  the same
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
    values = incoming.values | {"name": name, "unwanted": UNWANTED[on_conflict]}
    by, folder, (owner_id,) = through(_BEGIN, asking, folder_id, Ability.ADD, **values)
    if owner_id is None:
        return by, folder, None
    incoming.owner_id = owner_id
    return by, folder, incoming


def end(by: Caller, folder_id: UUID, name: str, values: dict[str, Any]) -> Entry | None:
    """Make the new file that `values` (what BECOME asks) tell of; None, and nothing done, unless the name is free.

    Runs in the caller's transaction, which holds the folder and the name afterwards. Raises as the gate does.
    """
    folded = names.searched(name)
    values = {**values, **folded._asdict(), "name": name, "unwanted": UNWANTED[OnConflict.FAIL]}
    with in_one_trip(), connection.cursor() as cursor:
        cursor.execute(PLACE, {"asset": folder_id, "name": name})
        _, folder, (used, limit, warned) = through(_END, by, folder_id, Ability.ADD, **values)
    if used is None:
        return None
    owner_id = folder.asset.owner_id
    if values["size"]:
        quotas.warn(owner_id, used, limit, warned)
    file = Asset(
        id=values["file"],
        kind=Kind.FILE,
        parent_id=folder_id,
        name=name,
        owner_id=owner_id,
        size=values["size"],
        content_type=values["content_type"],
        created_at=values["at"],
        modified_at=values["at"],
    )
    # Nobody has shared it or cut it off yet, so everyone is to it what they are to its folder.
    return Entry(file, folder.role, True, folder.owner_name, 1, values["sha256"], values["etag"])
