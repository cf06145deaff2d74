"""Comparing with Paystack by the clock: orders and refunds that wait for news, and every night all books, both ways.

It finds what no webhook has told of, and what nobody has noticed. Differences are written down until they are gone.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.callers import Caller
from accounts.services import mail_staff
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import BadInput
from cloudbox.later import later
from payments import differences, paystack
from payments.models import Dispute, Finding, Order, Payment, ProviderEvent, Reconciliation, Refund
from payments.paystack import Charge, DisputeAt, PaystackRefused, PaystackUnavailable, RefundAt
from payments.services import disputes, refunds, settling
from payments.services.comparing import Comparison, compare_order
from payments.words import OURS, Difference, DisputeState, RefundState

log = structlog.get_logger(__name__)

AT_A_TIME = 100  # rows that are looked up together
MOST_ASKED = 200  # orders, and as many refunds, of one round
LONGEST_ROUND = 120.0  # seconds; a Paystack that takes its time must not hold up the other tasks
MOST_FAILURES = 3  # in a row, after which Paystack is taken to be down
PAUSE = timedelta(minutes=10)  # before something is asked again that has failed
NIGHTLY = 3  # days that are compared
MOST_DAYS = 366
A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)

Row = TypeVar("Row", bound=Order | Refund)
Listed = TypeVar("Listed", Charge, RefundAt, DisputeAt)


@dataclass(frozen=True, kw_only=True)
class Books:
    """What comparing has brought: how much Paystack named, totals by currency, and how many differences are open."""

    charges: int
    refunds: int
    totals: dict[str, dict[str, int]]
    differing: int
    error: str


def settle_due() -> int:
    """Ask Paystack about the orders that wait longest for their payment, and return how many were asked about."""
    here = Order.objects.filter(mode=settings.CLOUDBOX_PAYING.mode)
    return _ask_in_turn(here, lambda order_id: settling.settle(order_id, trigger="reconciler"))


def follow_due() -> int:
    """Ask Paystack about the refunds that wait longest for news, and return how many were asked about."""
    here = Refund.objects.filter(order__mode=settings.CLOUDBOX_PAYING.mode)
    return _ask_in_turn(here, lambda refund_id: refunds.follow(Refund.objects.get(id=refund_id).order_id))


def compare_soon(*, by: Caller, days: int) -> None:
    """Have the books of so many days compared by a task. Raises BadInput."""
    by.must_be_staff(FINANCE)
    if not 1 <= days <= MOST_DAYS:
        raise BadInput("days", f"From 1 to {MOST_DAYS}.")
    record("books_compared", by=by.who, target=Target("payments", "books", "Paystack"), days=days)
    later("payments.reconcile", days)


def reconcile_days(days: int) -> Books:
    """Compare the books of so many days until now, by whichever clock."""
    now = timezone.now()
    return reconcile(since=now - A_DAY * days, until=now + AN_HOUR)


def reconcile(*, since: datetime, until: datetime) -> Books:
    """Compare the books from one time to another, both ways. What Paystack does not answer is told by its `error`."""
    if not settings.CLOUDBOX_PAYING.keys:
        return Books(charges=0, refunds=0, totals={}, differing=0, error="No key of Paystack is set.")
    run = Reconciliation.objects.create(since=since, until=until)
    comparison = Comparison()
    try:
        run.charges = _compare_charges(comparison, since, until)
        run.refunds = _compare_refunds(comparison, since, until)
        _follow_disputes(since, until)
        _look_again(comparison)
    except (PaystackUnavailable, PaystackRefused) as failure:
        run.error = failure.message[:255]
    else:
        _compare_totals(comparison, since)
        look_for_silence()
    run.totals = dict(comparison.totals)
    run.finished_at = timezone.now()
    run.save()
    _tell_staff(run)
    return Books(
        charges=run.charges,
        refunds=run.refunds,
        totals=run.totals,
        differing=Finding.objects.filter(resolved_at=None).count(),
        error=run.error,
    )


def look_for_silence() -> None:
    """Tell when payments come and webhooks do not: their address at Paystack is wrong, say."""
    now, mode = timezone.now(), settings.CLOUDBOX_PAYING.mode
    paid = Payment.objects.filter(mode=mode, created_at__gt=now - A_DAY - AN_HOUR, created_at__lt=now - AN_HOUR)
    heard = ProviderEvent.objects.filter(received_at__gt=now - A_DAY - AN_HOUR)
    count = paid.count()
    if count and not heard.exists():
        differences.found(Difference.SILENCE, "webhooks", facts={"payments": count})
        log.error("payment_webhooks_silent", payments=count)
    else:
        differences.gone(Difference.SILENCE, "webhooks", "Webhooks come.")


def _ask_in_turn(rows: QuerySet[Row], ask: Callable[[UUID], object]) -> int:
    """Ask about what is due, the oldest first, and return how many were asked about.

    Each is put off before it is asked about, so one that always fails, or kills its worker, comes behind the others.
    """
    now = timezone.now()
    due = rows.filter(next_check_at__lte=now).order_by("next_check_at")
    ends, failures, asked = time.monotonic() + LONGEST_ROUND, 0, 0
    for row_id in list(due.values_list("id", flat=True)[:MOST_ASKED]):
        if time.monotonic() > ends:
            log.warning("payment_round_cut", asked=asked)
            break
        if not rows.filter(id=row_id, next_check_at__lte=now).update(next_check_at=timezone.now() + PAUSE):
            continue
        asked += 1
        try:
            ask(row_id)
        except (PaystackUnavailable, PaystackRefused) as failure:
            failures += 1
            log.warning("payment_check_failed", id=str(row_id), error=failure.code)
            if failures == MOST_FAILURES:
                break
        except Exception:  # one that is broken must not hold up the others
            log.exception("payment_check_broken", id=str(row_id))
        else:
            failures = 0
    return asked


def _compare_charges(comparison: Comparison, since: datetime, until: datetime) -> int:
    """Compare Paystack's charges with our orders, then our payments that it did not name; return how many it named."""
    mode, seen = settings.CLOUDBOX_PAYING.mode, set()
    told = chain.from_iterable(paystack.charges(since=since, until=until, status=status) for status in settling.HAVING)
    count = 0
    for charges in _batches(told):
        count += len(charges)
        rows = Order.objects.filter(mode=mode, reference__in=[charge.reference for charge in charges])
        orders = {order.reference: order for order in rows.select_related("payment")}
        for charge in charges:
            if charge.reference in seen or not charge.reference.startswith(OURS):
                continue
            seen.add(charge.reference)
            if order := orders.get(charge.reference):
                _compare_one(comparison, order, charge)
            else:
                comparison.stranger(charge)
    paid = Order.objects.filter(mode=mode, payment__isnull=False, created_at__gte=since, created_at__lt=until)
    unseen = [order_id for order_id, reference in paid.values_list("id", "reference") if reference not in seen]
    for order_id in unseen:  # begun at Paystack a little later than here, or not there at all
        order = Order.objects.select_related("payment").get(id=order_id)
        _compare_one(comparison, order, paystack.verify(order.reference))
    return count


def _compare_one(comparison: Comparison, order: Order, charge: Charge | None) -> None:
    """Compare an order with its charge; one that is broken must not hold up the others."""
    try:
        comparison.charge(order, charge)
    except (PaystackUnavailable, PaystackRefused):
        raise
    except Exception:  # one that is broken must not hold up the others
        log.exception("payment_compare_broken", id=str(order.id))


def _compare_refunds(comparison: Comparison, since: datetime, until: datetime) -> int:
    """Compare Paystack's refunds with ours, then ours that it did not name; return how many it named."""
    mode, seen = settings.CLOUDBOX_PAYING.mode, set()
    count = 0
    for told in _batches(paystack.refunds(since=since, until=until)):
        count += len(told)
        payments = Payment.objects.filter(mode=mode, provider_id__in=[found.charge_id for found in told])
        orders = {payment.provider_id: payment.order for payment in payments.select_related("order")}
        rows = {row.provider_id: row for row in Refund.objects.filter(provider_id__in=[found.id for found in told])}
        for found in told:
            seen.add(found.id)
            if order := orders.get(found.charge_id or 0):
                comparison.refund(order, found, rows.get(found.id))
    sent = Refund.objects.filter(order__mode=mode, state=RefundState.PROCESSED)
    for refund in list(sent.filter(created_at__gte=since, created_at__lt=until).select_related("order")):
        if refund.provider_id not in seen:
            comparison.missing(refund)
    return count


def _follow_disputes(since: datetime, until: datetime) -> None:
    """Follow the disputes of Paystack that we know otherwise or not at all, and ours that are still open."""
    here = Dispute.objects.filter(order__mode=settings.CLOUDBOX_PAYING.mode)
    for told in _batches(paystack.disputes(since=since, until=until)):
        known = dict(here.filter(provider_id__in=[found.id for found in told]).values_list("provider_id", "state"))
        for found in told:
            if found.reference.startswith(OURS) and known.get(found.id) != disputes.verdict(found):
                disputes.follow(found.id)
    older = here.filter(state=DisputeState.OPEN, opened_at__lt=since)
    for dispute_id in list(older.values_list("provider_id", flat=True)):
        disputes.follow(dispute_id)


def _look_again(comparison: Comparison) -> None:
    """Compare anew what differed before these days, and may not do so any more."""
    differing = Finding.objects.filter(resolved_at=None, order__mode=settings.CLOUDBOX_PAYING.mode)
    for order_id in set(differing.exclude(order__in=comparison.compared).values_list("order_id", flat=True)):
        if order_id is not None:
            compare_order(order_id)


def _compare_totals(comparison: Comparison, since: datetime) -> None:
    """Tell of totals that differ though nothing else was found to: then it is us who reckon wrongly."""
    for currency, sums in comparison.totals.items():
        if sums["ours"] == sums["theirs"] and sums["ours_back"] == sums["theirs_back"]:
            differences.gone(Difference.TOTAL, currency, "They are the same now.")
        elif currency not in comparison.differing:
            differences.found(Difference.TOTAL, currency, facts={"since": since.isoformat(), **sums})


def _batches(told: Iterable[Listed]) -> Iterator[list[Listed]]:
    told = iter(told)
    while batch := list(islice(told, AT_A_TIME)):
        yield batch


def _tell_staff(run: Reconciliation) -> None:
    """Mail what has been found since books were compared before."""
    before = Reconciliation.objects.filter(id__lt=run.pk).aggregate(last=Max("finished_at"))["last"]
    fresh = Finding.objects.filter(resolved_at=None, found_at__gt=before or run.started_at)
    count = fresh.count()
    log.info("books_compared", charges=run.charges, refunds=run.refunds, found=count, error=run.error)
    if count:
        mail_staff(FINANCE, kind="books_differ", context={"count": count}, dedupe=f"books:{run.pk}")
