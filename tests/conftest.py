"""Three people whom every test may meet: alice the owner, bob the collaborator, charlie the stranger.

Their password is `tests.people.PASSWORD`, their addresses are at example.com. `client_for(alice)` and
`caller_for(alice)` in `tests.people` speak for them over HTTP and to a service.
"""

import os
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts import limiter
from accounts.models import User
from tests import emptying
from tests.people import register
from tests.prepared import TEMPLATE
from tests.services import STARTED

hypothesis_settings.register_profile(
    "cloudbox",
    deadline=None,  # how long an example takes says how busy the machine is, no more
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def pytest_configure() -> None:
    if STARTED in os.environ:
        connection.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE
    emptying.quickly()
    hypothesis_settings.load_profile("cloudbox")
    settings.PASSWORD_HASHERS = ["tests.hashers.Counted"]  # Argon2 has tests of its own


@pytest.fixture(autouse=True)
def no_tries_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test suffer from the wrong passwords of another."""
    monkeypatch.setattr(limiter, "PREFIX", f"test:{uuid4().hex}:")


@pytest.fixture
def alice(db: None) -> User:
    return register("alice")


@pytest.fixture
def bob(db: None) -> User:
    return register("bob")


@pytest.fixture
def charlie(db: None) -> User:
    return register("charlie")


@pytest.fixture
def staff(db: None) -> User:
    """Somebody of the staff, called dora."""
    dora = register("dora")
    User.objects.filter(id=dora.id).update(is_staff=True, staff_role="superuser")
    dora.refresh_from_db()
    return dora
