"""The providers on this machine, and people who sign in with them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts import oauth
from accounts.callers import Caller
from accounts.services import identities
from cloudbox.environment import Environment
from cloudbox.providers import all_providers, all_redirects
from tests.providers import SETTINGS, Providers, Somebody

BACK = "https://app.example.org/back"
VISITOR = Caller.anonymous(address="198.51.100.7", agent="tests")


@pytest.fixture(scope="session")
def one_for_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    providers = Providers(tmp_path_factory.mktemp("providers"))
    yield providers
    providers.close()


@pytest.fixture
def providers(one_for_all: Providers, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    """The providers, telling the truth, and this server knowing them."""
    env = Environment(SETTINGS | {"CLOUDBOX_OAUTH_REDIRECTS": BACK})
    settings.CLOUDBOX_PROVIDERS = all_providers(env)
    settings.CLOUDBOX_OAUTH_REDIRECTS = all_redirects(env, settings.CLOUDBOX_URL, settings.CLOUDBOX_PROVIDERS)
    for name, value in one_for_all.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(oauth, "TIMEOUTS", (2, 2))
    yield one_for_all
    one_for_all.lies.clear()
    one_for_all.claims.clear()
    one_for_all.asked.clear()
    one_for_all.signing_key = one_for_all.key
    one_for_all.person = Somebody("583231", "octocat", "octocat@example.net")


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Let no test find what an OpenID Connect provider has told another one of itself."""
    yield
    oauth.forget()


@pytest.fixture
def signs_in(db: None, providers: Providers) -> Callable[..., Any]:
    """Go the whole way as a service sees it; return what finishing brings."""

    def signs_in(provider: str = "github", *, by: Caller = VISITOR, who: Somebody | None = None) -> Any:
        providers.person = who or providers.person
        started = identities.start(by=by, provider=provider, redirect_uri=BACK)
        back = providers.visit(started.url)
        return identities.finish(by=by, provider=provider, redirect_uri=BACK, **back)

    return signs_in
