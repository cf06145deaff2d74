"""How somebody stands: told by what they have paid for, what they store, and the clock."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import quotas
from accounts.callers import Caller
from cloudbox.errors import NotAuthenticated, PlanExpired
from payments import owners, terms
from payments.models import Order
from payments.services.standing import standing, standing_of
from payments.words import Phase, State
from tests.accounts.usage import limit
from tests.payments.having import GIB, bought, end_of
from tests.payments.time import let_pass
from tests.people import caller_for

pytestmark = pytest.mark.django_db
FREE = 5 * GIB


def stands(user):
    return standing(by=caller_for(user))


def store(user, size: int) -> None:
    """Let the user store so many bytes."""
    with transaction.atomic():
        quotas.charge(user.id, size)


def test_nobody_has_to_pay_anything(alice):
    now = stands(alice)

    assert (now.state, now.term, now.following, now.paid_until) == (Phase.FREE, None, (), None)
    assert (now.used, now.limit) == (0, FREE)


def test_whoever_has_paid_is_told_for_what_and_until_when(alice):
    order = bought(alice, size=10 * GIB)

    now = stands(alice)

    assert (now.state, now.limit) == (Phase.ACTIVE, 15 * GIB)
    assert now.term is not None
    assert (now.term.order_id, now.term.plan_name, now.term.bytes) == (order.id, "Standard", 10 * GIB)
    assert now.paid_until == end_of(order)
    assert now.grace_until == end_of(order) + timedelta(days=7)


def test_what_waits_follows_and_what_was_taken_over_is_not_told(alice):
    taken_over = bought(alice, size=1 * GIB)
    bought(alice, size=10 * GIB, name="Large")
    last = bought(alice, size=2 * GIB, name="Small")

    now = stands(alice)

    assert now.term is not None
    assert (now.term.plan_name, [term.plan_name for term in now.following]) == ("Large", ["Small"])
    assert taken_over.id not in {now.term.order_id, last.id}
    assert (now.paid_until, now.following[0].starts_at) == (last.ends_at, now.term.ends_at)


def test_for_seven_days_after_the_end_nothing_changes_but_the_word(alice):
    order = bought(alice, size=10 * GIB)
    store(alice, 12 * GIB)
    let_pass(30)

    now = stands(alice)

    assert (now.state, now.limit) == (Phase.GRACE, 15 * GIB)
    assert (now.paid_until, now.grace_until) == (end_of(order), end_of(order) + timedelta(days=7))
    store(alice, GIB)


def test_after_that_whoever_stores_more_than_is_left_adds_nothing_until_they_pay(alice):
    bought(alice, size=10 * GIB)
    store(alice, 12 * GIB)
    let_pass(37)

    now = stands(alice)

    assert (now.state, now.term, now.used, now.limit) == (Phase.READ_ONLY, None, 12 * GIB, FREE)
    assert now.expired_at == end_of(Order.objects.get()) + timedelta(days=7)
    with pytest.raises(PlanExpired):
        store(alice, 1)

    bought(alice, size=10 * GIB)

    assert stands(alice).state == Phase.ACTIVE
    store(alice, 1)


def test_whoever_has_room_enough_left_is_as_free_as_before(alice):
    bought(alice)
    let_pass(37)

    now = stands(alice)

    assert (now.state, now.expired_at) == (Phase.FREE, None)


def test_a_pack_bought_in_the_days_of_grace_begins_then(alice):
    bought(alice, size=10 * GIB)
    let_pass(33)
    new = bought(alice, size=1 * GIB)

    now = stands(alice)

    assert now.term is not None
    assert (now.state, now.term.order_id, now.limit) == (Phase.ACTIVE, new.id, 6 * GIB)


def test_money_that_went_back_takes_its_room_at_once(alice):
    order = bought(alice, size=10 * GIB)
    store(alice, 12 * GIB)

    with transaction.atomic():
        line = owners.line_of(alice.id)
        Order.objects.filter(id=order.id).update(state=State.REFUNDED)
        owners.write(alice.id, terms.remove(line, order.id, timezone.now()), line)

    assert (stands(alice).state, stands(alice).term) == (Phase.READ_ONLY, None)


def test_what_the_staff_gives_is_nothing_that_was_paid_for(alice):
    limit(alice, 10)
    alice.allowances.create(bytes=10, ends_at=timezone.now() + timedelta(days=1), source="staff:1")
    quotas.recompute_limit(alice.id)

    assert (stands(alice).state, stands(alice).limit) == (Phase.FREE, 20)


def test_pages_may_ask_it_each_time(alice, django_assert_num_queries):
    free = quotas.usage_of(alice.id)
    with django_assert_num_queries(0):
        standing_of(alice.id, free)
    for size in (1, 2, 1):
        bought(alice, size=size)
    paid = quotas.usage_of(alice.id)
    with django_assert_num_queries(2):
        standing_of(alice.id, paid)


def test_nobody_is_told_who_is_nobody():
    with pytest.raises(NotAuthenticated):
        standing(by=Caller.anonymous())
