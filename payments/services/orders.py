"""Orders, as those see them who made them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.callers import Caller
from cloudbox.errors import NotFound
from cloudbox.pages import Page, page_of, values_of
from payments import owners
from payments.models import Order, Receipt, Refund, Step
from payments.refusals import AlreadyPaid
from payments.services import settling
from payments.steps import note
from payments.words import OPEN, UNPAID, RefundState, State

ASKED_AGAIN = timedelta(seconds=2)  # Paystack is not asked more often than that for one order
REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,64}")  # anything else is none of ours, nor could the database look for it
HIDDEN = {"webhook", "renamed"}  # steps that tell a payer nothing
INNER = {"key"}  # facts that tell only the staff something


@dataclass(frozen=True, kw_only=True)
class OrderInfo:
    """An order. `page` is where it is paid, while it can be. Money is in minor units of `currency`.

    One that is taken over ended when a larger pack began, for which what was left of it counts.
    """

    id: UUID
    reference: str
    state: str
    mode: str
    plan: str
    plan_name: str
    bytes: int
    days: int
    currency: str
    amount_minor: int
    refunded_minor: int
    page: str
    failure: str
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    is_taken_over: bool
    receipts: tuple[int, ...]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_paid(self) -> bool:
        return self.state not in UNPAID


@dataclass(frozen=True, kw_only=True)
class StepInfo:
    """Something that happened with an order."""

    at: datetime
    kind: str
    facts: dict[str, Any]


def orders_of(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[OrderInfo]:
    """Return the caller's orders, newest first. Raises BadInput for a bad cursor."""
    user_id = by.must_see_account()
    rows = _shown(user_id)
    after = values_of(cursor, datetime, UUID)
    if after:
        at, last = after
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=last))
    return page_of(list(rows[: limit + 1]), limit, shown=info_of, after=lambda row: (row.created_at, row.id))


def order(*, by: Caller, order_id: UUID) -> OrderInfo:
    """Return one of the caller's orders. Raises NotFound."""
    return info_of(_own(by.must_see_account(), id=order_id))


def order_by_reference(*, by: Caller, reference: str) -> OrderInfo:
    """Return the caller's order that Paystack knows by this reference. Raises NotFound, also for one of others."""
    if not REFERENCE.fullmatch(reference):
        raise NotFound
    return info_of(_own(by.must_see_account(), reference=reference))


def check(*, by: Caller, order_id: UUID) -> OrderInfo:
    """Ask Paystack what became of the caller's order, unless that was just done. Raises NotFound, PaystackUnavailable.

    This is what the page does that payers come back to; money counts here, too, when no webhook comes.
    """
    row = _own(by.must_be_signed_in(), id=order_id)
    if row.state in UNPAID and row.state != State.CREATED and _is_its_turn(row.id):
        settling.settle(row.id, trigger="payer")
    return order(by=by, order_id=order_id)


def check_reference(*, by: Caller, reference: str) -> OrderInfo:
    """Check the caller's order that Paystack knows by this reference. Raises what `check` raises.

    Paystack is asked with our own text of the reference, and for no order of others.
    """
    return check(by=by, order_id=_own(by.must_see_account(), reference=reference).id)


def answer_of(*, by: Caller, order_id: UUID) -> str:
    """Return what Paystack said last of the caller's order (`abandoned`, `ongoing` …); nothing before it was asked."""
    asked = Step.objects.filter(order_id=order_id, order__user_id=by.must_see_account(), kind="verified")
    last = asked.order_by("-id").first()
    return str(last.facts.get("answer", "")) if last else ""


def cancel(*, by: Caller, order_id: UUID) -> OrderInfo:
    """Give up an order that is not paid. Raises NotFound, AlreadyPaid.

    Paystack's page cannot be closed: what is paid there all the same counts.
    """
    user_id = by.must_be_in_person()
    with transaction.atomic():
        owners.lock(user_id)
        row = Order.objects.select_for_update().filter(user_id=user_id, id=order_id).first()
        if row is None:
            raise NotFound
        if row.state not in UNPAID:
            raise AlreadyPaid
        if row.state in OPEN:
            row.state = State.CANCELLED
            row.save(update_fields=["state"])
            note(row.id, "cancelled", by=by.username)
    return order(by=by, order_id=order_id)


def steps_of(*, by: Caller, order_id: UUID) -> list[StepInfo]:
    """Return what happened with the caller's order, oldest first. Raises NotFound."""
    row = _own(by.must_see_account(), id=order_id)
    steps = Step.objects.filter(order=row).exclude(kind__in=HIDDEN).order_by("id")[:200]
    return [StepInfo(at=step.at, kind=step.kind, facts=_told(step.facts)) for step in steps]


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if name not in INNER}


def info_of(row: Order) -> OrderInfo:
    """Return an order as its owner may see it; its receipts and refunds are fetched, unless they are known."""
    refunded = (refund.amount_minor for refund in row.refunds.all() if refund.state == RefundState.PROCESSED)
    return OrderInfo(
        id=row.id,
        reference=row.reference,
        state=row.state,
        mode=row.mode,
        plan=row.plan_code,
        plan_name=row.plan_name,
        bytes=row.bytes,
        days=row.days,
        currency=row.currency,
        amount_minor=row.amount_minor,
        refunded_minor=sum(refunded),
        page=row.page if row.state in OPEN else "",
        failure=row.failure,
        created_at=row.created_at,
        expires_at=row.expires_at,
        paid_at=row.paid_at,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_taken_over=row.into_id is not None,
        receipts=tuple(sorted(receipt.number for receipt in row.receipts.all())),
    )


def _shown(user_id: UUID) -> QuerySet[Order]:
    """Return the owner's orders with what is shown beside them, in three queries."""
    rows = Order.objects.filter(user_id=user_id).order_by("-created_at", "-id")
    numbers = Receipt.objects.only("number", "order_id")
    return rows.prefetch_related(Prefetch("receipts", numbers), Prefetch("refunds", Refund.objects.all()))


def _is_its_turn(order_id: UUID) -> bool:
    """Say whether nobody has begun to ask for this order just now, and note that somebody does.

    However many ask while Paystack hangs, they take few of the threads that may wait for it.
    """
    now = timezone.now()
    return bool(Order.objects.filter(id=order_id).exclude(checked_at__gt=now - ASKED_AGAIN).update(checked_at=now))


def _own(user_id: UUID, **which: object) -> Order:
    row = _shown(user_id).filter(**which).first()
    if row is None:
        raise NotFound
    return row
