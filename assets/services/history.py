"""What happened to an asset, for those who may know."""

from uuid import UUID

from accounts.callers import Caller
from activity import services as activity
from activity.services import Entry
from assets.access import asset_for
from assets.words import Ability
from cloudbox.pages import Page

# What is seen of an asset anyway. With whom it is shared, and who came for it, is for those who may share it.
_DEEDS = (
    "made", "uploaded", "replaced", "renamed", "moved", "copied", "trashed", "restored", "tagged", "described",
)  # fmt: skip
_OPEN = (
    *(f"{kind}_{deed}" for kind in ("file", "folder") for deed in _DEEDS),
    "version_restored",
    "version_deleted",
    "retention_set",
)


def entries_about(*, by: Caller, asset_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[Entry]:
    """Return what was done to an asset, newest first, as far as the caller may know it.

    Where others came from is not shown. Raises NotAuthenticated to those whom nobody knows, NotFound, BadInput.
    """
    reader_id = by.must_be_signed_in()
    entry = asset_for(by, asset_id, Ability.READ)
    verbs = None if Ability.SHARE in entry.abilities else _OPEN
    return activity.entries_about(
        entry.asset.kind, asset_id, reader_id=reader_id, verbs=verbs, cursor=cursor, limit=limit
    )
