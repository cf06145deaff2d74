"""What settling costs, against the least that anybody may do who is paid: write one row that is on the disk."""

import dataclasses
import time
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from accounts import services
from accounts.callers import Caller
from benchmarks.outcomes import Outcome
from benchmarks.pairs import Comparison, Side, compare, median_seconds
from payments.services import checkout, settling
from payments.simulator import Simulator

KEY = "sk_test_of_the_benchmark"
PASSWORD = "three tame otters"
MANY = 50  # payments of a round, each of somebody else
LEAST = 1 / 100  # of the speed of the bare row: the question over HTTP alone is some milliseconds


def outcomes() -> Iterator[Outcome]:
    """Settle payments of many people, one after the other."""
    with Simulator(KEY) as paystack:
        paying = settings.CLOUDBOX_PAYING
        settings.CLOUDBOX_PAYING = dataclasses.replace(paying, keys=(KEY,), url=paystack.url, checkout=paystack.url)
        found = compare(Side(partial(_settle, paystack)), Side(_insert))
    yield Outcome(
        what=f"settle a payment, {MANY} in a row, with the question to the simulator",
        peer="INSERT and COMMIT of one row",
        found=found.speed,
        least=LEAST,
        ours=_each(found, ours=True),
        theirs=_each(found, ours=False),
    )


def _settle(paystack: Simulator) -> float:
    """Return how long it took, the ordering and paying before it aside."""
    paid = [_paid(paystack) for _ in range(MANY)]
    began = time.perf_counter()
    for order_id in paid:
        settling.settle(order_id, trigger="webhook")
    return time.perf_counter() - began


def _paid(paystack: Simulator) -> UUID:
    name = f"payer-{uuid4().hex}"
    user = services.register(
        by=Caller.anonymous(), username=name, email=f"{name}@example.com", password=PASSWORD, details={}
    )
    order = checkout.begin(by=Caller(user_id=user.id, username=name), plan="basic", currency="NGN")
    paystack.pay(order.reference)
    return order.id


def _insert() -> float:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, amount bigint NOT NULL)")
        began = time.perf_counter()
        for _ in range(MANY):
            cursor.execute("INSERT INTO bare VALUES (%s, 200000)", [uuid4()])
        return time.perf_counter() - began


def _each(found: Comparison, *, ours: bool) -> str:
    return f"{median_seconds(found.ours if ours else found.theirs) / MANY * 1e3:.2f} ms"
