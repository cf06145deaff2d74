"""People who sign in with the providers on this machine, as a service sees it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from accounts import sessions
from accounts.callers import Caller
from accounts.models import User
from accounts.services import identities
from tests.people import caller_for
from tests.providers import BACK, Providers, Somebody

VISITOR = Caller.anonymous(address="198.51.100.7", agent="tests")


def here(user: User) -> Caller:
    """Return the user as somebody who has just signed in."""
    session, _ = sessions.begin(user, address="198.51.100.7", agent="tests")
    return replace(caller_for(user), session_id=session.id)


@pytest.fixture
def signs_in(db: None, providers: Providers) -> Callable[..., Any]:
    """Go the whole way as a service sees it; return what finishing brings."""

    def signs_in(provider: str = "github", *, by: Caller = VISITOR, who: Somebody | None = None) -> Any:
        providers.person = who or providers.person
        started = identities.start(by=by, provider=provider, redirect_uri=BACK)
        back = providers.visit(started.url)
        return identities.finish(by=by, provider=provider, redirect_uri=BACK, **back)

    return signs_in
