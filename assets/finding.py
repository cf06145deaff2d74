"""What a caller may see in all trees at once: searches. Beside `access`, the gate, and `lists`.

A search walks along the index of its order first, for a little while: what many assets have is found at once. What few
have is not found on so short a way, and is picked out of all by the other indexes instead, and then sorted. Both cost
little where the other costs much, and neither depends on what the planner believes.
"""

from typing import Any
from uuid import UUID

from accounts.callers import Caller
from assets.access import IN_FORCE, own_role, reach_in, values_of
from assets.filters import Filters, by_grams, condition, owner_is
from assets.lists import Child, Order
from assets.rows import Listed, ask, columns_of_listed
from assets.words import Kind, Role

WALK = 40_000  # entries along an index, which tell all that most searches ask, before the other way is taken
SHORT_WALK = 3_000  # the same where each row must be looked at, for the index does not know it
# The columns that the index knows.
_KNOWN = {"id", "owner_id", "parent_id", "kind", "fold", "content_type", "size", "modified_at", "hidden"}
FEW = 20_000  # assets below shared folders that are looked at one by one
_LISTED = len(Listed._fields)
SHOWN_COLUMNS = _LISTED + 6

_LIVE = "a.trashed_at IS NULL AND a.purging_at IS NULL"
_GONE = "(f.trashed_at IS NOT NULL OR f.purging_at IS NOT NULL)"

# What was granted to the caller and has not gone, by itself or with a folder above.
GRANTED = f"""
granted AS MATERIALIZED (
    SELECT t.id, t.kind, t.owner_id, t.parent_id, COALESCE(t.path, p.path) AS path
      FROM (SELECT g.content_object_id AS id FROM assets_assetusergrant g WHERE g.user_id = %(user)s AND {IN_FORCE}
            UNION
            SELECT g.content_object_id FROM assets_assetgroupgrant g
             WHERE g.group_id = ANY(%(groups)s) AND {IN_FORCE}) g
      JOIN assets_asset t ON t.id = g.id JOIN assets_asset p ON p.id = t.parent_id
     WHERE t.owner_id <> %(user)s AND t.trashed_at IS NULL AND t.purging_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM assets_asset f WHERE f.id = ANY(p.path) AND {_GONE})
)"""  # noqa: S608  made of constants
_TOPS = {
    "everywhere": "SELECT id, kind, owner_id, parent_id FROM granted",
    "below": """
    SELECT id, kind, owner_id, parent_id FROM granted WHERE path @> ARRAY[%(folder)s]::uuid[] AND id <> %(folder)s
    UNION ALL SELECT id, kind, owner_id, NULL FROM assets_asset WHERE id = %(folder)s""",
}
# `seen` are the folders of others (or the one that is asked for, and those below) in which the caller sees what there
# is: those below the tops, but not below what has gone, and below what does not inherit only as the gate says.
# `apart` are the tops that lie in no such folder. `gone` are the folders of the caller's own tree that are in the
# trash.
_SCOPE = f"""
below AS MATERIALIZED (
    SELECT f.id, f.owner_id, f.path, {_GONE} AS gone,
           NOT f.inherits AND NOT %(owns)s AND f.id NOT IN (SELECT id FROM tops) AS cuts
      FROM assets_asset f
     WHERE f.kind = 'folder' AND f.path && ARRAY(SELECT id FROM tops WHERE kind = 'folder')
), barred AS MATERIALIZED (
    SELECT ARRAY(SELECT id FROM below WHERE gone OR cuts) AS ids, ARRAY(SELECT id FROM below WHERE gone) AS gone
), seen AS MATERIALIZED (
    SELECT below.id, below.owner_id FROM below, barred WHERE NOT below.path && barred.ids
    UNION ALL
    SELECT below.id, below.owner_id FROM below, barred
     WHERE below.path && barred.ids AND NOT below.path && barred.gone AND EXISTS (
        SELECT 1 FROM assets_asset n WHERE n.id = ANY(below.path)
           AND cardinality(n.path) >= (SELECT COALESCE(max(cardinality(c.path)), 0) FROM assets_asset c
                                        WHERE c.id = ANY(below.path) AND NOT c.inherits)
           AND {own_role("n")} > 0)
), apart AS MATERIALIZED (
    SELECT id FROM tops WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT id FROM seen)
       AND (kind = 'file' OR id IN (SELECT id FROM seen))
), gone AS MATERIALIZED (
    SELECT f.id FROM assets_asset f WHERE %(everywhere)s AND f.kind = 'folder' AND f.path && ARRAY(
        SELECT f.id FROM assets_asset f WHERE f.owner_id = %(user)s AND f.kind = 'folder' AND f.trashed_at IS NOT NULL
        UNION ALL
        SELECT f.id FROM assets_asset f WHERE f.owner_id = %(user)s AND f.kind = 'folder' AND f.purging_at IS NOT NULL)
), owners AS MATERIALIZED (
    SELECT id FROM (SELECT %(user)s::uuid AS id WHERE %(everywhere)s
                    UNION SELECT owner_id FROM seen UNION SELECT owner_id FROM tops) o WHERE {{owner}}
), share AS MATERIALIZED (
    SELECT %(walk)s / GREATEST(count(*) FILTER (WHERE id IS DISTINCT FROM %(user)s), 1) AS rows FROM owners)
"""  # noqa: S608  the same
# Each IS TRUE keeps the planner from making a join of what it would misjudge: a look into a hash table is cheap.
_IS_SEEN = "(a.kind = 'file' OR (a.id IN (SELECT id FROM seen)) IS TRUE)"
_IN_SEEN = "(a.parent_id IN (SELECT id FROM seen)) IS TRUE"
_OWN = "a.parent_id IS NOT NULL AND (a.parent_id NOT IN (SELECT id FROM gone)) IS TRUE"
_SEEN = f"(({_IN_SEEN} AND {_IS_SEEN}) OR a.id IN (SELECT id FROM apart))"  # noqa: S608  the same
_VISIBLE = {
    "everywhere": f"CASE WHEN a.owner_id = %(user)s THEN {_OWN} ELSE {_SEEN} END",
    "below": f"{_SEEN} AND a.id <> %(folder)s",
}
_WALKED = f"""
walked AS MATERIALIZED (
    SELECT w.* FROM owners o CROSS JOIN LATERAL (
        SELECT a.id, a.owner_id, a.{{column}} FROM (
            SELECT * FROM (SELECT {{known}} FROM assets_asset a WHERE a.owner_id = o.id AND {_LIVE} AND {{beyond}}
                            ORDER BY {{order}} LIMIT %(walk)s) a LIMIT (SELECT rows FROM share)) a
        WHERE {{wanted}} AND {{visible}} LIMIT %(limit)s) w
), enough AS MATERIALIZED (
    SELECT COALESCE(bool_and(
        CASE WHEN (SELECT count(*) FROM walked w WHERE w.owner_id = o.id) >= %(limit)s THEN true
             ELSE (SELECT count(*) FROM (
                SELECT 1 FROM (SELECT {{known}} FROM assets_asset a WHERE a.owner_id = o.id AND {_LIVE} AND {{beyond}}
                                ORDER BY {{order}} LIMIT %(walk)s) a LIMIT (SELECT rows FROM share)) a
             ) < (SELECT rows FROM share)
        END), true) AS yes FROM owners o
), few AS MATERIALIZED (
    SELECT %(folders)s OR (SELECT count(*) <= %(few)s
      FROM (SELECT 1 FROM seen s JOIN assets_asset a ON a.parent_id = s.id AND {_LIVE}
             WHERE NOT (SELECT yes FROM enough) LIMIT %(few)s + 1) a) AS yes
)"""  # noqa: S608  the same
# One part for the caller's own tree, two for folders of others with few and with many assets, one for what lies apart.
_PICKED_OWN = {
    "everywhere": f"""
    SELECT a.id, a.owner_id, a.{{column}} FROM assets_asset a
     WHERE NOT (SELECT yes FROM enough) AND a.owner_id = %(user)s
       AND {_LIVE} AND {{beyond}} AND {{wanted}} AND {{grams}} AND {_OWN}
    UNION ALL""",  # noqa: S608  the same
    "below": "",
}
_PICKED = f"""
picked AS MATERIALIZED ({{picked_own}}
    SELECT a.id, a.owner_id, a.{{column}} FROM seen s JOIN assets_asset a ON {{in_seen}}
     WHERE NOT (SELECT yes FROM enough) AND (SELECT yes FROM few)
       AND {_LIVE} AND {{beyond}} AND {{wanted}} AND {_IS_SEEN}
    UNION ALL
    SELECT a.id, a.owner_id, a.{{column}} FROM assets_asset a
     WHERE NOT (SELECT yes FROM enough) AND NOT (SELECT yes FROM few) AND a.owner_id = ANY(ARRAY(SELECT id FROM owners))
       AND {_LIVE} AND {{beyond}} AND {{wanted}} AND {{grams}} AND {_IN_SEEN} AND {_IS_SEEN}
    UNION ALL
    SELECT a.id, a.owner_id, a.{{column}} FROM apart t JOIN assets_asset a ON a.id = t.id
     WHERE NOT (SELECT yes FROM enough) AND {_LIVE} AND {{beyond}} AND {{wanted}}
), found AS MATERIALIZED (
    SELECT a.id FROM (SELECT * FROM walked WHERE (SELECT yes FROM enough) UNION ALL SELECT * FROM picked) a
     WHERE {{owner_of_row}} ORDER BY {{order}} LIMIT %(limit)s
)"""  # noqa: S608  the same

_PARTS = (_SCOPE, _WALKED, _PICKED)

# What the caller is to `a` and to the folder it is in, as the gate has it.
ROLE = f"""
CROSS JOIN LATERAL (
    SELECT COALESCE(max(s.role) FILTER (WHERE s.depth >= s.cut), 0) AS role,
           COALESCE(max(s.role) FILTER (WHERE NOT s.is_it), 0) AS role_above
    FROM (
        SELECT l.*, {own_role("l")} AS role FROM (
            SELECT n.id, n.any_one_access, n.id = a.id AS is_it, n.depth,
                   COALESCE(max(n.depth) FILTER (WHERE NOT n.inherits) OVER (), 0) AS cut,
                   COALESCE(max(n.depth) FILTER (WHERE NOT n.inherits AND n.id <> a.id) OVER (), 0) AS cut_above
              FROM (SELECT n.id, n.any_one_access, n.inherits, COALESCE(cardinality(n.path), 1000000) AS depth
                      FROM assets_asset n
                     WHERE a.owner_id IS DISTINCT FROM %(user)s AND n.id = ANY(COALESCE(
                        a.path, (SELECT p.path FROM assets_asset p WHERE p.id = a.parent_id) || a.id))) n
        ) l WHERE l.depth >= l.cut_above
    ) s
    UNION ALL SELECT 4, 4 WHERE a.owner_id = %(user)s
    ORDER BY role DESC LIMIT 1
) is_to"""  # noqa: S608  the same
SHOWN = f"{columns_of_listed('a')}, is_to.role, is_to.role_above, u.username, v.seq, b.sha256, v.etag"
JOINED = f"""
JOIN accounts_user u ON u.id = a.owner_id
LEFT JOIN assets_version v ON v.id = a.current_id LEFT JOIN assets_blob b ON b.id = v.blob_id
{ROLE}"""


def search(
    caller: Caller, filters: Filters, order: Order, *, limit: int, folder_id: UUID | None = None, owns: bool = False
) -> list[Child]:
    """Return the first assets, in that order, that `filters` want and the caller may see. One query.

    Everywhere they are a part of the caller's own tree, and of what was granted to them; below `folder_id`, which the
    caller may see, of what is open to anyone, too. `owns` says whether the folder is theirs. Raises BadInput.
    """
    where = "everywhere" if folder_id is None else "below"
    wanted, values = condition(filters)
    owner, owner_values = owner_is("id", filters)
    column = order.column
    beyond, sides = _beyond(filters, order)
    names = {
        "column": column,
        "order": order.words,
        "beyond": beyond,
        "wanted": wanted,
        "visible": _VISIBLE[where],
        "known": _known(filters, column),
        "in_seen": f"a.id = s.id AND {_IN_SEEN}" if filters.kind is Kind.FOLDER else "a.parent_id = s.id",
        "grams": by_grams(filters),
        "picked_own": _PICKED_OWN[where].format(column=column, beyond=beyond, wanted=wanted, grams=by_grams(filters)),
        "owner": owner,
        "owner_of_row": owner_is("a.owner_id", filters)[0],
    }
    parts = [GRANTED, f"tops AS MATERIALIZED ({_TOPS[where]})", *(part.format(**names) for part in _PARTS)]
    query = f"""
    WITH {", ".join(parts)}
    SELECT {SHOWN} FROM found JOIN assets_asset a ON a.id = found.id {JOINED}
    ORDER BY {order.words}"""  # noqa: S608  made of constants; what is asked for are parameters
    values |= owner_values | sides | values_of(caller)
    values |= {"everywhere": folder_id is None, "folder": folder_id, "owns": owns}
    values |= {"limit": limit, "few": FEW, "folders": filters.kind is Kind.FOLDER}
    values["walk"] = min(WALK, SHORT_WALK) if filters.tags or filters.metadata else WALK
    return [child_of(row, caller) for row in ask(query, values)]


def child_of(row: tuple[Any, ...], caller: Caller) -> Child:
    """Return what the columns SHOWN tell."""
    role, role_above, owner_name, version, sha256, etag = row[_LISTED:SHOWN_COLUMNS]
    listed, reach = Listed(*row[:_LISTED]), reach_in(caller)
    return Child(listed, Role(role), owner_name, version, sha256, etag or "", reach, parent_seen=role_above > 0)


def _known(filters: Filters, column: str) -> str:
    """Return the columns that a walk looks at: no more than the index knows, if that is enough."""
    more = [name for name in ("tags", "metadata") if getattr(filters, name)]
    return ", ".join(f"a.{name}" for name in sorted({*_KNOWN, column, *more}))


def _beyond(filters: Filters, order: Order) -> tuple[str, dict[str, Any]]:
    """Return the condition of where a walk begins and ends, as far as the order tells, and the values in it."""
    beyond, values = order.beyond
    parts = [beyond]
    if order.column == "modified_at":
        parts += ["a.modified_at >= %(modified_after)s"] * (filters.modified_after is not None)
        parts += ["a.modified_at < %(modified_before)s"] * (filters.modified_before is not None)
    if order.column == "size":
        parts += ["a.size >= %(min_size)s"] * (filters.min_size is not None)
        parts += ["a.size <= %(max_size)s"] * (filters.max_size is not None)
        parts += ["a.size = 0"] * (filters.kind is Kind.FOLDER)  # all folders are at one end
    return " AND ".join(parts), values
