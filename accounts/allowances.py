"""Room that an app gives an owner from one date to another: one allowance for each source, which alone moves it.

After the last change of a transaction its caller has the limit reckoned anew, by `quotas.recompute_limit`: in between
it may be too low, of which nobody shall be warned.
"""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Allowance, Usage


def give(owner_id: UUID, source: str, *, size: int, starts_at: datetime, ends_at: datetime | None, reason: str) -> None:
    """Have the allowance of this source count from `starts_at` to `ends_at`, whatever it was before: `size` bytes."""
    values = {"bytes": size, "starts_at": starts_at, "ends_at": ends_at, "revoked_at": None, "reason": reason}
    Allowance.objects.update_or_create(source=source, owner_id=owner_id, defaults=values)


def take_back(owner_id: UUID, source: str) -> None:
    """End the allowance of this source now, if there is one that still counts."""
    living = Allowance.objects.filter(source=source, owner_id=owner_id, revoked_at=None)
    living.update(revoked_at=timezone.now())


def counting(owner_id: UUID, kind: str, *, at: datetime) -> dict[str, datetime | None]:
    """Return until when the allowances of such sources (`<kind>:…`) count that count at that moment, or will. A query.

    None is for good.
    """
    rows = Allowance.objects.filter(owner_id=owner_id, source__startswith=f"{kind}:", revoked_at=None)
    return dict(rows.exclude(ends_at__lte=at).values_list("source", "ends_at"))


def limit_at(owner_id: UUID, moment: datetime) -> int:
    """Return how much room an owner has at a moment to come, as far as is known now. Two queries."""
    base = Usage.objects.values_list("base_bytes", flat=True).get(owner_id=owner_id)
    then = Allowance.objects.filter(owner_id=owner_id, revoked_at=None, starts_at__lte=moment)
    given = then.exclude(ends_at__lte=moment).aggregate(bytes=Sum("bytes"))["bytes"]
    return (settings.CLOUDBOX_DEFAULT_QUOTA if base is None else base) + int(given or 0)
