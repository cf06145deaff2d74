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
    taken = usage.used + usage.reserved
    expired_at = ended_at(usage.owner_id) if settings.CLOUDBOX_BILLING and taken > usage.limit_bytes else None
    if expired_at is None:
        return QuotaExceeded(needed=needed, free=usage.free_bytes)
    return PlanExpired(whose=usage.owner_id, needed=needed, used=taken, limit=usage.limit_bytes, expired_at=expired_at)


def ended_at(owner_id: UUID) -> datetime | None:
    """Return when the last allowance of the owner's has ended that has counted at all; None if none has."""
    counted = Allowance.objects.filter(owner_id=owner_id).annotate(ended=Least("ends_at", "revoked_at"))
    last: datetime | None = counted.filter(ended__lte=Now(), ended__gt=F("starts_at")).aggregate(it=Max("ended"))["it"]
    return last
