"""What the audit log and those whom it concerns are told about assets."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from accounts.callers import Caller
from activity import services as activity
from activity.services import Fact, Target
from assets.models import Asset
from assets.rows import Listed


def record(verb: str, by: Caller, asset: Asset, *, audience: Iterable[UUID] = (), **facts: Fact) -> None:
    """Write that `by` did `verb` to the asset, in the caller's transaction; its owner, `by` and `audience` are told."""
    activity.record(verb, by=by.who, target=target(asset), owner_id=asset.owner_id, audience=audience, **facts)


def record_new(verb: str, by: Caller, asset: Asset | Listed, **facts: Any) -> None:
    """Write that `by` has put the asset, or new content of it, where it is, in the transaction that does it.

    What somebody puts at their own place is news only: the asset and its versions tell the rest.
    """
    write = activity.tell if by.author_id == asset.owner_id else activity.record
    place = str(asset.parent_id)
    write(verb, by=by.who, target=target(asset), owner_id=asset.owner_id, folder_id=place, **facts, **through(by))


def record_stored(by: Caller, file: Asset | Listed, *, is_new: bool, size: int) -> None:
    """Write that `by` stored so many bytes as the file, or as a new version of it."""
    record_new("file_uploaded" if is_new else "file_replaced", by, file, bytes=size)


def through(by: Caller) -> dict[str, Any]:
    """Return the fact that somebody has come by a link, if they have."""
    return {"link_id": str(by.link_id)} if by.link_id else {}


def target(asset: Asset | Listed) -> Target:
    return Target(asset.kind, asset.id, asset.name)
