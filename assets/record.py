"""What the audit log is told about assets."""

from accounts.callers import Caller
from activity import services as activity
from activity.services import Fact, Target, Who
from assets.models import Asset


def record(verb: str, by: Caller, asset: Asset, **facts: Fact) -> None:
    """Write that `by` did `verb` to the asset, in the caller's transaction."""
    activity.record(verb, by=who(by), target=target(asset), owner_id=asset.owner_id, audience=(), **facts)


def who(by: Caller) -> Who:
    return Who(by.user_id, by.username, by.address, by.agent)


def target(asset: Asset) -> Target:
    return Target(asset.kind, asset.id, asset.name)
