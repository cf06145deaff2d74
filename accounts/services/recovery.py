"""The way back to an account whose password is lost, and whose address is whose."""

from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import addresses, limiter, passwords, rules, sessions, tickets
from accounts.callers import Caller
from accounts.folding import folded
from accounts.models import StaffRole, User
from accounts.services import keys
from accounts.staff import locked
from accounts.tickets import Purpose
from activity.services import Target, Who, mail, record
from cloudbox.errors import BadInput, Conflict
from cloudbox.http import release_connection
from cloudbox.later import later

SEND_RESET = "accounts.send_reset"


def request_reset(*, by: Caller, email: str) -> None:
    """Have a link mailed to the address, if it is that of an account which may sign in.

    Whether it is, is looked up by a task: nobody learns it from the answer or from how long it took.
    Raises BadInput for what is no address, and TooManyRequests.
    """
    email = rules.clean_fields({"email": email})["email"]
    if not email:
        raise BadInput("email", "Give the e-mail address of the account.")
    limiter.attempt(account=f"reset {folded(email)}", address=by.address, to="get a link")
    later(SEND_RESET, email, by.address, by.agent)


def send_reset(*, email: str, address: str, agent: str) -> None:
    """Mail the link that `request_reset` was asked for from `address`; a few in an hour for one account."""
    with transaction.atomic():
        user = User.objects.filter(email_key=folded(email), is_active=True, suspended_at=None).first()
        if user is None or user.email is None or tickets.are_enough(user.id, Purpose.RESET_PASSWORD):
            return
        link = tickets.make(user.id, Purpose.RESET_PASSWORD, email=user.email)
        mail(to=user.email, kind="reset_password", context={"username": user.username, "link": link})
        asked_by = Who(id=None, label="", address=address, agent=agent)
        record("password_reset_requested", by=asked_by, target=_target(user), owner_id=user.id)


def may_reset(secret: str) -> None:
    """Raise LinkRefused unless the secret of a link still counts. Nothing is used up."""
    tickets.shown(secret, Purpose.RESET_PASSWORD)


def reset_password(*, by: Caller, secret: str, password: str) -> None:
    """Set the password of the user who got the link; whatever was signed in to the account ends.

    Sessions, tokens, browsers, access keys and open links are worth nothing from then on. Two-factor stays.
    Raises LinkRefused, and BadInput for a password that cannot be, after which the link still counts.
    """
    ticket = tickets.shown(secret, Purpose.RESET_PASSWORD)
    user = ticket.user
    passwords.check(password, user)
    release_connection()  # hashing takes long
    hashed = make_password(password)
    with transaction.atomic():
        tickets.use(ticket)
        User.objects.filter(id=user.id).update(password=hashed, token_version=F("token_version") + 1)
        if addresses.is_proven_by(ticket):
            _take_possession(user)
        sessions.end_all(user.id)
        keys.revoke_all(by=_as(user, by), user_id=user.id)
        tickets.end(user.id, *Purpose)
        record("password_reset", by=_as(user, by), target=_target(user), owner_id=user.id)
        if user.email:
            mail(to=user.email, kind="password_changed", context={"username": user.username, "everything": True})
    limiter.forgive(account=str(user.id), address=by.address)  # many guess before they ask for a link


def verify_email(*, by: Caller, secret: str) -> str:
    """Make the address that the link went to the user's own, and return it.

    Nobody has to be signed in. Raises LinkRefused, and EmailTaken when somebody was faster.
    """
    ticket = tickets.shown(secret, Purpose.VERIFY_EMAIL)
    with transaction.atomic():
        user, is_new = addresses.confirm(ticket)
        verb = "email_changed" if is_new else "email_verified"
        record(verb, by=_as(user, by), target=_target(user), owner_id=user.id)
    return ticket.email


def send_verification(*, by: Caller) -> str:
    """Mail the link that confirms the caller's address again, or that of the one it is to become; return which.

    Raises NotAuthenticated, KeyNotEnough, TooManyRequests, and Conflict when there is nothing to confirm.
    """
    user_id = by.must_be_in_person()
    with transaction.atomic():
        user = User.objects.get(id=user_id)
        email = tickets.pending_email(user) or (None if user.email_verified_at else user.email)
        if email is None:
            raise Conflict("There is no address that waits to be confirmed.")
        addresses.ask(user, email, address=by.address)
    return email


def make_link(*, by: Caller, user_id: UUID) -> str:
    """Return a link with which the user chooses a new password, for the staff to hand over. It is shown only here.

    For one of the staff only a superuser makes it, and nobody for themselves, whose password would not be asked.
    Raises NotAuthenticated, AccessDenied, NotFound, and Conflict for an account that may not sign in.
    """
    by.must_be_staff(StaffRole.SUPPORT)
    by.must_be_in_person()
    if user_id == by.user_id:
        raise Conflict("Change your own password with the present one.")
    with transaction.atomic():
        user = locked(by, user_id)
        if not user.may_sign_in:
            raise Conflict("The account is suspended or closed.")
        link = tickets.make(user.id, Purpose.RESET_PASSWORD)
        record("recovery_link_made", by=by.who, target=_target(user), owner_id=user.id)
    return link


def forget() -> int:
    """Delete the links that expired long enough ago. Return how many."""
    return tickets.forget()


def _take_possession(user: User) -> None:
    """Know the address as the user's, and unlink what was linked before: by a stranger, perhaps, who registered it."""
    known_at = user.email_verified_at or timezone.now()
    User.objects.filter(id=user.id).update(email_verified_at=known_at)
    user.social_auth.filter(created__lt=known_at).delete()


def _as(user: User, by: Caller) -> Who:
    return Who(id=user.id, label=user.username, address=by.address, agent=by.agent)


def _target(user: User) -> Target:
    return Target("user", user.id, user.username)
