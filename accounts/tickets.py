"""Links that let somebody in once: a random secret, of which only the hash is kept.

A ticket is good for one purpose, until it is used, ended or expired. Making one ends the older ones of its purpose.
"""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.folding import folded
from accounts.models import Ticket, User
from accounts.refusals import LinkRefused

Purpose = Ticket.Purpose
LIFETIMES = {Purpose.RESET_PASSWORD: timedelta(hours=1), Purpose.VERIFY_EMAIL: timedelta(days=3)}
PATHS = {Purpose.RESET_PASSWORD: "password/reset", Purpose.VERIFY_EMAIL: "email/verify"}
MOST_IN_AN_HOUR = 5  # of one purpose for one user: a mailbox is not to be flooded by strangers
LONGEST = 100  # characters of what may be a secret
KEPT = timedelta(days=7)  # after the end


def make(user_id: UUID, purpose: Ticket.Purpose, *, email: str = "") -> str:
    """Make a ticket for the user in the caller's transaction, and return the address that uses it.

    `email` is the mail address that the link goes to; empty for one that goes another way. Only here does the
    secret exist.
    """
    User.objects.select_for_update(no_key=True).get(id=user_id)  # of two at once the later ends the earlier
    end(user_id, purpose)
    secret = secrets.token_urlsafe(32)
    expires_at = timezone.now() + LIFETIMES[purpose]
    Ticket.objects.create(
        user_id=user_id, purpose=purpose, email=email, secret_hash=_hashed(secret), expires_at=expires_at
    )
    return f"{settings.CLOUDBOX_URL}/{PATHS[purpose]}/{secret}"


def are_enough(user_id: UUID, purpose: Ticket.Purpose) -> bool:
    """Return whether so many were made for the user in the last hour that another must wait."""
    lately = Ticket.objects.filter(user_id=user_id, purpose=purpose, created_at__gt=timezone.now() - timedelta(hours=1))
    return lately.count() >= MOST_IN_AN_HOUR


def shown(secret: str, purpose: Ticket.Purpose) -> Ticket:
    """Return the ticket of a secret, with its user, without using it. Raises LinkRefused when it does not count."""
    found = _good().filter(purpose=purpose).select_related("user")
    ticket = found.filter(secret_hash=_hashed(secret)).first() if len(secret) <= LONGEST else None
    if ticket is None or not ticket.user.may_sign_in:
        raise LinkRefused
    return ticket


def use(ticket: Ticket) -> None:
    """Use it, in the caller's transaction. Of parallel uses one wins, the others raise LinkRefused."""
    if not _good().filter(id=ticket.id).update(used_at=timezone.now()):
        raise LinkRefused


def end(user_id: UUID, *purposes: Ticket.Purpose) -> None:
    """End the user's open tickets of these purposes."""
    Ticket.objects.filter(user_id=user_id, purpose__in=purposes, used_at=None).update(used_at=timezone.now())


def pending_email(user: User) -> str | None:
    """Return the address that is to become the user's once it is confirmed."""
    asked = _good().filter(user_id=user.id, purpose=Purpose.VERIFY_EMAIL).values_list("email", flat=True).first()
    return asked if asked and folded(asked) != user.email_key else None


def forget() -> int:
    """Delete the tickets that expired long enough ago. Return how many."""
    return Ticket.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()[0]


def _good() -> QuerySet[Ticket]:
    return Ticket.objects.filter(used_at=None, expires_at__gt=timezone.now())


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
