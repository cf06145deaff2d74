"""What an owner is told who has no room: that it is full, or that what was paid for has ended."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F, Max
from django.db.models.functions import Least, Now

from accounts.models import Allowance, Usage
from cloudbox.errors import PlanExpired, QuotaExceeded


def no_room(usage: Usage, needed: int) -> QuotaExceeded:
    """Return the refusal of `needed` bytes, by counters and a limit that hold now."""
    used, limit = usage.used + usage.reserved, usage.limit_bytes
    since = expired_at(usage.owner_id, used=used, limit=limit)
    if since is None:
        return QuotaExceeded(needed=needed, free=usage.free_bytes)
    return PlanExpired(whose=usage.owner_id, needed=needed, used=used, limit=limit, expired_at=since)


def expired_at(owner_id: UUID, *, used: int, limit: int) -> datetime | None:
    """Return since when the owner can add nothing for want of what they had paid for; None if they can, or never did.

    What has ended is their last allowance of those that have counted at all.
    """
    if used <= limit or not settings.CLOUDBOX_BILLING:
        return None
    counted = Allowance.objects.filter(owner_id=owner_id).annotate(ended=Least("ends_at", "revoked_at"))
    last: datetime | None = counted.filter(ended__lte=Now(), ended__gt=F("starts_at")).aggregate(it=Max("ended"))["it"]
    return last
