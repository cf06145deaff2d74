"""Signing in, staying signed in, and signing out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import challenges, sessions, tokens, two_factor
from accounts.callers import Caller
from accounts.identity import identify, identify_by_code
from accounts.models import Session, User
from accounts.refusals import TokenRefused
from activity.services import Target, Who, record
from cloudbox.errors import NotFound
from cloudbox.pages import Page, page_of, values_of

REVOKED_KEPT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A pair of tokens and whose they are. `expires_in` is the access token's life in seconds."""

    user_id: UUID
    username: str
    access: str
    refresh: str
    expires_in: int


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What somebody with a second factor is asked before there are tokens.

    `challenge` goes back with a code of one of the `methods` (`totp`, `recovery_code`) within `expires_in` seconds.
    """

    challenge: str
    methods: tuple[str, ...]
    expires_in: int


@dataclass(frozen=True, kw_only=True)
class SessionInfo:
    """One sign-in that is still good. `current`: the caller's own."""

    id: UUID
    created_at: datetime
    refreshed_at: datetime
    expires_at: datetime
    address: str
    agent: str
    current: bool


def sign_in(*, by: Caller, name: str, password: str) -> SignedIn | Challenge:
    """Begin a session for the user of that username or e-mail address, or ask for the second factor.

    Raises WrongCredentials, AccountSuspended or TooManyRequests.
    """
    return begin_for(identify(name=name, password=password, address=by.address, agent=by.agent), by)


def begin_for(user: User, by: Caller) -> SignedIn | Challenge:
    """Begin a session for somebody who has just shown who they are, by whichever first factor.

    The one way from an identified user to tokens; who has a second factor is asked for it. Raises Busy, and
    SignInAgain when the account was locked or got another password in the meantime.
    """
    if two_factor.is_on(user.id):
        return Challenge(challenge=challenges.ask(user), methods=two_factor.METHODS, expires_in=challenges.LIFETIME)
    return _begin(user, by, code=False)


def answer_challenge(*, by: Caller, challenge: str, code: str) -> SignedIn:
    """Begin a session for somebody who has the code, too: of the authenticator, or a recovery code.

    Raises ChallengeRefused, WrongCode, AccountSuspended, TooManyRequests and Busy.
    """
    user = identify_by_code(challenge=challenge, code=code, address=by.address, agent=by.agent)
    return _begin(user, by, code=True)


def refresh(*, by: Caller, token: str) -> SignedIn:
    """Exchange a refresh token for a new pair. It is good once.

    A token that was good once before shows that somebody copied it: its session ends (RFC 9700 section
    4.14.2). Raises TokenRefused.
    """
    claims = tokens.read_refresh(token)
    rotated = sessions.rotate(claims)
    if rotated is None:
        _end_copied(claims, by=by)
        raise TokenRefused
    return as_signed_in(*rotated)


def sign_out(*, by: Caller, token: str = "") -> None:
    """End the caller's session at once, or that of a refresh token.

    Raises NotAuthenticated, TokenRefused, KeyNotEnough.
    """
    if token:
        claims = tokens.read_refresh(token)
        _end(claims.user_id, claims.session_id, by=by)
        return
    user_id = by.must_be_in_person()
    if by.session_id:
        _end(user_id, by.session_id, by=by)


def sessions_of(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[SessionInfo]:
    """Return the caller's living sessions, newest first. Raises NotAuthenticated, KeyNotEnough, BadInput."""
    living = Session.objects.filter(user_id=by.must_be_in_person(), revoked_at=None, expires_at__gt=timezone.now())
    after = values_of(cursor, UUID)
    if after:
        living = living.filter(id__lt=after[0])
    rows = list(living.order_by("-id")[: limit + 1])
    return page_of(rows, limit, shown=_shown_to(by), after=lambda row: (row.id,))


def end_session(*, by: Caller, session_id: UUID) -> None:
    """End one of the caller's sessions. Raises NotAuthenticated, KeyNotEnough, NotFound."""
    if not _end(by.must_be_in_person(), session_id, by=by):
        raise NotFound


def end_other_sessions(*, by: Caller) -> int:
    """End all of the caller's sessions but the one they ask with; return how many.

    Raises NotAuthenticated, KeyNotEnough.
    """
    user_id = by.must_be_in_person()
    with transaction.atomic():
        ended = sessions.end_all(user_id, but=by.session_id)
        if ended:
            target = Target("user", user_id, by.username)
            record("other_sessions_ended", by=by.who, target=target, owner_id=user_id, sessions=ended)
    return ended


def forget_sessions() -> int:
    """Delete the sessions that ended long enough ago. Return how many."""
    now = timezone.now()
    return Session.objects.filter(Q(expires_at__lt=now) | Q(revoked_at__lt=now - REVOKED_KEPT)).delete()[0]


def as_signed_in(user: User, pair: tokens.TokenPair) -> SignedIn:
    return SignedIn(
        user_id=user.id, username=user.username, access=pair.access, refresh=pair.refresh, expires_in=pair.expires_in
    )


def _begin(user: User, by: Caller, *, code: bool) -> SignedIn:
    target = Target("user", user.id, user.username)
    with transaction.atomic():
        is_new = sessions.is_by_a_new_program(user.id, by.agent)
        _, pair = sessions.begin(user, address=by.address, agent=by.agent)
        who = _as(user, by)
        record("signed_in", by=who, target=target, owner_id=user.id, two_factor=code, new_program=is_new)
    return as_signed_in(user, pair)


def _end(user_id: UUID, session_id: UUID, *, by: Caller) -> bool:
    with transaction.atomic():
        ended = sessions.end(user_id, session_id)
        if ended:
            record("signed_out", by=by.who, target=Target("session", session_id), owner_id=user_id)
    return ended


def _end_copied(claims: tokens.Claims, *, by: Caller) -> None:
    """End the session of a refresh token that came a second time, and record from where it came."""
    with transaction.atomic():
        if sessions.end(claims.user_id, claims.session_id):
            target = Target("user", claims.user_id)
            record("refresh_token_reused", by=by.who, target=target, owner_id=claims.user_id)


def _as(user: User, by: Caller) -> Who:
    return Who(id=user.id, label=user.username, address=by.address, agent=by.agent)


def _shown_to(by: Caller) -> Callable[[Session], SessionInfo]:
    def shown(row: Session) -> SessionInfo:
        return SessionInfo(
            id=row.id,
            created_at=row.created_at,
            refreshed_at=row.refreshed_at,
            expires_at=row.expires_at,
            address=row.address,
            agent=row.agent,
            current=row.id == by.session_id,
        )

    return shown
