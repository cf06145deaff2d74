"""The quota holds to the byte."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import quotas, services, tasks
from accounts.models import Usage, User
from activity.models import AuditEntry, Mail
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound, QuotaExceeded
from tests.people import caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def limit(user: User, size: int) -> None:
    Usage.objects.filter(owner=user).update(base_bytes=size, limit_bytes=size)


def counters(user: User) -> tuple[int, int]:
    return Usage.objects.values_list("used", "reserved").get(owner=user)


# Reserving, settling, releasing


def test_a_new_account_has_the_default_quota(settings, alice):
    assert quotas.usage_of(alice.id).limit == settings.CLOUDBOX_DEFAULT_QUOTA == 5 * 2**30


def test_a_quota_can_be_filled_exactly(alice):
    limit(alice, 100)

    quotas.reserve(alice.id, 60)
    quotas.reserve(alice.id, 40)

    assert quotas.usage_of(alice.id).free == 0


def test_one_byte_more_is_refused_with_what_is_free_and_changes_nothing(alice):
    limit(alice, 100)
    quotas.reserve(alice.id, 60)

    with pytest.raises(QuotaExceeded) as refused:
        quotas.reserve(alice.id, 41)

    assert refused.value.facts == {"needed": 41, "free": 40}
    assert counters(alice) == (0, 60)


def test_more_bytes_than_the_database_can_count_are_refused_like_any_other(alice):
    with pytest.raises(QuotaExceeded):
        quotas.reserve(alice.id, 2**63)
    with pytest.raises(QuotaExceeded):
        quotas.reserve(alice.id, 2**200)


def test_nothing_fits_into_a_full_quota_except_nothing(alice):
    limit(alice, 0)

    quotas.reserve(alice.id, 0)
    quotas.charge(alice.id, 0)

    with pytest.raises(QuotaExceeded):
        quotas.reserve(alice.id, 1)


def test_settling_uses_what_came_and_frees_the_rest(alice):
    quotas.reserve(alice.id, 100)

    quotas.settle(alice.id, reserved=100, used=70)

    assert counters(alice) == (70, 0)


def test_releasing_gives_all_back(alice):
    quotas.reserve(alice.id, 100)

    quotas.release(alice.id, 100)

    assert counters(alice) == (0, 0)


def test_more_than_was_reserved_cannot_be_settled(alice):
    quotas.reserve(alice.id, 100)

    with pytest.raises(ValueError, match="101 bytes used of 100 reserved"):
        quotas.settle(alice.id, reserved=100, used=101)


@pytest.mark.parametrize("call", [quotas.reserve, quotas.charge, quotas.release, quotas.give_back])
def test_negative_sizes_are_a_programmers_mistake(alice, call):
    with pytest.raises(ValueError, match="-1"):
        call(alice.id, -1)


def test_giving_back_what_was_never_taken_is_stopped_by_the_database(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        quotas.give_back(alice.id, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        quotas.release(alice.id, 1)


def test_somebody_without_an_account_has_no_quota():
    with pytest.raises(NotFound):
        quotas.reserve(uuid4(), 1)
    with pytest.raises(NotFound):
        quotas.usage_of(uuid4())


def test_a_move_charges_the_taker_and_frees_the_giver(alice, bob):
    quotas.charge(alice.id, 80)

    quotas.move(alice.id, bob.id, 80)

    assert (counters(alice), counters(bob)) == ((0, 0), (80, 0))


def test_a_move_that_does_not_fit_changes_neither(alice, bob):
    quotas.charge(alice.id, 80)
    limit(bob, 79)

    with pytest.raises(QuotaExceeded), transaction.atomic():
        quotas.move(alice.id, bob.id, 80)

    assert (counters(alice), counters(bob)) == ((80, 0), (0, 0))


def test_reserving_takes_one_query(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        quotas.reserve(alice.id, 10)


def test_settling_takes_one_query(alice, django_assert_num_queries):
    quotas.reserve(alice.id, 10)

    with django_assert_num_queries(1):
        quotas.settle(alice.id, reserved=10, used=10)


STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "release", "charge", "give back"]), st.integers(0, 60)), max_size=12
)


@given(STEPS)
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_the_counters_are_those_of_a_careful_clerk(alice, steps):
    limit(alice, 100)
    Usage.objects.filter(owner=alice).update(used=0, reserved=0)
    used = 0
    reserved: list[int] = []
    for step, size in steps:
        fits = used + sum(reserved) + size <= 100
        try:
            if step == "reserve":
                quotas.reserve(alice.id, size)
                reserved.append(size)
            elif step == "charge":
                quotas.charge(alice.id, size)
                used += size
            elif step == "settle" and reserved:
                held = reserved.pop()
                quotas.settle(alice.id, reserved=held, used=min(size, held))
                used += min(size, held)
            elif step == "release" and reserved:
                quotas.release(alice.id, reserved.pop())
            elif step == "give back":
                quotas.give_back(alice.id, min(size, used))
                used -= min(size, used)
        except QuotaExceeded:
            assert not fits

        assert counters(alice) == (used, sum(reserved))
        assert used + sum(reserved) <= 100


# Side by side


@pytest.mark.django_db(transaction=True)
def test_fifty_writers_at_once_never_pass_the_limit_by_one_byte(alice):
    sizes = [7 + 13 * number % 97 for number in range(50)]
    limit(alice, 1000)

    def store(number: int) -> int:
        size = sizes[number]
        quotas.reserve(alice.id, size)
        quotas.settle(alice.id, reserved=size, used=size)
        return size

    outcomes = at_once(50, store)
    stored = [outcome for outcome in outcomes if isinstance(outcome, int)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, QuotaExceeded)]

    assert len(stored) + len(refused) == 50
    assert counters(alice) == (sum(stored), 0)
    assert sum(stored) <= 1000
    assert 1000 - sum(stored) < max(sizes)  # it was not refused while there was room


@pytest.mark.django_db(transaction=True)
def test_moves_in_opposite_directions_do_not_wait_for_each_other(alice, bob):
    quotas.charge(alice.id, 1000)
    quotas.charge(bob.id, 1000)

    outcomes = at_once(8, lambda n: quotas.move(*((alice.id, bob.id) if n % 2 else (bob.id, alice.id)), 10))

    assert outcomes == [None] * 8
    assert (counters(alice), counters(bob)) == ((1000, 0), (1000, 0))


@pytest.mark.django_db(transaction=True)
def test_allowances_given_at_once_all_count(alice, staff):
    limit(alice, 0)

    at_once(8, lambda _: services.give_allowance(by=caller_for(staff), user_id=alice.id, size=10))

    assert quotas.usage_of(alice.id).limit == 80


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_cross_a_percentage_with_one_mail(alice):
    limit(alice, 100)

    at_once(10, lambda _: quotas.charge(alice.id, 8))

    assert Mail.objects.filter(kind="quota_warning", to=alice.email).count() == 1


# Allowances


def test_an_allowance_adds_to_the_base_while_it_lasts(alice, staff):
    limit(alice, 100)
    now = timezone.now()

    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=50, ends_at=now + timedelta(days=30))

    space = quotas.usage_of(alice.id)
    assert (space.limit, space.limit_until) == (150, now + timedelta(days=30))


def test_an_allowance_of_the_future_counts_from_its_first_moment(alice, staff):
    limit(alice, 100)
    services.give_allowance(
        by=caller_for(staff), user_id=alice.id, size=50, starts_at=timezone.now() + timedelta(days=1)
    )
    assert quotas.usage_of(alice.id).limit == 100

    alice.allowances.update(starts_at=timezone.now() - timedelta(seconds=1))
    Usage.objects.filter(owner=alice).update(limit_until=timezone.now() - timedelta(seconds=1))

    quotas.reserve(alice.id, 150)
    assert quotas.usage_of(alice.id).limit_until is None


def test_an_allowance_that_has_run_out_is_not_used_any_more_though_no_job_ran(alice, staff):
    limit(alice, 100)
    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=50, ends_at=timezone.now() + timedelta(days=1))
    quotas.charge(alice.id, 120)

    past = timezone.now() - timedelta(seconds=1)
    alice.allowances.update(starts_at=past - timedelta(days=1), ends_at=past)
    Usage.objects.filter(owner=alice).update(limit_until=past)

    with pytest.raises(QuotaExceeded) as refused:
        quotas.reserve(alice.id, 1)
    assert refused.value.facts == {"needed": 1, "free": 0}
    assert quotas.usage_of(alice.id).limit == 100


def test_a_source_gives_its_allowance_once(alice, staff):
    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=50, source="payment:1")

    with pytest.raises(Conflict):
        services.give_allowance(by=caller_for(staff), user_id=alice.id, size=50, source="payment:1")

    assert alice.allowances.count() == 1


def test_a_revoked_allowance_counts_no_longer(alice, staff):
    limit(alice, 100)
    given_ = services.give_allowance(by=caller_for(staff), user_id=alice.id, size=50)

    services.revoke_allowance(by=caller_for(staff), allowance_id=given_.id)

    assert quotas.usage_of(alice.id).limit == 100
    with pytest.raises(NotFound):
        services.revoke_allowance(by=caller_for(staff), allowance_id=given_.id)


@pytest.mark.parametrize("size", [0, -1, 2**63])
def test_an_allowance_is_a_countable_number_of_bytes(alice, staff, size):
    with pytest.raises(BadInput) as refused:
        services.give_allowance(by=caller_for(staff), user_id=alice.id, size=size)

    assert refused.value.field == "bytes"


def test_an_allowance_ends_after_it_begins(alice, staff):
    now = timezone.now()

    with pytest.raises(BadInput) as refused:
        services.give_allowance(by=caller_for(staff), user_id=alice.id, size=1, starts_at=now, ends_at=now)

    assert refused.value.field == "ends_at"


def test_limits_that_add_up_to_more_than_can_be_counted_stop_there(alice, staff):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=2**63 - 1)

    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=2**63 - 1)

    assert quotas.usage_of(alice.id).limit == 2**63 - 1


def test_only_the_staff_changes_quotas(alice, bob):
    with pytest.raises(AccessDenied):
        services.set_base_quota(by=caller_for(bob), user_id=alice.id, size=1)
    with pytest.raises(AccessDenied):
        services.give_allowance(by=caller_for(bob), user_id=bob.id, size=1)


def test_a_base_of_ones_own_replaces_the_default_until_it_is_taken_away(settings, alice, staff):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=7)
    assert quotas.usage_of(alice.id).limit == 7

    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=None)
    assert quotas.usage_of(alice.id).limit == settings.CLOUDBOX_DEFAULT_QUOTA


# Warnings


def warnings(user: User) -> list[str]:
    mails = Mail.objects.filter(kind="quota_warning", to=user.email).order_by("id")
    return list(mails.values_list("subject", flat=True))


def test_nobody_is_warned_below_three_quarters(alice):
    limit(alice, 100)

    quotas.charge(alice.id, 74)

    assert warnings(alice) == []


def test_each_percentage_is_mailed_once_on_the_way_up(alice):
    limit(alice, 1000)

    for size in (750, 1, 149, 50, 50):  # 750, 751, 900, 950, 1000
        quotas.charge(alice.id, size)

    assert warnings(alice) == ["Your storage is 75 % full", "Your storage is 90 % full", "Your storage is full"]


def test_several_percentages_passed_in_one_step_are_one_mail(alice):
    limit(alice, 100)

    quotas.charge(alice.id, 100)

    assert warnings(alice) == ["Your storage is full"]


def test_who_made_room_is_warned_again_at_the_next_crossing(alice):
    limit(alice, 100)
    quotas.charge(alice.id, 80)

    quotas.give_back(alice.id, 10)
    quotas.charge(alice.id, 10)

    assert len(warnings(alice)) == 2


def test_a_limit_that_shrinks_below_what_is_used_warns_too(alice, staff):
    quotas.charge(alice.id, 100)

    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=100)

    assert warnings(alice) == ["Your storage is full"]


def test_a_warning_that_is_rolled_back_is_not_sent(alice):
    limit(alice, 100)

    with transaction.atomic():
        quotas.charge(alice.id, 80)
        transaction.set_rollback(True)

    assert warnings(alice) == []


def test_somebody_without_an_address_is_not_mailed(alice):
    User.objects.filter(id=alice.id).update(email=None, email_key=None)
    limit(alice, 100)

    quotas.charge(alice.id, 100)

    assert not Mail.objects.exists()


# Reconciling


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
