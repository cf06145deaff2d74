"""POST /payments/checkout."""

import pytest
from django.test import Client

from payments.models import Order
from tests.people import key_of

CHECKOUT = "/api/v1/payments/checkout"
BASIC = {"plan": "basic", "currency": "NGN"}


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
