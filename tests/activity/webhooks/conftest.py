"""A receiver, and a webhook of alice's that calls it; `happen` lets something happen and brings it there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from activity import deliveries, services, webhooks
from activity.models import Delivery, Mail
from activity.services import Target
from tests.people import caller_for, register
from tests.receivers import home_lab, receiver

__all__ = ["home_lab", "receiver"]


@pytest.fixture
def alice(transactional_db):
    return register("alice")


@pytest.fixture
def me(alice):
    return caller_for(alice)


@pytest.fixture(autouse=True)
def at_home(home_lab):
    """For tests without a receiver, too."""


@pytest.fixture
def hook(me, receiver):
    deliveries.dispatch()  # the reader begins
    return webhooks.make(by=me, url=receiver.url, label="here", kinds=["file_renamed", "file_moved"])


class World:
    """Lets things happen to alice, and does what the workers do."""

    def __init__(self, by):
        self.by = by

    def happen(self, kind="file_renamed", name="a", **facts):
        target = Target("file", "1", name)
        services.record(kind, by=self.by.who, target=target, owner_id=self.by.user_id, **facts)

    def work(self):
        deliveries.dispatch()
        deliveries.deliver()

    def later(self):
        """Let time pass for what waits, and work."""
        Delivery.objects.update(next_at=timezone.now() - timedelta(seconds=1))
        self.work()


@pytest.fixture
def world(me):
    return World(me)


@pytest.fixture
def mailed():
    """Return to whom mails of a kind have gone."""
    return lambda kind: list(Mail.objects.filter(kind=kind).values_list("to", flat=True))
