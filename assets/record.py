"""What the audit log is told about assets."""

from collections.abc import Iterable
from uuid import UUID

from accounts.callers import Caller
from activity import services as activity
from activity.services import Fact, Target
from assets.models import Asset


def record(verb: str, by: Caller, asset: Asset, *, audience: Iterable[UUID] = (), **facts: Fact) -> None:
    """Write that `by` did `verb` to the asset, in the caller's transaction; its owner, `by` and `audience` are told."""
    activity.record(verb, by=by.who, target=target(asset), owner_id=asset.owner_id, audience=audience, **facts)


def target(asset: Asset) -> Target:
    return Target(asset.kind, asset.id, asset.name)
