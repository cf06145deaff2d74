"""Everything that happened with an order, for the staff: from all tables, in the order in which it happened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format

from accounts.callers import Caller
from activity import outbox
from cloudbox.duties import FINANCE, SUPPORT
from cloudbox.errors import NotFound
from cloudbox.money import as_money
from payments.models import LedgerEntry, Order, ProviderEvent, Receipt, Refund
from payments.words import Account, Difference, DisputeState

MOST_STEPS = 500
MAILED = "mailed"
TOLD = {"webhook", "refund_requested", "disputed", "dispute_won", "dispute_lost"}  # of which other tables tell more
STEPS = {  # what each is called, and its icon
    "ordered": ("Ordered", "shopping_cart"),
    "opened": ("Page opened at Paystack", "open_in_new"),
    "renamed": ("Got another reference", "edit"),
    "verified": ("Paystack was asked", "travel_explore"),
    "settled": ("Settled", "check_circle"),
    "failed": ("Failed", "cancel"),
    "expired": ("Expired", "timer_off"),
    "cancelled": ("Cancelled", "block"),
    "mismatch": ("Paid, but not what was ordered", "warning"),
    "refunded": ("Money has gone back", "undo"),
    "refund_pending": ("Refund is on its way", "undo"),
    "refund_processing": ("Refund is on its way", "undo"),
    "refund_needs_attention": ("Refund needs attention", "warning"),
    "refund_adopted": ("Refund was found at Paystack", "undo"),
    "refund_failed": ("Refund failed", "error"),
    "accepted": ("Accepted by the staff", "done"),
    "reminded": ("Told on the pages", "notifications"),
    "trial_ended": ("The trial is over: real money is taken now", "science"),
    "ended": ("Its room has gone", "hourglass_disabled"),
    MAILED: ("Mailed", "mail"),
}
PAGES = ("payment", "ledgertransaction", "receipt", "refund", "dispute", "finding", "providerevent")  # to link to
MONEY, TIMES = {"amount", "paid", "price"}, {"until", "starts_at", "ends_at"}  # facts that are minor units, and times


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Something that happened: what, its icon, and what there is to say about it. `link` is a page of one row."""

    at: datetime
    what: str
    icon: str
    said: str = ""
    by: str = ""
    link: tuple[str, UUID | int] | None = None


def timeline_of(*, by: Caller, order_id: UUID) -> list[Moment]:
    """Return all that happened with an order, oldest first. Raises NotFound.

    Nine queries, however much that was.
    """
    by.must_be_staff(SUPPORT, FINANCE)
    order = Order.objects.filter(id=order_id).select_related("payment").first()
    if order is None:
        raise NotFound
    found = [*_webhooks(order), *_money(order), *_returns(order), *_findings(order), *_steps(order)]
    return sorted(found, key=lambda moment: moment.at)


def _steps(order: Order) -> Iterator[Moment]:
    steps = list(order.steps.exclude(kind__in=TOLD).order_by("id")[:MOST_STEPS])
    mails = outbox.posted({str(step.facts["key"]) for step in steps if step.kind == MAILED and "key" in step.facts})
    for step in steps:
        what, icon = STEPS.get(step.kind, (step.kind.replace("_", " ").capitalize(), "circle"))
        facts = {name: value for name, value in step.facts.items() if name != "key"}
        mail = mails.get(str(step.facts.get("key", "")))
        if mail:
            facts |= {"state": mail.state} | ({"error": mail.error} if mail.error else {})
        yield Moment(at=step.at, what=what, icon=icon, said=_facts(facts, order), by=step.by)


def _webhooks(order: Order) -> Iterator[Moment]:
    for event in ProviderEvent.objects.filter(order=order).defer("raw").order_by("id")[:MOST_STEPS]:
        facts: dict[str, Any] = {"event": event.event, "came": f"{event.times} times" if event.times > 1 else "once"}
        facts |= {"state": event.state, "attempts": event.attempts} | ({"error": event.error} if event.error else {})
        link = ("providerevent", event.pk)
        yield Moment(at=event.received_at, what="Webhook came", icon="webhook", said=_facts(facts, order), link=link)


def _money(order: Order) -> Iterator[Moment]:
    payment = getattr(order, "payment", None)
    if payment:
        amount = as_money(payment.amount_minor, payment.currency)
        said = f"{amount} by {payment.channel or 'an unknown channel'}, Paystack's id {payment.provider_id}"
        yield Moment(at=payment.paid_at, what="Paid", icon="payments", said=said, link=("payment", payment.id))
    for moved, entries in groupby(_entries(order), key=lambda entry: entry.transaction):
        said, link = f"{moved.source}: {_booked(entries, moved.currency)}", ("ledgertransaction", moved.pk)
        yield Moment(at=moved.at, what="Booked", icon="account_balance", said=said, link=link)
    for receipt in Receipt.objects.filter(order=order).order_by("number"):
        what = "Credit note" if receipt.amount_minor < 0 else "Receipt"
        said = f"number {receipt.number}, {as_money(receipt.amount_minor, receipt.currency)}"
        yield Moment(at=receipt.issued_at, what=what, icon="receipt_long", said=said, link=("receipt", receipt.number))


def _entries(order: Order) -> QuerySet[LedgerEntry]:
    entries = LedgerEntry.objects.filter(transaction__order=order).select_related("transaction")
    return entries.order_by("transaction_id", "id")


def _booked(entries: Iterable[LedgerEntry], currency: str) -> str:
    sums = ((Account(entry.account).label, entry.amount_minor) for entry in entries)
    return ", ".join(f"{account} {as_money(amount, currency)}" for account, amount in sums)


def _returns(order: Order) -> Iterator[Moment]:
    for refund in Refund.objects.filter(order=order).select_related("requested_by").order_by("created_at"):
        by, link = refund.requested_by.username if refund.requested_by else "", ("refund", refund.id)
        facts = {"amount": refund.amount_minor, "takes the room": refund.takes_room, "reason": refund.reason}
        yield Moment(
            at=refund.created_at, what="Refund asked for", icon="undo", said=_facts(facts, order), by=by, link=link
        )
    for dispute in order.disputes.order_by("opened_at"):
        facts, link = {"amount": dispute.amount_minor, "reason": dispute.reason}, ("dispute", dispute.id)
        yield Moment(at=dispute.opened_at, what="Dispute opened", icon="gavel", said=_facts(facts, order), link=link)
        if dispute.resolved_at:
            said = DisputeState(dispute.state).label
            yield Moment(at=dispute.resolved_at, what="Dispute resolved", icon="gavel", said=said, link=link)


def _findings(order: Order) -> Iterator[Moment]:
    for finding in order.findings.order_by("found_at"):
        said, link = Difference(finding.kind).label, ("finding", finding.id)
        yield Moment(at=finding.found_at, what="Difference found", icon="rule", said=str(said), link=link)
        if finding.resolved_at:
            yield Moment(
                at=finding.resolved_at, what="Difference gone", icon="rule", said=finding.resolution, link=link
            )


def _facts(facts: dict[str, Any], order: Order) -> str:
    """Return facts as people read them; amounts are in the currency that the fact names, or the order's."""
    currency = str(facts.get("currency") or order.currency)
    named = {name: value for name, value in facts.items() if name != "currency" and value not in (None, "")}
    return ", ".join(f"{name.replace('_', ' ')}: {_shown(name, value, currency)}" for name, value in named.items())


def _shown(name: str, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in MONEY and isinstance(value, int):
        return as_money(value, currency)
    at = parse_datetime(value) if name in TIMES else None
    return date_format(at, "DATETIME_FORMAT") if at else str(value)
