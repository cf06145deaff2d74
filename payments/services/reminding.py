"""Telling people that what they have paid for comes to its end: `remind`, which beat calls every hour.

Whatever rounds were missed, only the most urgent of what is due is told, once, and nothing that another payment has
overtaken. Nothing else hangs on it: what counts is told by dates (payments.services.standing).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from accounts import allowances, quotas
from accounts.callers import SYSTEM
from activity.preferences import mailed
from activity.services import Target, mail, record
from payments import owners
from payments.billing import payments_on
from payments.models import Order, Step
from payments.steps import note

DAY = timedelta(days=1)
DAYS_BEFORE = (0, 1, 3, 7)  # the end, the most urgent first
FORGOTTEN_AFTER = timedelta(days=60)  # an end that nobody was told of by then is told of no more


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What is to be told of an order, the last of its owner: `days` before its end, None once its room is gone."""

    order: Order
    ends_at: datetime
    counts_until: datetime
    days: int | None
    now: datetime

    @property
    def since(self) -> datetime:
        """From when on this was to be told."""
        return self.counts_until if self.days is None else self.ends_at - self.days * DAY


def remind() -> int:
    """Tell everybody what is due, and return how many were told. Where nothing is sold, nobody is."""
    if not payments_on():
        return 0
    found = _last_orders(timezone.now()).values_list("id", "user_id").order_by("ends_at")
    return sum(_remind(order_id, user_id) for order_id, user_id in list(found))


def _last_orders(now: datetime) -> QuerySet[Order]:
    """Return the orders that end soon or have, that no other of their owner outlasts, and that are not over for all."""
    counted = Order.objects.filter(owners.IN_LINE, into=None, starts_at__lt=F("ends_at"))
    later = counted.filter(user_id=OuterRef("user_id"), ends_at__gt=OuterRef("ends_at"))
    over = Step.objects.filter(order_id=OuterRef("id"), kind="ended", at__gte=OuterRef("ends_at"))
    near = counted.filter(ends_at__gt=now - FORGOTTEN_AFTER, ends_at__lte=now + DAYS_BEFORE[-1] * DAY)
    return near.exclude(Exists(later)).exclude(Exists(over))


def _remind(order_id: UUID, user_id: UUID) -> bool:
    """Tell the owner of an order what is due of it, unless they know, or have paid again meanwhile."""
    with transaction.atomic():
        owners.lock(user_id)
        now = timezone.now()
        order = _last_orders(now).filter(id=order_id).select_related("user").first()
        ending = _due(order, now) if order else None
        if ending is None or _is_told(ending):
            return False
        if ending.days is None:
            _tell_of_the_loss(ending)
        else:
            _tell_of_the_end(ending)
        return True


def _due(order: Order, now: datetime) -> Ending | None:
    """Return the most urgent of what is due; None if nothing is. A pack of a day has no last week to tell of."""
    if order.starts_at is None or order.ends_at is None:
        return None
    until = owners.counts_of(order.user_id, order.ends_at).get(order.id, order.ends_at)
    due = [days for days in DAYS_BEFORE if order.ends_at - days * DAY <= now]
    days = due[0] if due else None
    if days is None or (days and order.ends_at - days * DAY <= order.starts_at):
        return None
    over = until <= now
    return Ending(order=order, ends_at=order.ends_at, counts_until=until, days=None if over else days, now=now)


def _is_told(ending: Ending) -> bool:
    """Say whether that, or something more urgent, was told since it was due: a term that was moved is told of anew."""
    if ending.days is None:
        return False  # `_last_orders` has left out those who know
    told = Step.objects.filter(order=ending.order, kind__in=["mailed", "reminded"], at__gte=ending.since)
    return told.filter(facts__mail="plan_ending", facts__days__lte=ending.days).exists()


def _tell_of_the_end(ending: Ending) -> None:
    order, space = ending.order, quotas.usage_of(ending.order.user_id)
    used = space.used + space.reserved
    remains = allowances.limit_at(order.user_id, ending.counts_until)
    context = {
        "plan": order.plan_name,
        "ends_at": ending.ends_at,
        "counts_until": ending.counts_until,
        "left": max(0, -((ending.now - ending.ends_at) // DAY)),
        "used": used,
        "remains": remains,
        "too_much": max(0, used - remains),
    }
    _write(ending, "plan_ending", context, days=ending.days)
    record(
        "pack_ending",
        by=SYSTEM.who,
        target=_target(order),
        owner_id=order.user_id,
        days=ending.days,
        ends_at=ending.ends_at.isoformat(),
        bytes=order.bytes,
    )


def _tell_of_the_loss(ending: Ending) -> None:
    """Write that the room is gone, once; a mail says so to those alone who store more than they have now."""
    order, space = ending.order, quotas.usage_of(ending.order.user_id)
    used = space.used + space.reserved
    is_short = used > space.limit
    note(order.id, "ended", read_only=is_short)
    if is_short:
        _write(ending, "plan_ended", {"plan": order.plan_name, "used": used, "limit": space.limit})
    record(
        "pack_ended",
        by=SYSTEM.who,
        target=_target(order),
        owner_id=order.user_id,
        read_only=is_short,
        used=used,
        limit=space.limit,
    )


def _write(ending: Ending, kind: str, context: dict[str, Any], *, days: int | None = None) -> None:
    """Mail it to the owner, unless they want no such mail or have no address; the timeline knows which."""
    user = ending.order.user
    news = {"plan_ending": "pack_ending", "plan_ended": "pack_ended"}[kind]
    to = user.email if user.may_sign_in and mailed(user.id, news) else None
    if not to:
        note(ending.order.id, "reminded", mail=kind, days=days)
        return
    key = f"{kind}:{ending.order.id}:{days}:{ending.since.isoformat()}"
    mail(to=to, kind=kind, context=context, user_id=user.id, news=news, dedupe=key)
    note(ending.order.id, "mailed", mail=kind, days=days, key=key)


def _target(order: Order) -> Target:
    return Target("order", order.id, order.plan_name)
