"""Whatever happens in whatever order, a payment counts exactly once: no room without money, no money without room.

Orders, payments, late and wrong ones, webhooks that come twice, in any order, forged or never, payers who come back,
rounds and nights of the reconciler, time, and processes that die anywhere.
"""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from tests.payments.interleavings.living import happenings, live_through

PAYING = [
    *("order", "order", "order", "order_and_lose_the_answer"),
    *("pay", "pay", "pay", "pay", "pay_later", "pay_something_else", "bear_the_fees", "decline", "cancel"),
    *("come_back", "come_back", "ask_in_vain", "deliver", "deliver", "forge", "work", "ask_about_due", "compare_books"),
    *("let_time_pass", "let_time_pass"),
]

BEGUN = [("order", 0, 0), ("pay", 0, 0)]

pytestmark = pytest.mark.django_db


@hypothesis_settings(max_examples=290)
@given(happenings(PAYING, most=6))
def test_a_payment_counts_once_whatever_happens(world, things):
    live_through(world, [*BEGUN, *things])


@pytest.mark.slow
@hypothesis_settings(max_examples=5_000)
@given(happenings(PAYING, most=20))
def test_a_payment_counts_once_whatever_happens_ten_thousand_times(world, things):
    live_through(world, [*BEGUN, *things])
