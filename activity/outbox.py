"""The outbox of all mail: written in the transaction of what the mail tells, sent by a task, repeated until it went.

At least once: a worker that dies between the server's yes and the row's `sent` sends again, under the same
Message-ID, so that a mail program can show it once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import override

from activity import attachments
from activity.models import Mail
from activity.preferences import mailed
from activity.sending import Failure, Letter, send, written
from cloudbox.errors import BadInput, NotFound
from cloudbox.later import later

SEND = "activity.send_mail"
LEASE = timedelta(minutes=5)  # a worker or a task that has not reported by then is taken for lost
MOST_ATTEMPTS = 10  # over about seventeen hours
PREFERENCES = "/account/notifications"  # the page where people choose of what they get mails
log = structlog.get_logger(__name__)

UNSENT = (Mail.State.PENDING, Mail.State.SENDING)


def mail(
    *,
    to: str,
    kind: str,
    context: Mapping[str, Any],
    dedupe: str | None = None,
    user_id: UUID | None = None,
    news: str = "",
    attachment: str = "",
) -> None:
    """Put a mail into the outbox, in the caller's transaction.

    The templates of `kind` are rendered now, with `context`, `site_url` and `to`. A second mail of the same
    `dedupe` is dropped, and so is one about a kind of `news` of which the user `user_id` wants no mail. Raises BadInput
    for an address that is none. What is attached, `<kind>:<key>`, is made when it is sent (activity.attachments).
    """
    _check_address(to)
    if news and user_id:
        if not mailed(user_id, news):
            return
        context = {**context, "preferences": f"{settings.CLOUDBOX_URL}{PREFERENCES}"}
    letter = written(kind, dict(context), to=to)
    said = {"subject": letter.subject, "text": letter.text, "html": letter.html, "attachment": attachment}
    values = {"to": to, "kind": kind, **said, "next_at": timezone.now() + LEASE}
    if dedupe is None:
        row, is_new = Mail.objects.create(**values), True
    else:
        row, is_new = Mail.objects.get_or_create(dedupe=dedupe, defaults=values)
    if is_new:
        later(SEND, row.pk)


@dataclass(frozen=True, kw_only=True)
class Posted:
    """What became of a mail."""

    state: str
    sent_at: datetime | None
    error: str


def posted(keys: Collection[str]) -> dict[str, Posted]:
    """Return what became of the mails that were put into the outbox under these `dedupe` keys, in one query."""
    rows = Mail.objects.filter(dedupe__in=keys).values_list("dedupe", "state", "sent_at", "error")
    return {str(key): Posted(state=state, sent_at=sent_at, error=error) for key, state, sent_at, error in rows}


def deliver(mail_id: int) -> None:
    """Send one mail, unless somebody else is at it or it is gone."""
    now = timezone.now()
    free = Q(state=Mail.State.PENDING) | Q(state=Mail.State.SENDING, next_at__lt=now)
    taken = Mail.objects.filter(free, pk=mail_id)
    if not taken.update(state=Mail.State.SENDING, attempts=F("attempts") + 1, next_at=now + LEASE):
        return
    row = Mail.objects.get(pk=mail_id)
    ours = Mail.objects.filter(pk=mail_id, state=Mail.State.SENDING, attempts=row.attempts)
    letter = Letter(row.subject, row.text, row.html, _attachment(row))
    failure = send(letter, to=row.to, name=f"mail-{row.pk}")
    if failure is None:
        # What it said may have a link that lets its reader in, and nobody needs it any more.
        ours.update(state=Mail.State.SENT, sent_at=timezone.now(), error="", text="", html="")
        return
    attempt = (row.attempts - 1) % MOST_ATTEMPTS + 1  # staff may have asked for another round
    over = failure.permanent or attempt == MOST_ATTEMPTS
    ours.update(
        state=Mail.State.FAILED if over else Mail.State.PENDING,
        next_at=timezone.now() + timedelta(minutes=2**attempt),
        error=failure.reason,
    )


def _attachment(row: Mail) -> attachments.Attachment | None:
    """Return what goes with a mail. One that cannot be made is left out: it must not keep the mail from going."""
    try:
        with override(settings.LANGUAGE_CODE):
            return attachments.made(row.attachment)
    except Exception:  # of whatever app makes it; the mail goes without
        log.exception("attachment_not_made", mail_id=row.pk, attachment=row.attachment)
        return None


def sweep() -> int:
    """Queue every mail that is due: those to be tried again, and those whose task or worker was lost."""
    now = timezone.now()
    with transaction.atomic():
        due = Mail.objects.filter(state__in=UNSENT, next_at__lt=now).select_for_update(skip_locked=True)
        ids = list(due.order_by("next_at").values_list("pk", flat=True)[:500])
        Mail.objects.filter(pk__in=ids).update(state=Mail.State.PENDING, next_at=now + LEASE)
        for mail_id in ids:
            later(SEND, mail_id)
    return len(ids)


def send_again(mail_id: int) -> None:
    """Give a failed mail another round of attempts. Raises NotFound when there is no failed one of that id."""
    failed = Mail.objects.filter(pk=mail_id, state=Mail.State.FAILED)
    if not failed.update(state=Mail.State.PENDING, next_at=timezone.now() + LEASE, error=""):
        raise NotFound("There is no failed mail of that id.")
    later(SEND, mail_id)


def prune(older_than: timedelta) -> int:
    """Delete the mails that went out, or were given up, longer ago than that."""
    old = Mail.objects.filter(created_at__lt=timezone.now() - older_than).exclude(state__in=UNSENT)
    return old.delete()[0]


def send_test(to: str) -> Failure | None:
    """Send a mail that says that mail works, at once and past the outbox; return why it did not go.

    Raises BadInput for an address that is none.
    """
    _check_address(to)
    return send(written("test_mail", {}, to=to), to=to, name=f"test-{uuid4().hex}")


def _check_address(to: str) -> None:
    try:
        validate_email(to)
    except ValidationError as error:
        raise BadInput("to", "Not a mail address.") from error
