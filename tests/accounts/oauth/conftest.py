"""People who sign in with the providers on this machine, as a service sees it."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.callers import Caller
from accounts.services import identities
from tests.providers import BACK, Providers, Somebody

VISITOR = Caller.anonymous(address="198.51.100.7", agent="tests")


@pytest.fixture
def signs_in(db: None, providers: Providers) -> Callable[..., Any]:
    """Go the whole way as a service sees it; return what finishing brings."""

    def signs_in(provider: str = "github", *, by: Caller = VISITOR, who: Somebody | None = None) -> Any:
        providers.person = who or providers.person
        started = identities.start(by=by, provider=provider, redirect_uri=BACK)
        back = providers.visit(started.url)
        return identities.finish(by=by, provider=provider, redirect_uri=BACK, **back)

    return signs_in
