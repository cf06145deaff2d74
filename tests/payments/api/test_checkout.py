"""POST /payments/checkout, and what follows from it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Allowance
from payments.models import Order
from payments.simulator.faults import Trouble
from tests.people import client_for, key_of

CHECKOUT = "/api/v1/payments/checkout"
ORDERS = "/api/v1/payments/orders"
BASIC = {"plan": "basic", "currency": "NGN"}


def order(client: Client, body: dict[str, str] = BASIC, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(CHECKOUT, body, "application/json", headers=headers)


def test_an_order_is_paid_on_paystacks_page_checked_and_gives_its_room_once(alice, mine, paystack):
    answer = order(mine)
    ordered = answer.json()
    paystack.pay(ordered["reference"])
    checked = [mine.post(f"{ORDERS}/{ordered['id']}/check").json() for _ in range(2)]

    assert (answer.status_code, ordered["state"]) == (201, "pending")
    assert ordered["authorization_url"].startswith(paystack.url)
    assert checked[0] == checked[1] == mine.get(f"{ORDERS}/{ordered['id']}").json()
    assert (checked[0]["state"], checked[0]["authorization_url"], len(checked[0]["receipts"])) == ("paid", None, 1)
    assert [given.bytes for given in Allowance.objects.filter(owner=alice)] == [2**30]
    steps = mine.get(f"{ORDERS}/{ordered['id']}/timeline").json()["items"]
    assert [step["kind"] for step in steps] == ["ordered", "opened", "verified", "settled", "mailed"]


@pytest.mark.parametrize(("plan", "room"), [("basic", 1), ("standard", 5), ("premium", 10)])
def test_each_pack_gives_what_it_says(alice, mine, paystack, plan, room):
    """The first CloudBox took money for its Premium and failed with a KeyError."""
    ordered = order(mine, {"plan": plan, "currency": "USD"}).json()
    paystack.pay(ordered["reference"])

    assert mine.post(f"{ORDERS}/{ordered['id']}/check").json()["state"] == "paid"
    assert Allowance.objects.get(owner=alice).bytes == room * 2**30


def test_a_repeat_under_a_key_is_the_same_order_as_it_is_now(mine, paystack):
    first = order(mine, key="1")
    paystack.pay(first.json()["reference"])
    mine.post(f"{ORDERS}/{first.json()['id']}/check")

    repeat, other = order(mine, key='"1"'), order(mine, {"plan": "premium", "currency": "NGN"}, key="1")

    assert "Idempotency-Replayed" not in first
    assert (repeat.status_code, repeat["Idempotency-Replayed"]) == (201, "true")
    assert (repeat.json()["id"], repeat.json()["state"]) == (first.json()["id"], "paid")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(paystack.charges) == Order.objects.count() == 1


def test_a_key_of_somebody_else_orders_for_oneself(bob, mine, paystack):
    orders = [order(client, key="1") for client in (mine, client_for(bob))]

    assert [answer.status_code for answer in orders] == [201, 201]
    assert len({answer.json()["reference"] for answer in orders}) == 2


def test_an_order_that_paystack_did_not_hear_of_goes_on_under_its_key(mine, paystack):
    paystack.misbehave(troubles=[Trouble(call="initialize", status=500, times=1)])

    failed, again = order(mine, key="1"), order(mine, key="1")

    assert (failed.status_code, failed.json()["code"]) == (503, "payment_provider_unavailable")
    assert failed["Retry-After"]
    assert (again.status_code, "Idempotency-Replayed" in again) == (201, False)
    assert Order.objects.count() == 1


def test_an_order_whose_new_reference_another_request_has_taken_up_is_soon_tried_again(mine, paystack):
    asked = paystack.till.initialize

    def ahead(fields):
        asked(fields)
        return asked(fields)

    paystack.till.initialize = ahead
    busy = order(mine, key="1")
    paystack.till.initialize = asked

    assert (busy.status_code, busy.json()["code"]) == (409, "order_in_the_making")
    assert order(mine, key="1").json()["authorization_url"]


@pytest.mark.django_db(transaction=True)
def test_an_order_that_another_request_is_making_just_now_is_soon_tried_again(mine, paystack):
    asked = paystack.till.initialize

    def meanwhile(fields):
        Order.objects.update(reference="cb-which-another-request-asks-about")
        connection.close()
        return asked(fields)

    paystack.till.initialize = meanwhile
    busy = order(mine, key="1")
    paystack.till.initialize = asked

    assert (busy.status_code, busy.json()["code"], busy["Retry-After"]) == (409, "order_in_the_making", "1")
    assert order(mine, key="1").json()["authorization_url"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plan": "gold", "currency": "NGN"}, "plan"),
        ({"plan": 1, "currency": "NGN"}, "plan"),
        ({"plan": "basic", "currency": "EUR"}, "currency"),
        ({"plan": "basic", "currency": "GHS"}, "currency"),
        ({"plan": "basic"}, "currency"),
        *[
            (BASIC | {name: value}, name)
            for name, value in {
                "price": 1,
                "amount": 1,
                "amount_minor": 1,
                "user": "bob",
                "state": "paid",
                "bytes": 2**50,
                "days": 3660,
                "email": "bob@example.com",
                "reference": "cb-1",
                "callback_url": "https://evil.example.org/",
            }.items()
        ],
    ],
)
def test_only_the_plan_and_the_currency_are_for_the_payer_to_say(mine, body, field):
    answer = mine.post(CHECKOUT, body, "application/json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)
    assert not Order.objects.exists()


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, '""'])
def test_a_key_that_is_none_is_refused_by_its_name(mine, key):
    answer = mine.post(CHECKOUT, BASIC, "application/json", headers={"Idempotency-Key": key})

    assert (answer.status_code, answer.json()["field"]) == (400, "Idempotency-Key")


def test_only_people_pay(alice):
    program = Client(headers={"Authorization": f"Bearer {key_of(alice, 'read', 'write').token}"})

    assert Client().post(CHECKOUT, BASIC, "application/json").status_code == 401
    refused = program.post(CHECKOUT, BASIC, "application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "key_not_enough")


def test_a_browser_pays_only_with_its_token(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    answer = browser.post(CHECKOUT, BASIC, "application/json")

    assert (answer.status_code, Order.objects.exists()) == (403, False)


def test_there_is_no_checkout_where_nothing_is_sold(settings, mine):
    settings.CLOUDBOX_BILLING = False

    assert mine.post(CHECKOUT, BASIC, "application/json").status_code == 404
