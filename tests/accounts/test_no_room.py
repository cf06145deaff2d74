"""When an owner is told that their plan has ended, and not that their space is full."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Allowance
from accounts.quotas import charge, check_room, recompute_limit, release, reserve, settle
from cloudbox.errors import PlanExpired, QuotaExceeded
from tests.accounts.usage import counters, expire, limit

HOUR = timedelta(hours=1)


def give(user, *, starts=timedelta(), ends=None, revoked=None) -> None:
    """Give 100 bytes from and until so long after now."""
    now = timezone.now()
    moments = {"ends_at": ends, "revoked_at": revoked}
    dated = {name: now + after for name, after in moments.items() if after is not None}
    Allowance.objects.create(owner=user, bytes=100, starts_at=now + starts, source=f"order:{starts}", **dated)
    recompute_limit(user.id)


def refusal(user) -> QuotaExceeded:
    with pytest.raises(QuotaExceeded) as refused:
        reserve(user.id, 1)
    return refused.value


def filled(user, size: int = 50) -> None:
    limit(user, size)
    charge(user.id, size)
    limit(user, 10)


@pytest.mark.parametrize("end", [{"ends": -HOUR}, {"revoked": -HOUR}, {"ends": HOUR, "revoked": -HOUR}])
def test_whoever_stores_more_than_is_left_after_an_allowance_is_told_that_it_has_ended(alice, end):
    filled(alice)
    give(alice, starts=-2 * HOUR, **end)

    refused = refusal(alice)

    ended = Allowance.objects.get().revoked_at or Allowance.objects.get().ends_at
    assert ended is not None
    assert isinstance(refused, PlanExpired)
    assert refused.facts == {"needed": 1, "free": 0, "used": 50, "limit": 10, "expired_at": ended.isoformat()}
    assert counters(alice) == (50, 0)


@pytest.mark.parametrize(
    "never", [{}, {"starts": HOUR}, {"starts": HOUR, "revoked": -HOUR}, {"ends": HOUR, "starts": -HOUR}]
)
def test_whoever_has_had_no_allowance_that_ended_is_told_that_there_is_no_room(alice, never):
    filled(alice, 500)
    if never:
        give(alice, **never)

    assert type(refusal(alice)) is QuotaExceeded


def test_whoever_keeps_within_what_is_left_adds_until_it_is_full(alice):
    expire(alice, left=10)
    reserve(alice.id, 10)

    assert type(refusal(alice)) is QuotaExceeded


def test_what_was_held_before_the_end_may_finish_and_may_be_given_back(alice):
    limit(alice, 50)
    reserve(alice.id, 50)
    expire(alice, left=10)

    settle(alice.id, reserved=30, used=30)
    release(alice.id, 20)

    assert counters(alice) == (30, 0)
    assert isinstance(refusal(alice), PlanExpired)


def test_what_needs_no_room_is_never_refused(alice):
    filled(alice)
    expire(alice)

    reserve(alice.id, 0)
    charge(alice.id, 0)


def test_where_nothing_is_sold_nothing_has_ended(alice, settings):
    settings.CLOUDBOX_BILLING = False
    filled(alice)
    expire(alice)

    assert type(refusal(alice)) is QuotaExceeded


def test_what_is_too_large_is_refused_before_anything_is_done_for_the_same_reason(alice):
    filled(alice)
    expire(alice)

    with pytest.raises(PlanExpired):
        check_room(alice.id, 1)
