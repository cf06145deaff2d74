"""The gate: the only way to an asset.

One query resolves what the caller is to an asset: owner of the tree, the highest grant on the asset
or above it, or `any_one_access` on the asset or above it; a folder that does not inherit cuts off
what lies above. Which role has which abilities is one table, `words.ABILITIES`.

An access key narrows all of it: to the abilities that its scopes leave (`words.SCOPES`), and, if it is for one
folder, to what lies there. Beyond that folder, or without the scope `read`, nothing is there. A link narrows what its
maker is to the asset now: to a role, and to its asset and what lies below, except where that does not inherit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any
from uuid import UUID

from accounts import keys, sessions
from accounts.bearers import Bearer, Person, proven
from accounts.callers import Caller
from assets.models import Asset
from assets.rows import ask, asset_with_current_in, columns_with_current
from assets.words import ABILITIES, ADDING, EVERY_ABILITY, SCOPES, Ability, Kind, Role, reach_of
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound

IN_FORCE = "(g.expires_at IS NULL OR g.expires_at > now())"  # of a grant


def own_role(alias: str, groups: str = "%(groups)s") -> str:
    """Return the expression of the role that an asset's own row and grants give the caller, who is in `groups`."""
    return f"""GREATEST(
        CASE {alias}.any_one_access WHEN 'editor' THEN %(anyone_edits)s WHEN 'viewer' THEN 1 ELSE 0 END,
        (SELECT max(CASE m.codename WHEN 'editor' THEN 3 ELSE 1 END)
           FROM assets_assetusergrant g JOIN auth_permission m ON m.id = g.permission_id
          WHERE g.content_object_id = {alias}.id AND g.user_id = %(user)s
            AND {IN_FORCE}),
        (SELECT max(CASE m.codename WHEN 'editor' THEN 3 ELSE 1 END)
           FROM assets_assetgroupgrant g JOIN auth_permission m ON m.id = g.permission_id
          WHERE g.content_object_id = {alias}.id AND g.group_id = ANY({groups})
            AND {IN_FORCE}))"""  # noqa: S608  an alias of our own


def role_below(alias: str, above: str) -> str:
    """Return the expression of the caller's role to what lies in a folder where it is `above`; 0 hides it.

    Beside `values_of` it asks whether the caller `owns` that folder.
    """
    return f"""CASE WHEN %(owns)s THEN 4
        WHEN %(most)s::integer IS NOT NULL AND NOT {alias}.inherits THEN 0
        ELSE LEAST(%(most)s::integer,
                   GREATEST(CASE WHEN {alias}.inherits THEN {above} ELSE 0 END, {own_role(alias)})) END"""


# `line` is the asset and its ancestors. Of it counts what lies at or below the lowest that does not inherit:
# `cut` for the asset itself, `cut_above` for the folder it is in, which does not care whether the asset inherits.
# `who` are the limits of the caller's access key, if it is one, and of a bearer all there is to know. `most` is the
# highest role that a link gives; to everybody else it is null, which LEAST passes over.
_GATE = """
WITH who AS MATERIALIZED ({who}), line AS (
    SELECT n.id, n.id = t.id AS is_it, n.any_one_access, n.inherits, n.trashed_at, n.purging_at,
           COALESCE(cardinality(n.path), 1000000) AS depth
    FROM assets_asset t
    LEFT JOIN assets_asset p ON p.id = t.parent_id
    JOIN assets_asset n ON n.id = ANY(COALESCE(t.path, p.path || t.id))
    WHERE t.id = %(asset)s
), seen AS (
    SELECT line.*,
           COALESCE(max(depth) FILTER (WHERE NOT inherits) OVER (), 0) AS cut,
           COALESCE(max(depth) FILTER (WHERE NOT inherits AND NOT is_it) OVER (), 0) AS cut_above
    FROM line
), roles AS (
    SELECT is_it, depth >= cut AS counts, {own_role} AS role FROM seen WHERE depth >= cut_above
), entered AS (
    SELECT a.id, a.kind, a.owner_id,
        LEAST(%(most)s::integer, CASE WHEN a.owner_id = %(user)s THEN 4
             ELSE COALESCE((SELECT max(role) FROM roles WHERE counts), 0) END) AS role,
        CASE WHEN a.id = who.folder_id THEN 0 WHEN a.owner_id = %(user)s THEN 4
             ELSE COALESCE((SELECT max(role) FROM roles WHERE NOT is_it), 0) END AS role_above,
        (SELECT bool_or(purging_at IS NOT NULL) FROM line) AS is_purged,
        (SELECT bool_or(trashed_at IS NOT NULL AND NOT is_it) FROM line) AS is_below_trash,
        a.trashed_at IS NOT NULL AS is_trashed, who.*
    FROM assets_asset a CROSS JOIN who
    WHERE a.id = %(asset)s AND (who.scopes IS NULL OR 'read' = ANY(who.scopes))
      AND (who.folder_id IS NULL OR who.folder_id IN (SELECT id FROM line))
      AND (%(most)s::integer IS NULL OR NOT EXISTS (
          SELECT FROM line WHERE NOT inherits AND depth > (SELECT depth FROM line WHERE id = who.folder_id)))
){further}
SELECT {columns}, u.username, e.role, e.role_above, e.is_purged, e.is_below_trash{person}{answer}
FROM entered e JOIN assets_asset a ON a.id = e.id JOIN accounts_user u ON u.id = a.owner_id
LEFT JOIN assets_version v ON v.id = a.current_id LEFT JOIN assets_blob b ON b.id = v.blob_id
"""
_LIMITS = "SELECT %(scopes)s::text[] AS scopes, %(within)s::uuid AS folder_id"
_PERSON = "".join(f", e.{name}" for name in Person._fields)


@dataclass(frozen=True)
class Gate:
    """The gate's statement, which may do something more for whoever it lets in; `through` asks it.

    `further` are more parts of its WITH, each after a comma; they read `entered`, one row that says what the caller
    is to the asset, and are also carried out for those whom the gate refuses, so they must look whether they `may`.
    `answer` are more columns of what is returned.
    """

    further: str = ""
    answer: str = ""

    @cached_property
    def of_caller(self) -> str:
        return self._statement(_LIMITS, own_role("seen"))

    @cached_property
    def of_bearer(self) -> dict[str, str]:
        """The statement for each kind of bearer, by the query that tells who it is."""
        role = own_role("seen", "(SELECT groups FROM who)::integer[]")
        return {
            who: self._statement(who, role, person=_PERSON, user=user)
            for who, user in ((sessions.WHO, "%(user)s"), (keys.WHO, "(SELECT user_id FROM who)"))
        }

    def _statement(self, who: str, role: str, *, person: str = "", user: str = "%(user)s") -> str:
        columns = columns_with_current("a", "v", "b")
        gate = _GATE.format(
            who="{who}", columns=columns, further=self.further, answer=self.answer, own_role=role, person=person
        )
        return gate.replace("%(user)s", user).replace("{who}", who)


def may(need: Ability) -> str:
    """Return the condition of `entered` in a Gate: it is a folder that is there, and the caller may do `need` in it."""
    roles = ", ".join(str(int(role)) for role, abilities in ABILITIES.items() if need in abilities)
    scopes = ", ".join(f"'{scope}'" for scope in SCOPES[need])
    return f"""kind = 'folder' AND role IN ({roles}) AND NOT is_purged AND NOT is_below_trash AND NOT is_trashed
        AND (scopes IS NULL OR scopes @> ARRAY[{scopes}]::text[])"""


_ENTER = Gate()


@dataclass(frozen=True)
class Entry:
    """An asset and what the caller is to it. `parent_seen` tells whether they may see the folder it is in.

    From `asset_for`, the asset has its current version and that its blob with it. `reach` are the abilities that
    the caller's access key or link leaves, or all.
    """

    asset: Asset
    role: Role
    parent_seen: bool
    owner_name: str = ""
    version: int | None = None
    sha256: str | None = None  # hex
    etag: str = ""
    reach: frozenset[Ability] = EVERY_ABILITY

    @property
    def abilities(self) -> frozenset[Ability]:
        return ABILITIES[self.role] & self.reach


def asset_for(caller: Caller, asset_id: UUID, need: Ability, *, trashed: bool = False) -> Entry:
    """Return the asset if `caller` may do `need` with it; `trashed` asks for the top of something in the trash.

    Raises NotAuthenticated to the anonymous, whether the asset is hidden or missing, so that ids cannot
    be probed; NotFound to those who may not see it; AccessDenied to those who see it but may not `need`, and
    KeyNotEnough if that is because of their access key.
    """
    entry = _resolve(caller, asset_id, trashed=trashed)
    if entry is None or not entry.role:
        raise NotFound if caller.signed_in else NotAuthenticated
    return allowed(caller, entry, need)


def enter(asking: Caller | Bearer, asset_id: UUID, need: Ability) -> tuple[Caller, Entry]:
    """Return who asks, and the asset as `asset_for` does. One query, also of a Bearer, who is refused if need be."""
    caller, entry, _ = through(_ENTER, asking, asset_id, need)
    return caller, entry


def through(
    gate: Gate, asking: Caller | Bearer, asset_id: UUID, need: Ability, **values: Any
) -> tuple[Caller, Entry, tuple[Any, ...]]:
    """Return who asks, the asset, and what else the gate answers, of which `values` are the parameters."""
    values["asset"] = asset_id
    if isinstance(asking, Caller):
        found = ask(gate.of_caller, values | values_of(asking))
        signed_in = asking.signed_in
    else:
        values |= asking.values | {"anyone_edits": int(Role.GUEST), "most": None}
        found = ask(gate.of_bearer[asking.WHO], values)
        signed_in = True
    if not found:
        proven(asking)  # raises if that is why
        raise NotFound if signed_in else NotAuthenticated
    row = iter(found[0])
    entry = _entry(row, trashed=False)
    caller = asking if isinstance(asking, Caller) else asking.caller(Person(*islice(row, len(Person._fields))))
    if entry is None or not entry.role:
        raise NotFound if signed_in else NotAuthenticated
    return caller, allowed(caller, within_reach(entry, caller), need), tuple(row)


def just_put(caller: Caller, asset_id: UUID) -> Entry:
    """Return what the caller has put somewhere in this transaction, also if they may see nothing."""
    return asset_for(caller, asset_id, Ability.ADD if caller.adds_only else Ability.READ)


def root_of(caller: Caller, need: Ability) -> Entry:
    """Return the caller's own root folder. Raises NotAuthenticated to the anonymous; through a link there is none."""
    if not caller.signed_in:
        raise NotAuthenticated
    if caller.link_id:
        raise NotFound
    root = Asset.objects.get(owner=caller.user_id, parent=None)
    entry = within_reach(Entry(root, Role.OWNER, parent_seen=False, owner_name=caller.username), caller)
    if not entry.abilities or (caller.limits and caller.limits.folder_id not in {None, root.id}):
        raise NotFound
    return allowed(caller, entry, need)


def folder_for(caller: Caller, folder_id: UUID | None, need: Ability) -> Entry:
    """Return a folder as `asset_for` does; None is the caller's root. Raises BadInput for a file."""
    entry = root_of(caller, need) if folder_id is None else asset_for(caller, folder_id, need)
    return of_kind(entry, Kind.FOLDER)


def of_kind(entry: Entry, kind: Kind | None, field: str = "id") -> Entry:
    """Return `entry` if it is of that kind (None: any), else raise BadInput that names `field`."""
    if kind is not None and entry.asset.kind != kind:
        raise BadInput(field, f"This is a {entry.asset.kind}, not a {kind}.")
    return entry


def allowed(caller: Caller, entry: Entry, need: Ability) -> Entry:
    """Return `entry` if its role has the ability `need`, and the caller's access key leaves it."""
    if need in entry.abilities:
        return entry
    if not caller.signed_in:
        raise NotAuthenticated
    if Ability.READ not in entry.abilities:
        raise NotFound
    if caller.limits and need in ABILITIES[entry.role]:
        caller.limits.must_have(*SCOPES[need])
    raise AccessDenied(need=str(need))


def _resolve(caller: Caller, asset_id: UUID, *, trashed: bool) -> Entry | None:
    """Return the asset with the caller's role, None when it is not there, or not (or only) in the trash."""
    if trashed and caller.link_id:
        return None
    found = ask(_ENTER.of_caller, {"asset": asset_id, **values_of(caller)})
    entry = _entry(iter(found[0]), trashed=trashed) if found else None
    return entry and within_reach(entry, caller)


def within_reach(entry: Entry, caller: Caller) -> Entry:
    """Return `entry` with what the caller's access key or link leaves of it."""
    return replace(entry, reach=reach_in(caller, entry.asset.id)) if caller.limits else entry


def reach_in(caller: Caller, asset_id: UUID | None = None) -> frozenset[Ability]:
    """Return the abilities that the caller's access key or link leaves: of this asset, or of what lies below it."""
    if caller.limits is None:
        return EVERY_ABILITY
    if caller.adds_only:
        return ADDING
    reach = reach_of(caller.limits.scopes)
    is_top = caller.link_id is not None and asset_id == caller.limits.folder_id
    return reach - {Ability.DELETE} if is_top else reach  # nobody takes away what a link is for, through it


def _entry(values: Iterator[Any], *, trashed: bool) -> Entry | None:
    """Return the Entry that the next values are, None when it is not there, or not (or only) in the trash."""
    asset = asset_with_current_in(values)
    owner_name, role, role_above, is_purged, is_below_trash = islice(values, 5)
    if is_purged or (asset.trashed_at is not None) is not trashed or (is_below_trash and not trashed):
        return None
    version = asset.current
    blob = version.blob if version else None
    return Entry(
        asset,
        Role(role),
        parent_seen=role_above > 0,
        owner_name=owner_name,
        version=version.seq if version else None,
        sha256=blob.sha256 if blob else None,
        etag=version.etag if version else "",
    )


def values_of(caller: Caller) -> dict[str, Any]:
    """Return what the queries ask of a caller."""
    return {
        "user": caller.user_id,
        "groups": list(caller.groups),
        "anyone_edits": int(Role.GUEST if caller.signed_in else Role.VIEWER),
        "scopes": list(caller.limits.scopes) if caller.limits else None,
        "within": caller.limits.folder_id if caller.limits else None,
        "most": caller.limits.most if caller.limits else None,
    }
