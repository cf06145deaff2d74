"""The limit is the base and every allowance that counts now."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts import quotas, services
from accounts.models import Usage
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound, PlanExpired
from tests.accounts.usage import limit
from tests.people import caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db
give_allowance = partial(services.give_allowance, reason="kindness")


def test_an_allowance_adds_to_the_base_while_it_lasts(alice, staff):
    limit(alice, 100)
    now = timezone.now()

    give_allowance(by=caller_for(staff), user_id=alice.id, size=50, ends_at=now + timedelta(days=30))

    space = quotas.usage_of(alice.id)
    assert (space.limit, space.limit_until) == (150, now + timedelta(days=30))


def test_an_allowance_of_the_future_counts_from_its_first_moment(alice, staff):
    limit(alice, 100)
    give_allowance(by=caller_for(staff), user_id=alice.id, size=50, starts_at=timezone.now() + timedelta(days=1))
    assert quotas.usage_of(alice.id).limit == 100

    alice.allowances.update(starts_at=timezone.now() - timedelta(seconds=1))
    Usage.objects.filter(owner=alice).update(limit_until=timezone.now() - timedelta(seconds=1))

    quotas.reserve(alice.id, 150)
    assert quotas.usage_of(alice.id).limit_until is None


def test_an_allowance_that_has_run_out_is_not_used_any_more_though_no_job_ran(alice, staff):
    limit(alice, 100)
    give_allowance(by=caller_for(staff), user_id=alice.id, size=50, ends_at=timezone.now() + timedelta(days=1))
    quotas.charge(alice.id, 120)

    past = timezone.now() - timedelta(seconds=1)
    alice.allowances.update(starts_at=past - timedelta(days=1), ends_at=past)
    Usage.objects.filter(owner=alice).update(limit_until=past)

    with pytest.raises(PlanExpired) as refused:
        quotas.reserve(alice.id, 1)
    assert refused.value.facts["limit"] == 100
    assert quotas.usage_of(alice.id).limit == 100


def test_a_source_gives_its_allowance_once(alice, staff):
    give_allowance(by=caller_for(staff), user_id=alice.id, size=50, source="payment:1")

    with pytest.raises(Conflict):
        give_allowance(by=caller_for(staff), user_id=alice.id, size=50, source="payment:1")

    assert alice.allowances.count() == 1


def test_a_revoked_allowance_counts_no_longer(alice, staff):
    limit(alice, 100)
    given_ = give_allowance(by=caller_for(staff), user_id=alice.id, size=50)

    services.revoke_allowance(by=caller_for(staff), allowance_id=given_.id)

    assert quotas.usage_of(alice.id).limit == 100
    with pytest.raises(NotFound):
        services.revoke_allowance(by=caller_for(staff), allowance_id=given_.id)


@pytest.mark.parametrize("size", [0, -1, 2**63])
def test_an_allowance_is_a_countable_number_of_bytes(alice, staff, size):
    with pytest.raises(BadInput) as refused:
        give_allowance(by=caller_for(staff), user_id=alice.id, size=size)

    assert refused.value.field == "bytes"


def test_an_allowance_ends_after_it_begins(alice, staff):
    now = timezone.now()

    with pytest.raises(BadInput) as refused:
        give_allowance(by=caller_for(staff), user_id=alice.id, size=1, starts_at=now, ends_at=now)

    assert refused.value.field == "ends_at"


@pytest.mark.parametrize("reason", ["", " ", "\0", 256 * "x"])
def test_an_allowance_of_the_staff_says_why(alice, staff, reason):
    with pytest.raises(BadInput) as refused:
        give_allowance(by=caller_for(staff), user_id=alice.id, size=1, reason=reason)

    assert refused.value.field == "reason"
    assert not alice.allowances.exists()


def test_limits_that_add_up_to_more_than_can_be_counted_stop_there(alice, staff):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=2**63 - 1)

    give_allowance(by=caller_for(staff), user_id=alice.id, size=2**63 - 1)

    assert quotas.usage_of(alice.id).limit == 2**63 - 1


def test_only_the_staff_changes_quotas(alice, bob):
    with pytest.raises(AccessDenied):
        services.set_base_quota(by=caller_for(bob), user_id=alice.id, size=1)
    with pytest.raises(AccessDenied):
        give_allowance(by=caller_for(bob), user_id=bob.id, size=1)


def test_a_base_of_ones_own_replaces_the_default_until_it_is_taken_away(settings, alice, staff):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=7)
    assert quotas.usage_of(alice.id).limit == 7

    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=None)
    assert quotas.usage_of(alice.id).limit == settings.CLOUDBOX_DEFAULT_QUOTA


@pytest.mark.django_db(transaction=True)
def test_allowances_given_at_once_all_count(alice, staff):
    limit(alice, 0)

    at_once(8, lambda _: give_allowance(by=caller_for(staff), user_id=alice.id, size=10))

    assert quotas.usage_of(alice.id).limit == 80
