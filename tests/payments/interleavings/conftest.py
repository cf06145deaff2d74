import pytest

from payments import asking
from tests.payments.interleavings.world import World


@pytest.fixture
def world(alice, staff, paystack, monkeypatch) -> World:
    monkeypatch.setattr(asking, "PAUSE", 0)
    monkeypatch.setattr(asking, "TRIES", 1)
    return World(alice, staff, paystack)
