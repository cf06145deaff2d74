"""The quota holds to the byte."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts import quotas
from accounts.callers import SYSTEM
from accounts.models import Usage
from accounts.services import set_base_quota
from cloudbox.errors import NotFound, QuotaExceeded
from tests.accounts.usage import counters, limit
from tests.threads import at_once

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("size", [2**31 - 1, 2**31, 3 * 2**30, 2**32, 2**40 + 1])
def test_sizes_beyond_32_bits_are_given_back_to_the_byte(alice, size):
    set_base_quota(by=SYSTEM, user_id=alice.id, size=2**42)
    quotas.reserve(alice.id, size + 1)

    quotas.release(alice.id, size)

    assert counters(alice) == (0, 1)


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
@hypothesis_settings(max_examples=25)
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
