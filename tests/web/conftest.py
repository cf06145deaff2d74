import pytest
from django.test import Client

from tests.receivers import home_lab, receiver
from tests.web.browsing import sign_in

__all__ = ["home_lab", "receiver"]


@pytest.fixture
def alices(alice) -> Client:
    """A browser in which alice is signed in."""
    return sign_in(Client(), "alice")
