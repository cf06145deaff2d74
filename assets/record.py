"""What the audit log is told about assets."""

from accounts.callers import Caller
from activity import services as activity
from activity.services import Fact, Target
from assets.models import Asset


def record(verb: str, by: Caller, asset: Asset, **facts: Fact) -> None:
    """Write that `by` did `verb` to the asset, in the caller's transaction."""
    activity.record(verb, by=by.who, target=target(asset), owner_id=asset.owner_id, audience=(), **facts)


def target(asset: Asset) -> Target:
    return Target(asset.kind, asset.id, asset.name)
