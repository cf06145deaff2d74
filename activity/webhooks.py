"""Webhooks: addresses that are called for every event of some kinds that concerns their owner.

Calls are signed as https://www.standardwebhooks.com says. Who looks after webhooks is there in person, for they tell
an address of everything that happens; what an access key may do, it may do by reading the news itself.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypedDict
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity import calling, kinds
from activity.kinds import Kind, Topic
from activity.models import Delivery, Webhook
from activity.notices import Notice
from activity.person import Person
from activity.services import Target, Who, mail, record
from cloudbox import sealing
from cloudbox.errors import BadInput, Conflict, NotFound
from cloudbox.pages import Page, page_of, values_of

MOST = 20  # of one owner
BOTH_SIGN = timedelta(hours=24)  # that an old secret signs beside the new one
LONGEST_LABEL = 100  # characters
UNDONE = (Delivery.State.PENDING, Delivery.State.SENDING)
_LOCK = 0x3EB  # of the advisory locks by which owners' webhooks are counted

_WHY = {"why": "`gone` (it answered 410) or `failing` (nothing went for five days)"}
KINDS = (
    Kind("webhook_made", Topic.ACCOUNT, _("A webhook was made.")),
    Kind("webhook_changed", Topic.ACCOUNT, _("A webhook was changed."), {"changed": "what of it"}),
    Kind("webhook_deleted", Topic.ACCOUNT, _("A webhook was deleted.")),
    Kind("webhook_secret_rotated", Topic.ACCOUNT, _("A webhook has a new secret.")),
    Kind("webhook_turned_off", Topic.ACCOUNT, _("A webhook was turned off."), _WHY),
)
NOTICE = Notice(
    name="webhooks",
    topic=Topic.ACCOUNT,
    says=_("A webhook of yours is turned off"),
    kinds=("webhook_turned_off",),
    by_mail=True,
    own_mail=("webhook_turned_off",),
)


class Wish(TypedDict, total=False):
    """What may be said of a webhook."""

    url: str
    label: str
    kinds: Sequence[str]
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class WebhookInfo:
    """A webhook as its owner sees it. No `kinds`: it is called for all.

    `off_reason` is why the server turned it off (`gone`, `failing`, `staff`), if it did. Nothing has gone since
    `failing_since`, if that is not None. Until `rotates_until` two secrets sign.
    """

    id: UUID
    url: str
    label: str
    kinds: list[str]
    is_active: bool
    off_reason: str
    failing_since: datetime | None
    rotates_until: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NewWebhook:
    """A webhook that has just been made, with the secret that signs its calls."""

    info: WebhookInfo
    secret: str


def page(*, by: Person, cursor: str | None = None, limit: int = 50) -> Page[WebhookInfo]:
    """Return a page of the caller's webhooks, newest first. Raises BadInput for a bad cursor."""
    rows = Webhook.objects.filter(owner_id=by.must_be_in_person()).order_by("-id")
    if after := values_of(cursor, UUID):
        rows = rows.filter(id__lt=after[0])
    return page_of(list(rows[: limit + 1]), limit, shown=_shown, after=lambda row: (row.id,))


def get(*, by: Person, webhook_id: UUID) -> WebhookInfo:
    """Return one of the caller's webhooks. Raises NotFound."""
    return _shown(of_owner(by, webhook_id))


def make(*, by: Person, url: str, label: str = "", kinds: Sequence[str] = ()) -> NewWebhook:
    """Make a webhook; without `kinds` it is called for all. Raises BadInput, and Conflict for one too many."""
    owner_id, secret = by.must_be_in_person(), _new_secret()
    row = Webhook(owner_id=owner_id, secret_sealed=sealing.seal(secret))
    _fill(row, {"url": url, "label": label, "kinds": kinds})
    with transaction.atomic():
        _lock_count(owner_id)
        if Webhook.objects.filter(owner_id=owner_id).count() >= MOST:
            raise Conflict(f"You have {MOST} webhooks; delete some.", most=MOST)
        row.save(force_insert=True)
        _record("webhook_made", by.who, row)
    return NewWebhook(info=_shown(row), secret=secret)


def change(*, by: Person, webhook_id: UUID, wish: Wish) -> WebhookInfo:
    """Change what the wish names; one that is turned off gives up what waits for it. Raises NotFound, BadInput."""
    with transaction.atomic():
        row = of_owner(by, webhook_id, lock=True)
        if not wish:
            raise BadInput("body", "Name something to change.")
        _fill(row, wish)
        if wish.get("is_active") is True:
            row.off_reason, row.failing_since = "", None
        row.save()
        if not row.is_active:
            _give_up(row)
        _record("webhook_changed", by.who, row, changed=sorted(wish))
    return _shown(row)


def delete(*, by: Person, webhook_id: UUID) -> None:
    """Delete a webhook with all that waits for it."""
    with transaction.atomic():
        row = of_owner(by, webhook_id, lock=True)
        _record("webhook_deleted", by.who, row)
        row.delete()


def secret_of(*, by: Person, webhook_id: UUID) -> str:
    """Return the secret that signs, for whoever has lost it. Raises CannotOpen."""
    return sealing.opened(of_owner(by, webhook_id).secret_sealed)


def rotate_secret(*, by: Person, webhook_id: UUID) -> NewWebhook:
    """Give the webhook a new secret; for a day the one before signs, too."""
    secret = _new_secret()
    with transaction.atomic():
        row = of_owner(by, webhook_id, lock=True)
        row.previous_sealed, row.previous_until = row.secret_sealed, timezone.now() + BOTH_SIGN
        row.secret_sealed = sealing.seal(secret)
        row.save(update_fields=["secret_sealed", "previous_sealed", "previous_until"])
        _record("webhook_secret_rotated", by.who, row)
    return NewWebhook(info=_shown(row), secret=secret)


def turn_off_for(*, by: Person, webhook_id: UUID) -> None:
    """Turn somebody's webhook off, as one of the staff. Raises NotAuthenticated, AccessDenied, NotFound."""
    by.must_be_staff("support", "operator")
    with transaction.atomic():
        row = Webhook.objects.select_for_update().filter(pk=webhook_id, is_active=True).first()
        if row is None:
            raise NotFound
        turn_off(row, "staff", by=by.who)


def turn_off(row: Webhook, why: str, *, by: Who) -> None:
    """Turn a locked webhook off and tell its owner, in the caller's transaction."""
    row.is_active, row.off_reason = False, why
    row.save(update_fields=["is_active", "off_reason"])
    _give_up(row)
    _record("webhook_turned_off", by, row, why=why)
    owner: Any = row.owner
    if owner.email:
        context = {"username": owner.username, "name": _name(row), "why": why}
        news = "webhook_turned_off"
        mail(to=owner.email, kind=news, context=context, user_id=row.owner_id, news=news)


def signing_secrets(row: Webhook) -> list[str]:
    """Return the secrets that sign now, the newest first. Raises CannotOpen."""
    sealed = [row.secret_sealed]
    if row.previous_until and row.previous_until > timezone.now():
        sealed.append(row.previous_sealed)
    return [sealing.opened(secret) for secret in sealed]


def reseal() -> sealing.Resealed:
    """Seal all secrets anew, for `manage.py rotate_keys`."""
    columns = ("secret_sealed", "previous_sealed")
    parts = [sealing.reseal_each(Webhook.objects.all(), name="id", sealed=column) for column in columns]
    return sealing.Resealed(sum(part.count for part in parts), [name for part in parts for name in part.unopened])


def of_owner(by: Person, webhook_id: UUID, *, lock: bool = False) -> Webhook:
    """Return a row of the caller's. Raises NotFound."""
    rows = Webhook.objects.filter(owner_id=by.must_be_in_person(), pk=webhook_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise NotFound
    return row


def _fill(row: Webhook, wish: Wish) -> None:
    """Give the row what the wish names. Raises BadInput."""
    if "url" in wish:
        row.url = calling.check(wish["url"].strip())
    if "label" in wish:
        row.label = wish["label"].strip()
        if len(row.label) > LONGEST_LABEL or not row.label.isprintable():
            raise BadInput("label", f"At most {LONGEST_LABEL} characters, in one line.")
    if "kinds" in wish:
        row.kinds = [kind.name for kind in kinds.known() if kind.called_out and kind.name in wish["kinds"]]
        if unknown := set(wish["kinds"]) - set(row.kinds):
            raise BadInput("kinds", f"There is no kind {min(unknown)}.")
    if "is_active" in wish:
        row.is_active = wish["is_active"]


def _give_up(row: Webhook) -> None:
    """End what waits for a webhook that is turned off."""
    waiting = Delivery.objects.filter(webhook=row, state__in=UNDONE)
    waiting.update(state=Delivery.State.FAILED, error="turned_off")


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _lock_count(owner_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(owner_id)])


def _record(verb: str, by: Who, row: Webhook, **facts: Any) -> None:
    record(verb, by=by, target=Target("webhook", row.id, _name(row)), owner_id=row.owner_id, **facts)


def _name(row: Webhook) -> str:
    """Return what to call it; of its address the host, for the rest may be a secret."""
    return row.label or urlsplit(row.url).hostname or ""


def _shown(row: Webhook) -> WebhookInfo:
    rotates = row.previous_until if row.previous_until and row.previous_until > timezone.now() else None
    return WebhookInfo(
        id=row.id,
        url=row.url,
        label=row.label,
        kinds=list(row.kinds),
        is_active=row.is_active,
        off_reason=row.off_reason,
        failing_since=row.failing_since,
        rotates_until=rotates,
        created_at=row.created_at,
    )
