"""Processes that settle are killed with -9, for real, at any of their statements: the payment counts once."""

import os
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from accounts.models import Allowance
from payments.models import LedgerTransaction, Order, Payment, Receipt
from payments.services import proving, settling
from tests.payments.gateway.ordering import ordered
from tests.paystack import KEY
from tests.people import register

AT = (2, 11, 24, 34)  # statements: before the lock, amid the money, amid the room, and just before the commit
SETTLING = """
import django; django.setup()
import dataclasses, os, signal, sys
from django.conf import settings
from django.db import connection
from payments.services import settling
url, key, order_id, left = *sys.argv[1:4], int(sys.argv[4])
settings.CLOUDBOX_PAYING = dataclasses.replace(
    settings.CLOUDBOX_PAYING, billing=True, simulated=True, keys=(key,), url=url, checkout=url
)
def die(execute, *said):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*said)
with connection.execute_wrapper(die):
    settling.settle(order_id, trigger="webhook")
"""


def start_to_settle(order: Order, url: str, dies_at: int) -> "subprocess.Popen[bytes]":
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return subprocess.Popen(
        [sys.executable, "-c", SETTLING, url, KEY, str(order.id), str(dies_at)],
        env={**os.environ, "DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "cloudbox.settings"},
    )


@pytest.mark.django_db(transaction=True)
def test_whoever_settles_may_be_killed_at_any_moment(paystack):
    orders = [ordered(register(f"payer{number}")) for number in AT]
    for order in orders:
        paystack.pay(order.reference)

    dying = [start_to_settle(order, paystack.url, at) for order, at in zip(orders, AT, strict=True)]

    assert [process.wait(60) for process in dying] == [-signal.SIGKILL] * len(AT)
    assert proving.faults() == {}
    for order in orders:
        assert settling.settle(order.id, trigger="reconciler") == "paid"
    for kind in (Payment, Allowance, LedgerTransaction, Receipt):
        assert kind.objects.count() == len(orders)
    assert proving.faults() == {}
