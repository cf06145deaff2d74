"""Whatever happens in whatever order, money goes back once, and takes its own room only.

Refunds by the staff and at Paystack's dashboard, whole and in parts, whose answers are lost, that fail or need
attention, disputes won and lost, beside new payments, webhooks, nights, time, and processes that die anywhere.
"""

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings

from tests.payments.interleavings.living import happenings, live_through

BOUGHT = [("order", 0, 0), ("pay", 0, 0), ("come_back", 0, 0)]
RETURNING = [
    *("order", "pay", "come_back", "deliver", "work", "ask_about_due", "compare_books", "let_time_pass"),
    *("refund", "refund", "refund_and_lose_the_answer", "refund_at_the_dashboard", "move_refund", "move_refund"),
    *("pay_something_else", "accept", "dispute", "resolve"),
]

pytestmark = pytest.mark.django_db


@hypothesis_settings(max_examples=210)
@given(happenings(RETURNING, most=6))
@example([("order", 0, 0), ("pay", 0, 0), ("refund_at_the_dashboard", 1, 0), ("move_refund", 0, 0)])  # never settled
@example([("order", 4, 0), ("pay_something_else", 2, 0), ("come_back", 1, 0), ("accept", 0, 0), ("refund", 1, 0)])
def test_money_goes_back_once_whatever_happens(world, things):
    live_through(world, [*BOUGHT, *things])


@pytest.mark.slow
@hypothesis_settings(max_examples=5_000)
@given(happenings(RETURNING, most=20))
def test_money_goes_back_once_whatever_happens_ten_thousand_times(world, things):
    live_through(world, [*BOUGHT, *things])
