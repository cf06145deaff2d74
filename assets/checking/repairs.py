"""What can be mended is; what cannot, missing and altered bytes, is noted as damage. No row that names bytes goes."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from accounts import quotas
from accounts.models import User
from assets import damage, storage
from assets.checking.findings import Difference, Finding
from assets.checking.tree import DOWN, derived_from
from assets.gone import condemn, condemn_unnamed
from assets.locks import lock_all, lock_trees
from assets.models import Asset, Blob, Condemned, Move
from assets.moving import enlist, home_of
from assets.rows import ask
from assets.services.owners import make_root
from assets.words import Harm

Repair = Callable[[list[Finding]], Iterable[object]]  # returns the ids of what is right now

_REBUILD = f"""
{DOWN} UPDATE assets_asset a SET path = down.path FROM down
WHERE a.id = down.id AND down.owner_id = %s AND a.kind = 'folder' AND a.path IS DISTINCT FROM down.path
RETURNING a.id
"""  # noqa: S608  our own words
_NEWEST = """
UPDATE assets_asset a SET current_id = v.id, size = v.size, content_type = v.content_type, modified_at = v.created_at,
       hidden = v.is_marker, revision = revision + 1
FROM (SELECT DISTINCT ON (asset_id) * FROM assets_version WHERE asset_id = ANY(%(ids)s) ORDER BY asset_id, seq DESC) v
WHERE a.id = v.asset_id RETURNING a.id
"""
_AS_LONG_AS_ITS_BLOB = """
UPDATE assets_version v SET size = b.size FROM assets_blob b
WHERE v.id = ANY(%s) AND b.id = v.blob_id AND NOT EXISTS (SELECT 1 FROM assets_damage d WHERE d.blob_id = b.id)
RETURNING v.id
"""


def note_damage(found: list[Finding]) -> set[UUID]:
    """Write the damage down. It is not repaired by that."""
    for finding in found:
        harm = Harm.MISSING if finding.kind is Difference.BYTES_MISSING else Harm.ALTERED
        damage.report(UUID(finding.id), harm)
    return set()


def withdraw_damage(found: list[Finding]) -> list[str]:
    for finding in found:
        damage.withdraw(UUID(finding.id))
    return [finding.id for finding in found]


def condemn_orphans(found: list[Finding]) -> list[str]:
    """Have bytes that nothing names deleted after the reprieve: a backup that was just put back may yet name them."""
    condemn((str(finding.facts["store"]), finding.id, _number(finding, "size")) for finding in found)
    return [finding.id for finding in found]


def reprieve(found: list[Finding]) -> set[int]:
    """Condemn no longer what a blob names."""
    named = Blob.objects.filter(store=OuterRef("store"), key=OuterRef("key"))
    ids = {int(finding.id) for finding in found}
    Condemned.objects.filter(Exists(named), pk__in=ids).delete()
    return ids


def condemn_blobs(found: list[Finding]) -> set[UUID]:
    ids = _ids(found)
    with transaction.atomic():
        condemn_unnamed(ids)
    return ids - set(Blob.objects.filter(pk__in=ids).values_list("pk", flat=True))


def move_on(found: list[Finding]) -> list[UUID]:
    """Give blobs that lie in the spool and have no move one."""
    home, moved = home_of(storage.SPOOL), []
    for blob_id in sorted(_ids(found)):
        with transaction.atomic():
            waiting = Blob.objects.filter(pk=blob_id, store=storage.SPOOL).select_for_update().exists()
            if home and waiting and not Move.objects.filter(blob_id=blob_id).exists():
                enlist([blob_id], home)
            moved.append(blob_id)
    return moved


def drop_moves(found: list[Finding]) -> list[int]:
    """Drop moves that lead nowhere, unless somebody is at one; what an attempt may have written is condemned."""
    dropped = []
    idle = Q(lease_until=None) | Q(lease_until__lt=Now())
    for finding in found:
        with transaction.atomic():
            move = (
                Move.objects.select_for_update(of=("self",)).filter(idle, pk=finding.id).select_related("blob").first()
            )
            if move:
                if move.key and (move.store, move.key) != (move.blob.store, move.blob.key):
                    condemn([(move.store, move.key, 0)])
                move.delete()
                dropped.append(int(finding.id))
    return dropped


def measure_versions(found: list[Finding]) -> list[UUID]:
    """Give versions the size of their blob, whose bytes have been looked at before."""
    return [version_id for (version_id,) in ask(_AS_LONG_AS_ITS_BLOB, [list(_ids(found))])]


def renew_files(found: list[Finding]) -> list[UUID]:
    """Make each file's newest version its current one, and copy what is copied from it."""
    ids = _ids(found)
    with transaction.atomic():
        lock_all(Asset.objects.filter(pk__in=ids))
        return [asset_id for (asset_id,) in ask(_NEWEST, {"ids": list(ids)})]


def derive_names(found: list[Finding]) -> list[UUID]:
    with transaction.atomic():
        assets = list(Asset.objects.select_for_update(no_key=True).filter(pk__in=_ids(found)).order_by("pk"))
        for asset in assets:
            asset.fold, asset.sort_key, asset.grams = derived_from(asset.name)
        Asset.objects.bulk_update(assets, ["fold", "sort_key", "grams"])
    return [asset.id for asset in assets]


def rebuild_paths(found: list[Finding]) -> set[UUID]:
    """Rebuild the paths of every tree in which one was wrong, while nobody moves a folder there."""
    for owner_id in sorted({UUID(str(finding.facts["owner"])) for finding in found}):
        with transaction.atomic():
            lock_trees([owner_id], exclusive=True)
            ask(_REBUILD, [owner_id])
    return _ids(found)


def plant_roots(found: list[Finding]) -> list[UUID]:
    users = list(User.objects.filter(pk__in=_ids(found)))
    for user in users:
        make_root(user=user)
    return [user.id for user in users]


def count_users(found: list[Finding]) -> set[UUID]:
    for owner_id in _ids(found):
        with transaction.atomic():
            quotas.open_usage(owner_id)
            quotas.reconcile(owner_id)
    return _ids(found)


def count_again(found: list[Finding]) -> set[UUID]:
    for owner_id in _ids(found):
        quotas.reconcile(owner_id)
    return _ids(found)


REPAIRS: dict[Difference, Repair] = {
    Difference.BYTES_MISSING: note_damage,
    Difference.BYTES_ALTERED: note_damage,
    Difference.DAMAGE_OVER: withdraw_damage,
    Difference.BYTES_UNNAMED: condemn_orphans,
    Difference.BYTES_CONDEMNED: reprieve,
    Difference.BLOB_UNNAMED: condemn_blobs,
    Difference.BLOB_STRANDED: move_on,
    Difference.MOVE_POINTLESS: drop_moves,
    Difference.VERSION_SIZE: measure_versions,
    Difference.CURRENT_WRONG: renew_files,
    Difference.NAME_COLUMNS: derive_names,
    Difference.PATH_WRONG: rebuild_paths,
    Difference.ROOT_MISSING: plant_roots,
    Difference.USAGE_MISSING: count_users,
    Difference.USAGE_WRONG: count_again,
}


def _ids(found: list[Finding]) -> set[UUID]:
    return {UUID(finding.id) for finding in found}


def _number(finding: Finding, fact: str) -> int:
    value = finding.facts[fact]
    return value if isinstance(value, int) else 0
