"""Every night the counters are compared with what is there."""

import pytest

from accounts import quotas, tasks
from activity.models import AuditEntry
from tests.accounts.usage import counters

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(monkeypatch):
    """What an app that charges alice has stored and holds; the other apps' sums are set aside."""
    sums = {"stored": 0, "held": 0}
    monkeypatch.setattr(quotas, "_stored", {})
    monkeypatch.setattr(quotas, "_held", {})
    quotas.charges("shelf", lambda _: sums["stored"], lambda _: sums["held"])
    return sums


def test_counters_that_are_right_are_left_alone(alice, shelf):
    quotas.charge(alice.id, 30)
    shelf["stored"] = 30

    assert quotas.reconcile(alice.id) == {}
    assert not AuditEntry.objects.filter(verb="usage_repaired").exists()


def test_counters_that_are_wrong_are_recorded_and_set_right(alice, shelf):
    quotas.charge(alice.id, 30)
    quotas.reserve(alice.id, 5)
    shelf |= {"stored": 40, "held": 0}

    drift = quotas.reconcile(alice.id)

    assert drift == {"used": 30, "used_found": 40, "reserved": 5, "reserved_found": 0}
    assert counters(alice) == (40, 0)
    assert AuditEntry.objects.get(verb="usage_repaired").facts == drift


def test_the_nightly_task_repairs_every_owner(alice, bob, shelf):
    shelf["stored"] = 3

    tasks.reconcile_usage()

    assert (counters(alice), counters(bob)) == ((3, 0), (3, 0))


def test_the_nightly_task_follows_a_changed_default(settings, alice, shelf):
    settings.CLOUDBOX_DEFAULT_QUOTA = 77

    tasks.reconcile_usage()

    assert quotas.usage_of(alice.id).limit == 77


def test_what_eats_the_space_is_told_by_name(alice, shelf):
    shelf["stored"] = 12

    assert quotas.breakdown(alice.id) == {"shelf": 12}
