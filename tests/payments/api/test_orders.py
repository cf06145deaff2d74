"""/payments/orders: one's own, and nobody else's."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from payments.models import Order
from payments.steps import note
from tests.payments.orders import an_order
from tests.people import client_for, key_of

ORDERS = "/api/v1/payments/orders"


def test_an_order_shows_where_it_is_paid_and_what_for(mine, order):
    shown = mine.get(f"{ORDERS}/{order.id}/").json()

    assert shown == {
        "id": str(order.id),
        "reference": order.reference,
        "state": "pending",
        "mode": "simulated",
        "plan": "basic",
        "plan_name": "Basic",
        "bytes": 2**30,
        "days": 30,
        "currency": "NGN",
        "amount_minor": 200_000,
        "refunded_minor": 0,
        "authorization_url": "https://checkout.example.org/page",
        "failure": "",
        "created_at": shown["created_at"],
        "expires_at": shown["expires_at"],
        "paid_at": None,
        "starts_at": None,
        "ends_at": None,
        "receipts": [],
    }


def test_orders_are_listed_newest_first_page_by_page(alice, mine):
    now = timezone.now()
    made = [str(an_order(alice, created_at=now - timedelta(hours=hours)).id) for hours in range(5)]

    first = mine.get(f"{ORDERS}?limit=3").json()
    second = mine.get(f"{ORDERS}/?limit=3&cursor={first['next']}").json()

    assert [order["id"] for order in first["items"] + second["items"]] == made
    assert second["next"] is None


def test_the_timeline_tells_what_happened_and_nothing_of_the_machinery(mine, order):
    note(order.id, "ordered", plan="basic")
    note(order.id, "webhook", event=1)
    note(order.id, "mailed", mail="payment_receipt", key="of the outbox")

    answer = mine.get(f"{ORDERS}/{order.id}/timeline").json()

    assert [(step["kind"], step["facts"]) for step in answer["items"]] == [
        ("ordered", {"plan": "basic"}),
        ("mailed", {"mail": "payment_receipt"}),
    ]


def test_a_page_that_checks_again_and_again_fills_no_timeline(mine, order, paystack):
    for _ in range(3):
        Order.objects.filter(id=order.id).update(checked_at=None)
        assert mine.post(f"{ORDERS}/{order.id}/check").status_code == 200

    steps = mine.get(f"{ORDERS}/{order.id}/timeline").json()["items"]
    assert [(step["kind"], step["facts"]["answer"]) for step in steps] == [("verified", "unknown")]


def test_paystack_is_asked_at_most_every_other_second_for_one_order(mine, order, paystack):
    for _ in range(2):
        assert mine.post(f"{ORDERS}/{order.id}/check").status_code == 200

    order.refresh_from_db()
    assert order.checks == 1


def test_an_unpaid_order_is_cancelled_and_a_paid_one_is_not(alice, mine, order):
    paid = an_order(alice, state="paid", paid_at=timezone.now())

    cancelled = mine.post(f"{ORDERS}/{order.id}/cancel")
    refused = mine.post(f"{ORDERS}/{paid.id}/cancel/")

    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert cancelled.json()["authorization_url"] is None
    assert (refused.status_code, refused.json()["code"]) == (409, "already_paid")


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("get", "/timeline"), ("post", "/check"), ("post", "/cancel")]
)
def test_an_order_is_not_there_for_others_and_needs_somebody_signed_in(bob, order, method, path):
    ask = f"{ORDERS}/{order.id}{path}"

    assert getattr(Client(), method)(ask).status_code == 401
    assert getattr(client_for(bob), method)(ask).status_code == 404
    order.refresh_from_db()
    assert (order.state, order.checked_at) == ("pending", None)


def test_a_key_reads_the_orders_if_it_reads_everything_and_never_acts(alice, mine, order):
    folder = mine.get("/api/v1/store/folders").json()["id"]
    keys = [key_of(alice, "read"), key_of(alice, "write"), key_of(alice, "read", folder=folder)]
    clients = [Client(headers={"Authorization": f"Bearer {key.token}"}) for key in keys]

    assert [client.get(ORDERS).status_code for client in clients] == [200, 403, 403]
    assert [client.get(f"{ORDERS}/{order.id}").status_code for client in clients] == [200, 403, 403]
    acts = [client.post(f"{ORDERS}/{order.id}/{act}") for client in clients for act in ("check", "cancel")]
    assert {(answer.status_code, answer.json()["code"]) for answer in acts} == {(403, "key_not_enough")}


@pytest.mark.parametrize(
    ("query", "field"), [("limit=0", "limit"), ("cursor=x", "cursor"), ("state=paid", "state"), ("user=bob", "user")]
)
def test_a_wrong_question_is_refused_by_the_name_of_its_field(mine, query, field):
    answer = mine.get(f"{ORDERS}?{query}")

    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_an_unknown_order_is_not_found_and_other_methods_are_not_taken(mine, order):
    assert mine.get(f"{ORDERS}/{uuid4()}").status_code == 404
    assert [mine.delete(f"{ORDERS}/{order.id}").status_code, mine.post(ORDERS).status_code] == [405, 405]


def test_orders_are_not_there_where_nothing_is_sold(settings, mine, order):
    settings.CLOUDBOX_BILLING = False

    assert [mine.get(ORDERS).status_code, mine.post(f"{ORDERS}/{order.id}/cancel").status_code] == [404, 404]
