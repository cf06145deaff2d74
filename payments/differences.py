"""Differences between Paystack's books and ours: found again it is the same one, and what is gone is resolved."""

from collections.abc import Mapping

from django.utils import timezone

from payments.models import Finding, Order
from payments.words import Difference

Fact = str | int | bool | None


def found(
    kind: Difference, name: str, *, reference: str = "", order: Order | None = None, facts: Mapping[str, Fact]
) -> None:
    """Write down that `name` differs, in the caller's transaction. What was dismissed stays so while it is the same."""
    key = _key(kind, name)
    last = Finding.objects.filter(key=key).order_by("-found_at").first()
    if last is not None and (last.resolved_at is None or (last.resolved_by_id is not None and last.facts == {**facts})):
        Finding.objects.filter(id=last.id).update(seen_at=timezone.now(), facts={**facts})
        return
    values = {"kind": kind, "reference": reference[:255], "order": order, "facts": {**facts}}
    Finding.objects.get_or_create(key=key, resolved_at=None, defaults=values)


def open_ones() -> set[tuple[str, str]]:
    """Return what differs as far as we know: kinds and names, for whoever looks at many."""
    keys = Finding.objects.filter(resolved_at=None).values_list("kind", "key")
    return {(kind, key.removeprefix(f"{kind}:")) for kind, key in keys}


def gone(kind: Difference, name: str, resolution: str) -> None:
    """Resolve what differs no more, if it did."""
    living = Finding.objects.filter(key=_key(kind, name), resolved_at=None)
    living.update(resolved_at=timezone.now(), resolution=resolution)


def _key(kind: Difference, name: str) -> str:
    return f"{kind}:{name}"[:200]
