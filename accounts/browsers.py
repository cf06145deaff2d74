"""People who sign in with a browser: Django's session, bound to a session of ours.

Both begin together. Ending ours, from wherever, ends the browser's with its next request: our row is what counts.
The pages of the staff do the same after a sign-in of Django's.
"""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import sessions, tokens
from accounts.models import Session, User
from accounts.refusals import SignInAgain
from accounts.services.signing_in import SignedIn

BOUND_TO = "cloudbox_session"  # the id of our session, in Django's
BACKEND = "accounts.backends.AccountBackend"

type_of_view = Callable[[HttpRequest], HttpResponseBase]


def enter(request: HttpRequest, signed_in: SignedIn) -> None:
    """Sign the browser in as somebody who has just signed in. It gets a new session key and a new CSRF token."""
    login(request, User.objects.get(id=signed_in.user_id), backend=BACKEND)
    request.session[BOUND_TO] = str(tokens.read_access(signed_in.access).session_id)


def bind(request: HttpRequest, *, address: str, agent: str) -> None:
    """Begin a session of ours for a browser that one of Django's own forms has just signed in."""
    user = request.user
    if isinstance(user, User):
        try:
            begun, _ = sessions.begin(user, address=address, agent=agent)
        except SignInAgain:
            logout(request)
            raise
        request.session[BOUND_TO] = str(begun.id)


def stay(request: HttpRequest) -> None:
    """Keep the browser signed in after its user's password has changed."""
    user = request.user
    if isinstance(user, User):
        user.refresh_from_db()
        update_session_auth_hash(request, user)


def leave(request: HttpRequest) -> None:
    """Forget who the browser is signed in as. Ending our session is `services.sign_out`."""
    logout(request)


def session_of(request: HttpRequest) -> UUID | None:
    """Return the session of ours that the browser is bound to."""
    bound = request.session.get(BOUND_TO) if hasattr(request, "session") else None
    return UUID(bound) if bound else None


def living(get_response: type_of_view) -> type_of_view:
    """Take a browser whose session of ours has ended for one in which nobody is signed in."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if hasattr(request, "user"):  # programs that send a token are asked for no cookie
            request.user = SimpleLazyObject(partial(_if_living, request, request.user))  # type: ignore[assignment]  # lazy
        return get_response(request)

    return middleware


def _if_living(request: HttpRequest, user: User | AnonymousUser) -> User | AnonymousUser:
    bound = session_of(request) if isinstance(user, User) else None
    if bound is None or not isinstance(user, User):
        return user
    alive = Session.objects.filter(id=bound, user_id=user.id, revoked_at=None, expires_at__gt=timezone.now())
    return user if alive.exists() else AnonymousUser()
