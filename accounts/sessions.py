"""Sign-ins that last: who is signed in, and which refresh token of theirs still counts."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import two_factor
from accounts.bearers import GROUPS, Bearer, Person
from accounts.callers import Caller
from accounts.models import Session, User
from accounts.refusals import SignInAgain, TokenRefused
from accounts.tokens import REFRESH_LIFETIME, Claims, TokenPair, issue
from cloudbox.ids import new_id

FRESH = timedelta(minutes=5)

# Who holds a token, if its session and user are still in order.
WHO = f"""
SELECT u.id AS user_id, u.username, {two_factor.ROLE} AS staff_role, {GROUPS} AS groups,
       NULL::text AS key_id, NULL::text[] AS scopes, NULL::uuid AS folder_id, false AS is_stale
FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = %(session)s AND u.id = %(user)s AND u.token_version = %(version)s AND s.revoked_at IS NULL
  AND s.expires_at > statement_timestamp() AND u.is_active AND u.suspended_at IS NULL
"""  # noqa: S608  made of constants


@dataclass
class SessionBearer(Bearer):
    """Somebody with an access token that we have signed."""

    claims: Claims
    WHO: ClassVar[str] = WHO

    @property
    def user_id(self) -> UUID:
        return self.claims.user_id

    @property
    def values(self) -> dict[str, Any]:
        return {
            "session": self.claims.session_id,
            "user": self.claims.user_id,
            "version": self.claims.version,
            "strict": settings.STAFF_NEED_TWO_FACTOR,
        }

    def caller(self, person: Person) -> Caller:
        return self.caller_like(person, self.claims.session_id)


def begin(user: User, *, address: str, agent: str) -> tuple[Session, TokenPair]:
    """Sign the user in: a new session and its first pair of tokens.

    `user` is as they were when they showed who they are, which may be seconds ago. Raises SignInAgain if another
    password, a second factor or a suspension came in between: that ends what it finds, and would not find this.
    """
    with transaction.atomic():
        unchanged = User.objects.select_for_update(no_key=True).filter(id=user.id, token_version=user.token_version)
        if unchanged.filter(is_active=True, suspended_at=None).values_list("id").first() is None:
            raise SignInAgain
        session = Session.objects.create(
            user=user,
            expires_at=timezone.now() + REFRESH_LIFETIME,
            address=address[:45],
            agent=agent[:255],
        )
    return session, _pair(user, session)


def is_by_a_new_program(user_id: UUID, agent: str) -> bool:
    """Say whether the user has had sessions, but none of late by a program that calls itself so, in any version."""
    others = Session.objects.filter(user_id=user_id).order_by("-created_at").values_list("agent", flat=True)[:200]
    known = {_without_numbers(other) for other in others}
    return bool(known) and _without_numbers(agent[:255]) not in known


def _without_numbers(agent: str) -> str:
    return re.sub("[0-9.]+", "", agent)


def must_live(by: Caller) -> None:
    """Raise TokenRefused if the session that the caller asks with has ended since they were let in.

    In the transaction of what would outlast it (a key, another way in). It holds the account: whoever ends everything
    at this moment has done so before, or finds what is made now.
    """
    user_id = by.must_be_signed_in()
    User.objects.select_for_update(no_key=True).filter(id=user_id).values_list("id").first()
    living = Session.objects.filter(user_id=user_id, revoked_at=None)
    if by.session_id and not living.filter(id=by.session_id).exists():
        raise TokenRefused


def rotate(claims: Claims) -> tuple[User, TokenPair] | None:
    """Exchange a refresh token for the next pair, or return None if it does not count.

    One UPDATE of the session's own row decides, so of parallel tries exactly one wins.
    """
    now, refresh_id = timezone.now(), new_id()
    good = Session.objects.filter(
        id=claims.session_id, user_id=claims.user_id, refresh_id=claims.id, revoked_at=None, expires_at__gt=now
    )
    with transaction.atomic():
        if not good.update(refresh_id=refresh_id, refreshed_at=now, expires_at=now + REFRESH_LIFETIME):
            return None
        session = Session.objects.select_related("user").get(id=claims.session_id)
        user = session.user
        if user.may_sign_in and user.token_version == claims.version:
            return user, _pair(user, session)
    return None


def renew(user: User, session_id: UUID) -> TokenPair | None:
    """Give a living session a new pair, in place of all its earlier ones."""
    refresh_id = new_id()
    living = Session.objects.filter(id=session_id, user=user, revoked_at=None)
    if not living.update(refresh_id=refresh_id, refreshed_at=timezone.now()):
        return None
    return _pair(user, living.get())


def is_fresh(user_id: UUID, session_id: UUID | None) -> bool:
    """Return whether the session began within the last minutes; refreshing does not make it any younger."""
    since = timezone.now() - FRESH
    living = Session.objects.filter(user_id=user_id, revoked_at=None, created_at__gt=since)
    return session_id is not None and living.filter(id=session_id).exists()


def end(user_id: UUID, session_id: UUID) -> bool:
    """End one session; return whether it was alive."""
    living = Session.objects.filter(id=session_id, user_id=user_id, revoked_at=None)
    return bool(living.update(revoked_at=timezone.now()))


def end_all(user_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of the user, except one; return how many were alive."""
    living = Session.objects.filter(user_id=user_id, revoked_at=None)
    if but:
        living = living.exclude(id=but)
    return living.update(revoked_at=timezone.now())


def _pair(user: User, session: Session) -> TokenPair:
    return issue(
        user_id=user.id,
        username=user.username,
        session_id=session.id,
        version=user.token_version,
        refresh_id=session.refresh_id,
    )
