"""Events on their way to webhooks: each is a row from the start, called until an address has taken it.

At least once: a worker that dies between the answer and its row calls again, under the same `webhook-id`. Whoever is
free takes the next call that is due; no owner has more than a few at a time, so that an address which hangs keeps
nobody else's calls waiting.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from standardwebhooks import Webhook as Signer

from activity import calling, kinds, news, webhooks
from activity.calling import Outcome
from activity.models import Delivery, Webhook
from activity.news import News
from activity.person import Person
from activity.services import Who
from cloudbox.errors import Conflict, NotFound
from cloudbox.http import release_connection
from cloudbox.later import later, waiting_in
from cloudbox.pages import Page, page_of, values_of
from cloudbox.sealing import CannotOpen

DELIVER = "activity.deliver"
QUEUE = "webhooks"  # of that task (CELERY_TASK_ROUTES)
READER = "webhooks"
TEST = "webhook_test"
AT_ONCE = 8  # calls of all owners that tasks are queued for at a time
EACH = 2  # calls of one owner at a time
LEASE = timedelta(seconds=90)  # a worker that has not reported by then is taken for lost
TURN = timedelta(seconds=30)  # after which a task leaves the rest to the next one
GIVES_UP = timedelta(days=5)  # of nothing but failures, after which a webhook is turned off
# What to wait after the first attempt, the second …, as https://www.standardwebhooks.com proposes.
WAITS = [
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
GONE = 410  # says that nobody wants it any more
STATES = Delivery.State.choices
_LOCK = 0xCA11  # the advisory lock of whoever takes the next call
_SERVER = Who(label="CloudBox")


@dataclass(frozen=True, kw_only=True)
class DeliveryInfo:
    """A delivery as the owner of its webhook sees it.

    `id` is the `webhook-id` of its calls, `event_id` that of the event (None for a test). `status` is that of the last
    answer, and `error` why there was none. `next_at` is when it is tried again, None when it is over.
    """

    id: UUID
    kind: str
    event_id: int | None
    state: str
    attempts: int
    status: int | None
    error: str
    milliseconds: int | None
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None


# From the news to the rows


def dispatch() -> None:
    """Make a row for each webhook that wants to know of what has happened, and queue tasks for what is due."""
    while news.read(READER, _enlist) == news.MOST:
        pass
    due = Delivery.objects.filter(state__in=webhooks.UNDONE, next_at__lte=timezone.now())
    for _ in range(due[: max(AT_ONCE - waiting_in(QUEUE), 0)].count()):  # where nobody takes them, they do not pile up
        later(DELIVER)


def _enlist(events: list[News]) -> None:
    """Write the rows of these events, in the transaction that moves on. Once, however often it is asked."""
    concerned = {user_id for event in events for user_id in event.audience}
    rows = Webhook.objects.filter(owner_id__in=concerned, is_active=True)
    rows = rows.filter(owner__is_active=True, owner__suspended_at=None)
    hooks = list(rows.only("id", "owner_id", "kinds", "created_at"))
    Delivery.objects.bulk_create(
        (
            Delivery(webhook=hook, event_seq=event.seq, kind=event.kind, body=body_of(event))
            for event in events
            for hook in hooks
            if hook.owner_id in event.audience and hook.created_at <= event.at and _wants(hook, event.kind)
        ),
        batch_size=1000,
        ignore_conflicts=True,
    )


def _wants(hook: Webhook, name: str) -> bool:
    kind = kinds.find(name)
    return name in hook.kinds or (not hook.kinds and kind is not None and kind.called_out)


def body_of(event: News) -> str:
    """Return the event as it is sent."""
    return json.dumps(
        {"type": event.kind, "timestamp": event.at.isoformat(), "data": {"id": event.seq, **event.data}},
        separators=(",", ":"),
        ensure_ascii=False,
    )


# The calls


def deliver() -> None:
    """Make the calls that are due, one after the other, until there is none or it is somebody else's turn."""
    end = timezone.now() + TURN
    while timezone.now() < end and (taken := _take()):
        secrets = _secrets(taken.webhook)
        release_connection()  # an address may take its time
        outcome = _call(taken, secrets) if secrets else Outcome(status=None, error="no_secret", milliseconds=0)
        _settle(taken, outcome)


def _take() -> Delivery | None:
    """Take the call that has been due for longest, of an owner who has not as many as they may already."""
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        under_way = Delivery.objects.filter(state=Delivery.State.SENDING, next_at__gt=now)
        counted = under_way.values("webhook__owner").annotate(calls=Count("id")).filter(calls__gte=EACH)
        due = Delivery.objects.filter(state__in=webhooks.UNDONE, next_at__lte=now, webhook__is_active=True)
        due = due.filter(webhook__owner__is_active=True, webhook__owner__suspended_at=None)
        busy = [row["webhook__owner"] for row in counted]
        taken = due.exclude(webhook__owner__in=busy).order_by("next_at").select_related("webhook").first()
        if taken is None:
            return None
        taken.attempts += 1
        taken.state, taken.next_at, taken.tried_at = Delivery.State.SENDING, now + LEASE, now
        taken.save(update_fields=["attempts", "state", "next_at", "tried_at"])
    return taken


def _secrets(row: Webhook) -> list[str]:
    try:
        return webhooks.signing_secrets(row)
    except CannotOpen:  # the operator has lost what sealed it; a new one helps
        return []


def _call(taken: Delivery, secrets: list[str]) -> Outcome:
    at = datetime.now(UTC).replace(microsecond=0)
    signatures = [Signer(secret).sign(str(taken.id), at, taken.body) for secret in secrets]
    return calling.call(
        taken.webhook.url,
        taken.body.encode(),
        {
            "Content-Type": "application/json",
            "webhook-id": str(taken.id),
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(signatures),
        },
    )


def _settle(taken: Delivery, outcome: Outcome) -> None:
    """Write how a call ended, unless somebody else has taken it since, and what follows for its webhook."""
    now = timezone.now()
    over = outcome.went or taken.event_seq is None or taken.attempts > len(WAITS)
    state = Delivery.State.DELIVERED if outcome.went else Delivery.State.FAILED if over else Delivery.State.PENDING
    wait = timedelta() if over else WAITS[taken.attempts - 1]
    with transaction.atomic():
        row = Webhook.objects.select_for_update().filter(pk=taken.webhook_id).first()
        ours = Delivery.objects.filter(pk=taken.pk, state=Delivery.State.SENDING, tried_at=taken.tried_at)
        written = ours.update(
            state=state,
            next_at=now + wait,
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
        )
        if row and written and row.is_active:
            _judge(row, outcome, now)


def _judge(row: Webhook, outcome: Outcome, now: datetime) -> None:
    """Note whether the webhook works, and turn off one that nobody wants or that has failed for days."""
    if outcome.went:
        Webhook.objects.filter(pk=row.pk).exclude(failing_since=None).update(failing_since=None)
    elif outcome.status == GONE:
        webhooks.turn_off(row, "gone", by=_SERVER)
    elif row.failing_since is None:
        Webhook.objects.filter(pk=row.pk).update(failing_since=now)
    elif now - row.failing_since >= GIVES_UP:
        webhooks.turn_off(row, "failing", by=_SERVER)


# For the owner


def page(*, by: Person, webhook_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[DeliveryInfo]:
    """Return a page of what was and will be sent to a webhook of the caller's, newest first. Raises NotFound."""
    rows = Delivery.objects.filter(webhook=webhooks.of_owner(by, webhook_id)).order_by("-id")
    if after := values_of(cursor, UUID):
        rows = rows.filter(id__lt=after[0])
    return page_of(list(rows[: limit + 1]), limit, shown=_shown, after=lambda row: (row.id,))


def test(*, by: Person, webhook_id: UUID) -> DeliveryInfo:
    """Send an event that says nothing, once. Raises NotFound, and Conflict for a webhook that is off."""
    with transaction.atomic():
        hook = _turned_on(by, webhook_id)
        data: dict[str, Any] = {"id": None, "actor": None, "target": None, "facts": {}}
        body = {"type": TEST, "timestamp": timezone.now().isoformat(), "data": data}
        row = Delivery.objects.create(webhook=hook, kind=TEST, body=json.dumps(body))
        later(DELIVER)
    return _shown(row)


def retry(*, by: Person, webhook_id: UUID, delivery_id: UUID) -> DeliveryInfo:
    """Send it again now, and begin to count anew. Raises NotFound, and Conflict while it is being sent."""
    with transaction.atomic():
        rows = Delivery.objects.filter(webhook=_turned_on(by, webhook_id), pk=delivery_id)
        row = rows.select_for_update().first()
        if row is None:
            raise NotFound
        if row.state == Delivery.State.SENDING and row.next_at > timezone.now():
            raise Conflict("It is being sent at this moment.")
        row.state, row.attempts, row.next_at, row.error = Delivery.State.PENDING, 0, timezone.now(), ""
        row.save(update_fields=["state", "attempts", "next_at", "error"])
        later(DELIVER)
    return _shown(row)


def prune(older_than: timedelta) -> int:
    """Delete the deliveries that were made longer ago than that, whatever became of them."""
    return Delivery.objects.filter(created_at__lt=timezone.now() - older_than).delete()[0]


def _turned_on(by: Person, webhook_id: UUID) -> Webhook:
    hook = webhooks.of_owner(by, webhook_id, lock=True)
    if not hook.is_active:
        raise Conflict("The webhook is turned off; turn it on first.")
    return hook


def _shown(row: Any) -> DeliveryInfo:
    return DeliveryInfo(
        id=row.id,
        kind=row.kind,
        event_id=row.event_seq,
        state=row.state,
        attempts=row.attempts,
        status=row.status,
        error=row.error,
        milliseconds=row.milliseconds,
        created_at=row.created_at,
        tried_at=row.tried_at,
        next_at=row.next_at if row.state in webhooks.UNDONE else None,
    )
