"""Whose a mail address is: an account's only once somebody there has followed a link.

An account works without that. What others entrust to an address waits for it, see `services.people`.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import limiter, tickets
from accounts.folding import folded
from accounts.models import Ticket, User
from accounts.refusals import EmailTaken
from accounts.tickets import Purpose
from activity.services import mail
from cloudbox.errors import TooManyRequests


def welcome(user: User) -> None:
    """Greet a new user by mail, in the caller's transaction; an address that nobody vouches for gets a link."""
    if not user.email:
        return
    context = {"username": user.username}
    if user.email_verified_at is None:
        context["link"] = tickets.make(user.id, Purpose.VERIFY_EMAIL, email=user.email)
    mail(to=user.email, kind="welcome", context=context)


def ask(user: User, email: str, *, address: str) -> None:
    """Mail a link that confirms the address as the user's, in the caller's transaction; `address` is who asks.

    If it is somebody else's, they are told instead, and the caller learns nothing. Raises TooManyRequests.
    """
    if tickets.are_enough(user.id, Purpose.VERIFY_EMAIL):
        raise TooManyRequests("Many links were mailed already. Wait an hour.", retry_after=3600)
    limiter.letter(to=email, address=address)
    link = tickets.make(user.id, Purpose.VERIFY_EMAIL, email=email)
    holder = User.objects.filter(email_key=folded(email)).exclude(id=user.id).first()
    if holder is None:
        mail(to=email, kind="verify_email", context={"username": user.username, "link": link})
    elif holder.email:
        mail(to=holder.email, kind="address_taken", context={"username": holder.username})


def tell_old(user: User, kind: str, *, new: str | None) -> None:
    """Tell the user's present address that it is to become (`email_changing`) or has become another."""
    if user.email:
        mail(to=user.email, kind=kind, context={"username": user.username, "new": new})


def confirm(ticket: Ticket) -> tuple[User, bool]:
    """Make the ticket's address the user's, and known as theirs, in the caller's transaction.

    Return the user as they are now, and whether the address is another one. Raises LinkRefused, EmailTaken.
    """
    tickets.use(ticket)
    user = User.objects.select_for_update(no_key=True).get(id=ticket.user_id)
    is_new = folded(ticket.email) != user.email_key
    if is_new:
        tell_old(user, "email_changed", new=ticket.email)
        tickets.end(user.id, Purpose.RESET_PASSWORD)  # which went to the old address
        _move(user, ticket.email)
    _verify(user, timezone.now())
    return user, is_new


def is_proven_by(ticket: Ticket) -> bool:
    """Return whether following this ticket's link shows that the user's address is theirs."""
    return bool(ticket.email) and folded(ticket.email) == ticket.user.email_key


def _move(user: User, email: str) -> None:
    """Give the user the address; a username that was the old one follows."""
    if user.username_key == user.email_key:
        user.username = email
    user.email = email
    try:
        with transaction.atomic():
            user.save(update_fields=["username", "username_key", "email", "email_key"])
    except IntegrityError:
        raise EmailTaken from None


def _verify(user: User, at: datetime) -> None:
    user.email_verified_at = at
    user.save(update_fields=["email_verified_at"])
