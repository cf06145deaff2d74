"""Who of the staff may do something to whom. Nobody below a superuser acts on the staff, and one superuser is left."""

from uuid import UUID

from django.conf import settings

from accounts import two_factor
from accounts.callers import Caller
from accounts.models import StaffRole, User
from cloudbox.errors import AccessDenied, Conflict, NotFound


def must_outrank(by: Caller, user: User) -> None:
    """Raise AccessDenied unless the user is none of the staff, or the caller a superuser."""
    if user.is_staff and by.staff_role != StaffRole.SUPERUSER:
        raise AccessDenied("Only a superuser may do this to somebody of the staff.")


def keep_a_superuser(by: Caller, user_id: UUID) -> None:
    """Lock the superusers, before one of them ceases to be one or is locked out.

    Two who dismiss each other at the same moment come here one after the other, and the later is no superuser any
    more. Raises AccessDenied and Conflict. In the caller's transaction.
    """
    living = User.objects.filter(staff_role=StaffRole.SUPERUSER, is_active=True, suspended_at=None)
    ids = set(living.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))
    if by.user_id is not None and by.user_id not in ids:
        raise AccessDenied("Only a superuser of the staff may do this.")
    if ids == {user_id}:
        raise Conflict("This is the last superuser.")


def locked(by: Caller, user_id: UUID) -> User:
    """Return the user, whom nobody appoints, dismisses or suspends before this transaction has ended.

    Raises NotFound, and AccessDenied as `must_outrank`.
    """
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise NotFound("There is no such account.")
    must_outrank(by, user)
    return user


def role_of(user: User) -> str:
    """Return the role that the user may act in now: none, where the staff need two-factor and this one has none."""
    if user.is_staff and settings.STAFF_NEED_TWO_FACTOR and not two_factor.is_on(user.id):
        return ""
    return str(user.staff_role)
