"""Webhooks of Paystack: kept as they come before they are acknowledged, and acted on by a task.

They are hints. Anything may be missing, late, twice, or out of order; what counts is what Paystack answers when it is
asked. An event is done only after what it caused was committed, so a kill in between does it again, which changes
nothing. Each attempt has a number, and takes place once; the sweep queues those of whom nothing was heard.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.callers import Caller
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import NotAuthenticated, NotFound, Refusal
from cloudbox.later import later
from payments import paystack
from payments.hearing import PAID, REFUND, Heard, heard_in
from payments.models import Order, ProviderEvent
from payments.services import disputes, refunds, settling
from payments.steps import note
from payments.words import UNPAID

PROCESS = "payments.process_event"
SIGNATURE = re.compile(r"[0-9a-f]{128}")
LEASE = timedelta(minutes=2)  # a worker that has not reported by then is taken for lost
QUEUED = timedelta(minutes=1)  # and a task that none has begun
MOST_ATTEMPTS = 12  # over about a day
LONGEST_PAUSE = timedelta(hours=6)
MOST_SWEPT = 500
NEW, DONE, IGNORED, FAILED = ProviderEvent.State.values

# A copy is counted; one of what was given up begins anew, for somebody may have sent it again because of that.
KEEP = """
INSERT INTO payments_providerevent AS known
       (dedupe, event, reference, raw, received_at, times, state, attempts, next_at, processed_at, error)
VALUES (%(dedupe)s, %(event)s, %(reference)s, %(raw)s, %(now)s, 1, %(state)s, 0, %(next_at)s, %(processed_at)s,
        %(error)s)
ON CONFLICT (dedupe) DO UPDATE SET
       times = least(known.times, 2147483646) + 1,
       attempts = CASE known.state WHEN 'failed' THEN 0 ELSE known.attempts END,
       next_at = CASE known.state WHEN 'failed' THEN excluded.received_at ELSE known.next_at END,
       processed_at = CASE known.state WHEN 'failed' THEN NULL ELSE known.processed_at END,
       state = CASE known.state WHEN 'failed' THEN 'new' ELSE known.state END
RETURNING id, times = 1 AND state = 'new'
"""

log = structlog.get_logger(__name__)


class _Unconfirmed(Exception):
    """Paystack does not tell of what the webhook told of (yet)."""


def receive(*, signature: str, address: str, read: Callable[[], bytes]) -> None:
    """Keep what Paystack says, and have it acted on. Returns once that is committed.

    `read` returns the body, and is called only where there is a signature. Raises NotAuthenticated when it is not that
    of the body, and NotFound where no key is set; nothing is kept then.
    """
    if not settings.CLOUDBOX_PAYING.keys:
        raise NotFound("There is no such address.")
    raw = read() if SIGNATURE.fullmatch(signature) else b""
    if not paystack.is_signed(raw, signature):
        log.warning("payment_webhook_refused", address=address, size=len(raw))
        raise NotAuthenticated("The signature is not that of the body.")
    _keep(raw, heard_in(raw))


def process(event_id: int, attempt: int) -> None:
    """Act on an event, unless that attempt was made already or the event is over."""
    now = timezone.now()
    taken = ProviderEvent.objects.filter(pk=event_id, state=NEW, attempts=attempt)
    if not taken.update(attempts=attempt + 1, next_at=now + LEASE):
        return
    event = ProviderEvent.objects.get(pk=event_id)
    try:
        order = _act(event)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is noted and tried again
        _put_off(event, error)
        return
    state, fault = (DONE, "") if order else (IGNORED, "It is about no order of ours.")
    _end(event, state, fault)


def sweep() -> int:
    """Queue every event that is due: those to be tried again, and those whose task or worker was lost."""
    now = timezone.now()
    with transaction.atomic():
        due = ProviderEvent.objects.filter(state=NEW, next_at__lte=now).select_for_update(skip_locked=True)
        attempts = dict(due.order_by("next_at").values_list("pk", "attempts")[:MOST_SWEPT])
        ProviderEvent.objects.filter(pk__in=attempts).update(next_at=now + LEASE)
        for event_id, attempt in attempts.items():
            later(PROCESS, event_id, attempt)
    return len(attempts)


def try_again(*, by: Caller, event_id: int) -> None:
    """Give an event that was given up another round of attempts. Raises NotFound when there is none of that id."""
    by.must_be_staff(FINANCE)
    with transaction.atomic():
        failed = ProviderEvent.objects.filter(pk=event_id, state=FAILED)
        if not failed.update(state=NEW, attempts=0, next_at=timezone.now() + QUEUED, processed_at=None):
            raise NotFound("There is no such event that was given up.")
        record("payment_event_tried_again", by=by.who, target=Target("payment event", str(event_id)))
        later(PROCESS, event_id, 0)


def _keep(raw: bytes, heard: Heard) -> None:
    now = timezone.now()
    values: dict[str, Any] = {
        "dedupe": hashlib.sha256(raw).hexdigest(),
        "event": heard.event,
        "reference": heard.reference,
        "raw": raw,
        "now": now,
        "state": NEW if heard.is_ours else IGNORED,
        "next_at": now + QUEUED,
        "processed_at": None if heard.is_ours else now,
        "error": heard.fault,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(KEEP, values)
        event_id, is_new = cursor.fetchone()
        if is_new:
            later(PROCESS, event_id, 0)


def _act(event: ProviderEvent) -> Order | None:
    """Do what an event asks for; return the order that it is about, None when it is about none of ours."""
    heard = heard_in(bytes(event.raw))
    order = Order.objects.filter(reference=heard.reference).first() if heard.reference else None
    if order:
        _note(event, order)
    if heard.event == PAID:
        if order and settling.settle(order.id, trigger="webhook") in UNPAID:
            raise _Unconfirmed
        return order
    hear = refunds.hear if heard.event.startswith(REFUND) else disputes.hear
    followed = hear(heard.data)
    if order and not followed:
        raise _Unconfirmed
    if followed:
        _note(event, followed)
    return followed


def _note(event: ProviderEvent, order: Order) -> None:
    """Write down once, in the timeline of the order, that the event came."""
    with transaction.atomic():
        if ProviderEvent.objects.filter(pk=event.pk, order=None).update(order=order):
            note(order.id, "webhook", at=event.received_at, event=event.event, times=event.times)


def _put_off(event: ProviderEvent, error: Exception) -> None:
    said = _said(error)
    if event.attempts >= MOST_ATTEMPTS:
        log.error("payment_event_given_up", event_id=event.pk, error=said)
        _end(event, FAILED, said)
        return
    log.warning("payment_event_put_off", event_id=event.pk, attempt=event.attempts, error=said)
    ProviderEvent.objects.filter(pk=event.pk, state=NEW).update(next_at=_next(event.attempts), error=said)


def _next(attempts: int) -> datetime:
    return timezone.now() + min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_PAUSE)


def _end(event: ProviderEvent, state: str, error: str) -> None:
    living = ProviderEvent.objects.filter(pk=event.pk, state=NEW)
    living.update(state=state, processed_at=timezone.now(), error=error)


def _said(error: Exception) -> str:
    """Return why an attempt failed, with nothing in it that a stranger chose or that is secret."""
    if isinstance(error, _Unconfirmed):
        return "Paystack does not confirm it."
    if isinstance(error, paystack.PaystackRefused):
        return f"{error.code}: {error.said}"[:255]
    return f"{error.code}: {error.message}"[:255] if isinstance(error, Refusal) else type(error).__name__
