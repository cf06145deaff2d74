import pytest

from accounts.models import User
from tests.payments.orders import an_order
from tests.people import client_for


@pytest.fixture(autouse=True)
def _selling(settings, db):
    settings.CLOUDBOX_BILLING = True


@pytest.fixture
def mine(alice: User):
    return client_for(alice)


@pytest.fixture
def order(alice: User):
    """Alice's, which waits for its payment."""
    return an_order(alice)
