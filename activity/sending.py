"""One mail to the server, and what a failure means: to be tried again, or never to be taken."""

import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.utils.translation import override

from activity.attachments import Attachment
from cloudbox.http import release_connection

LONGEST_REASON = 255  # characters
FAILURES = (  # smtplib's errors and those of HTTP are OSErrors, a header that cannot be is a ValueError
    *(OSError, ValueError),
    AnymailError,
)
PERMANENT_STATUSES = {400, 413, 422}  # what a provider says of this mail; 401 and 403 speak of the key
LIKE_A_SECRET = re.compile(r"[A-Za-z0-9_~+=-]{32,}")


@dataclass(frozen=True)
class Letter:
    """What a mail says, as text and as HTML (which may be empty), and what goes with it."""

    subject: str
    text: str
    html: str
    attachment: Attachment | None = None


@dataclass(frozen=True)
class Failure:
    """Why a mail did not go, in words without secrets. `permanent`: it would not go the next time either."""

    reason: str
    permanent: bool


def written(kind: str, context: dict[str, Any], *, to: str) -> Letter:
    """Render `templates/emails/<kind>.subject.txt`, `.txt` and `.html` with `context`, `site_url` and `to`.

    They are in English, with its numbers and months, whatever language whoever causes them reads.
    """
    context = {**context, "site_url": settings.CLOUDBOX_URL, "to": to}
    with override(settings.LANGUAGE_CODE):
        # Names chosen by users stand in subjects: a line break there would begin a header of their own.
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", context).split())[:255]
        text = render_to_string(f"emails/{kind}.txt", context).strip() + "\n"
        return Letter(subject, text, render_to_string(f"emails/{kind}.html", context))


def send(letter: Letter, *, to: str, name: str) -> Failure | None:
    """Send a mail now; return why it did not go, None when the server took it. `name` makes its Message-ID."""
    host = urlsplit(settings.CLOUDBOX_URL).hostname
    headers = {"Message-ID": f"<{name}@{host}>", "Auto-Submitted": "auto-generated"}  # RFC 3834 section 5
    release_connection()  # a mail server may take its time
    message = EmailMultiAlternatives(letter.subject, letter.text, to=[to], headers=headers)
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    if letter.attachment:
        message.attach(letter.attachment.name, letter.attachment.content, letter.attachment.type)
    server = get_connection()
    try:
        server.send_messages([message])
    except FAILURES as error:
        return Failure(_reason(error), _is_permanent(error))
    finally:
        with suppress(OSError):  # which would be about the end of the talk, not about the mail
            server.close()
    return None


def _is_permanent(error: Exception) -> bool:
    """Say whether the server spoke of this mail or its recipient, and for good (RFC 5321 section 4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(_is_final(code) for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPDataError):
        return _is_final(error.smtp_code)
    if isinstance(error, AnymailAPIError):
        return error.status_code in PERMANENT_STATUSES
    if isinstance(error, AnymailRecipientsRefused | AnymailInvalidAddress):
        return True
    return isinstance(error, ValueError) and not isinstance(error, OSError)


def _is_final(code: int) -> bool:
    return 500 <= code < 600  # noqa: PLR2004 - the replies of SMTP that are for good


def _reason(error: Exception) -> str:
    """Return what went wrong, with nothing in it that could be a password, a key or a link."""
    said = f"{type(error).__name__}: {_said(error)}".replace("\0", "")
    for secret in settings.CLOUDBOX_MAILING.secrets:
        said = said.replace(secret, "…")
    return LIKE_A_SECRET.sub("…", " ".join(said.split()))[:LONGEST_REASON]


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(answer)}" for code, answer in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, AnymailAPIError) and error.status_code:
        return f"{error.esp_name or 'The provider'} answered {error.status_code} {_body(error.response)}"
    return str(error)


def _text(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)


def _body(response: Any) -> str:
    return str(getattr(response, "text", ""))[:LONGEST_REASON]
