"""An owner's counters, for tests to set and to look at."""

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Allowance, Usage, User
from accounts.quotas import recompute_limit
from cloudbox.ids import new_id


def limit(user: User, size: int) -> None:
    Usage.objects.filter(owner=user).update(base_bytes=size, limit_bytes=size)


def counters(user: User) -> tuple[int, int]:
    return Usage.objects.values_list("used", "reserved").get(owner=user)


def expire(user: User, *, left: int = 0) -> datetime:
    """Let what the user paid for have ended, which leaves them so many bytes; return when it ended."""
    ended = timezone.now() - timedelta(hours=1)
    begun = ended - timedelta(days=30)
    Allowance.objects.create(owner=user, bytes=1, starts_at=begun, ends_at=ended, source=f"order:{new_id()}")
    limit(user, left)
    return ended


def pay(user: User, size: int) -> None:
    """Let the user have paid for so many bytes from now on."""
    Allowance.objects.create(owner=user, bytes=size, source=f"order:{new_id()}")
    recompute_limit(user.id)
