"""Differences between Paystack's books and ours: found again it is the same one, and what is gone is resolved."""

from django.utils import timezone

from payments.models import Finding, Order
from payments.words import Difference

Fact = str | int | bool | None


def found(kind: Difference, key: str, *, reference: str = "", order: Order | None = None, **facts: Fact) -> None:
    """Write a difference down, in the caller's transaction. What was dismissed stays so while it is the same."""
    now = timezone.now()
    last = Finding.objects.filter(key=key).order_by("-found_at").first()
    if last is not None and (last.resolved_at is None or (last.resolved_by_id is not None and last.facts == facts)):
        Finding.objects.filter(id=last.id).update(seen_at=now, facts=facts)
        return
    Finding.objects.get_or_create(
        key=key, resolved_at=None, defaults={"kind": kind, "reference": reference, "order": order, "facts": facts}
    )


def gone(resolution: str, **which: object) -> int:
    """Resolve what differs no more, and return how much that was."""
    living = Finding.objects.filter(resolved_at=None, **which)
    return living.update(resolved_at=timezone.now(), resolution=resolution[:255])
