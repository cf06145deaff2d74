import pytest
from django.test import Client

from tests.web.browsing import sign_in


@pytest.fixture
def alices(alice) -> Client:
    """A browser in which alice is signed in."""
    return sign_in(Client(), "alice")
