"""Who belongs to the staff, and what they do to how others sign in."""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import sessions, tickets, two_factor
from accounts.callers import Caller
from accounts.models import Session, StaffRole, User
from accounts.staff import keep_a_superuser, locked
from accounts.tickets import Purpose
from activity.services import Target, mail, record
from cloudbox.duties import SUPERUSER, SUPPORT
from cloudbox.errors import BadInput, Conflict, NotFound


def appoint(*, by: Caller, user_id: UUID, role: str) -> None:
    """Make somebody one of the staff, or give them another role there. Raises BadInput, Conflict, NotFound."""
    if role not in StaffRole.values:
        raise BadInput("role", f"One of {', '.join(StaffRole.values)}.")
    _set_role(by, user_id, role)


def dismiss(*, by: Caller, user_id: UUID) -> None:
    """Take somebody out of the staff; their account stays. Raises Conflict, NotFound."""
    _set_role(by, user_id, "")


def reset_two_factor(*, by: Caller, user_id: UUID) -> None:
    """Take two-factor off somebody who has lost the phone and the recovery codes, and end all their sessions.

    They are told by mail. Raises Conflict for somebody who has none, or for the caller; NotFound.
    """
    by.must_be_staff(SUPPORT)
    if user_id == by.user_id:
        raise Conflict("Somebody else of the staff must do this to you.")
    with transaction.atomic():
        user = locked(by, user_id)
        if not two_factor.turn_off(user.id):
            raise Conflict("This account has no two-factor.")
        User.objects.filter(id=user.id).update(token_version=F("token_version") + 1)
        sessions.end_all(user.id)
        record("two_factor_reset", by=by.who, target=_target(user), owner_id=user.id)
        if user.email:
            mail(to=user.email, kind="two_factor_reset", context={"username": user.username})


def end_session(*, by: Caller, session_id: UUID) -> None:
    """End somebody's session. Raises NotFound, and Conflict for one that is over."""
    by.must_be_staff(SUPPORT)
    session = Session.objects.filter(id=session_id).first()
    if session is None:
        raise NotFound
    with transaction.atomic():
        user = locked(by, session.user_id)
        if not sessions.end(user.id, session_id):
            raise Conflict("It is over already.")
        record("session_ended", by=by.who, target=Target("session", session_id, user.username), owner_id=user.id)


def _set_role(by: Caller, user_id: UUID, role: str) -> None:
    by.must_be_staff(SUPERUSER)
    if user_id == by.user_id:
        raise Conflict("Somebody else of the staff must do this to you.")
    with transaction.atomic():
        keep_a_superuser(by, user_id)
        user = locked(by, user_id)
        if user.staff_role == role:
            return
        old, user.staff_role = user.staff_role, role
        user.is_staff, user.is_superuser = bool(role), role == SUPERUSER
        user.save(update_fields=["staff_role", "is_staff", "is_superuser"])
        tickets.end(user.id, Purpose.RESET_PASSWORD)  # support may hold one that it could not make from now on
        verb = "staff_appointed" if role else "staff_dismissed"
        record(verb, by=by.who, target=_target(user), owner_id=user.id, role=role, old=old)


def _target(user: User) -> Target:
    return Target("user", user.id, user.username)
