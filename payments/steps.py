"""The timeline of an order: what happened with it, for its owner and the staff. Only ever added to."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from payments.models import Step

Fact = str | int | bool | None


def note(order_id: UUID, kind: str, *, by: str = "", at: datetime | None = None, **facts: Fact) -> None:
    """Write a step down, in the caller's transaction. Facts hold no secrets, and nothing long."""
    known = {name: value for name, value in facts.items() if value not in (None, "")}
    Step.objects.create(order_id=order_id, kind=kind, by=by[:255], facts=_cut(known), **({"at": at} if at else {}))


def _cut(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {name: value[:255] if isinstance(value, str) else value for name, value in facts.items()}
