"""Whoever began long work, as they are when it is done: in the teams of then, and with no more rights."""

from uuid import UUID

from django.db import connection
from django.db.models.functions import Now

from accounts import keys
from accounts.bearers import GROUPS, Person
from accounts.callers import Caller
from accounts.models import Session, User
from accounts.refusals import TokenRefused

_IN_PERSON = f"""
SELECT u.id AS user_id, u.username, '' AS staff_role, {GROUPS} AS groups,
       NULL::text AS key_id, NULL::text[] AS scopes, NULL::uuid AS folder_id, false AS is_stale
FROM accounts_user u WHERE u.id = %(user)s AND u.is_active AND u.suspended_at IS NULL
"""  # noqa: S608  made of constants


def as_now(user_id: UUID | None, *, key_id: str | None, agent: str) -> Caller:
    """Return the user as a service sees them, limited to the access key if the work was begun with one.

    Raises TokenRefused when the account is closed or suspended, or the key does not count any more.
    """
    with connection.cursor() as cursor:
        cursor.execute(keys.OF_USER if key_id else _IN_PERSON, {"user": user_id, "key": key_id})
        row = cursor.fetchone()
    if row is None:
        raise TokenRefused
    person = Person(*row)
    return Caller(
        user_id=person.user_id,
        username=person.username,
        groups=tuple(person.groups),
        agent=agent,
        limits=person.limits,
    )


def still_counts(caller: Caller) -> bool:
    """Say whether the session or the access key that has let a caller in still does, as for as long as one listens."""
    if caller.limits is None and caller.session_id and not _lives(caller.session_id):
        return False
    try:
        as_now(caller.user_id, key_id=caller.limits.key_id if caller.limits else None, agent=caller.agent)
    except TokenRefused:
        return False
    return True


def _lives(session_id: UUID) -> bool:
    return Session.objects.filter(id=session_id, revoked_at=None, expires_at__gt=Now()).exists()


def generation_of(user_id: UUID) -> int | None:
    """Return the number that grows when all that somebody has let in is ended: by another password, or a recovery.

    What outlasts a session carries it. None when the account is gone.
    """
    return User.objects.filter(id=user_id).values_list("token_version", flat=True).first()
