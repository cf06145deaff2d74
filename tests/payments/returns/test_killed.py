"""Whoever asks for a refund is killed with -9, for real: the money goes back once, or not at all, and we know which."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from cloudbox import process
from payments.models import Order, Refund
from payments.services import reconciling
from payments.simulator.faults import Trouble
from tests.payments.returns.buying import balance, buy, room, send_back
from tests.paystack import KEY

GIB = 2**30
PRICE = 200_000
STAFF = """
import django; django.setup()
import dataclasses, sys
from uuid import UUID
from django.conf import settings
from accounts.callers import SYSTEM
from payments.services import refunds
url, key, order_id = sys.argv[1:]
settings.CLOUDBOX_PAYING = dataclasses.replace(
    settings.CLOUDBOX_PAYING, billing=True, simulated=True, keys=(key,), url=url, checkout=url
)
refunds.request(by=SYSTEM, order_id=UUID(order_id), amount_minor=50_000, takes_room=False, reason="Sorry.")
"""


@pytest.fixture
def order(transactional_db, paystack, alice) -> Order:
    return buy(paystack, alice)


def killed_while_asking(paystack, order: Order, trouble: Trouble) -> Refund:
    """Ask for a refund in a process that is killed while Paystack makes it wait, and return its row."""
    paystack.misbehave(troubles=[trouble])
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    asking = subprocess.Popen(
        [sys.executable, "-c", STAFF, paystack.url, KEY, str(order.id)],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "cloudbox.settings"},
    )
    assert process.wait_until(lambda: sum(paystack._befallen.values()) == 1, 30)
    if not trouble.status:
        assert process.wait_until(lambda: len(paystack.refunds) == 1, 10)
    asking.send_signal(signal.SIGKILL)
    asking.wait(10)
    paystack.misbehave(troubles=[])
    return Refund.objects.get()


def look_again() -> None:
    Refund.objects.update(next_check_at=timezone.now())
    assert reconciling.follow_due() == 1


def test_killed_after_paystack_took_it_the_refund_is_found_again_and_booked_once(paystack, alice, order):
    refund = killed_while_asking(paystack, order, Trouble(call="refund", hang=30))
    assert (refund.state, refund.provider_id) == ("requested", None)

    paystack.move_refund(paystack.refunds[0].id)
    look_again()

    refund.refresh_from_db()
    assert (refund.state, refund.provider_id) == ("processed", paystack.refunds[0].id)
    assert (len(paystack.refunds), balance(order)["refunds"], room(alice)) == (1, 50_000, GIB)


def test_killed_before_paystack_took_it_nothing_goes_back_until_somebody_asks_anew(paystack, alice, staff, order):
    refund = killed_while_asking(paystack, order, Trouble(call="refund", status=502, hang=30))
    assert (refund.state, refund.provider_id) == ("requested", None)

    look_again()
    Refund.objects.update(created_at=timezone.now() - timedelta(hours=2))
    look_again()

    refund.refresh_from_db()
    assert (refund.state, paystack.refunds) == ("failed", [])
    assert send_back(staff, order, 50_000).state == "pending"
