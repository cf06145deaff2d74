"""GET /payments/plans and /payments/plans/<code>/quote."""

import pytest
from django.test import Client

from payments.models import Plan, Price
from tests.people import client_for, key_of

PLANS = "/api/v1/payments/plans"
QUOTE = "/api/v1/payments/plans/basic/quote"
GIB = 2**30
DAY = 86400


@pytest.mark.parametrize("slash", ["", "/"])
def test_anybody_reads_what_is_for_sale_in_whole_minor_units(settings, slash):
    settings.CLOUDBOX_DEFAULT_QUOTA = 5 * GIB

    answer = Client().get(f"{PLANS}{slash}")

    assert (answer.status_code, answer["Cache-Control"]) == (200, "public, max-age=60")
    assert answer.json() == {
        "mode": settings.CLOUDBOX_PAYING.mode,
        "currencies": ["NGN", "USD"],
        "free": {"bytes": 5 * GIB},
        "items": [
            {"code": code, "name": name, "bytes": size * GIB, "days": 30, "prices": {"NGN": naira, "USD": cents}}
            for code, name, size, naira, cents in [
                ("basic", "Basic", 1, 200_000, 150),
                ("standard", "Standard", 5, 500_000, 350),
                ("premium", "Premium", 10, 1_000_000, 700),
            ]
        ],
    }


def test_what_is_not_sold_any_more_is_not_in_the_list():
    Plan.objects.filter(code="basic").update(sold=False)

    assert [plan["code"] for plan in Client().get(PLANS).json()["items"]] == ["standard", "premium"]


def test_a_quote_tells_the_price_and_the_time_and_changes_nothing(mine, order):
    quote = mine.get(f"{QUOTE}?currency=USD").json()

    assert (quote["plan"]["code"], quote["currency"], quote["amount_minor"]) == ("basic", "USD", 150)
    assert (quote["extra_seconds"], quote["takes_over"]) == (0, False)
    assert mine.get("/api/v1/payments/orders").json()["items"][0]["id"] == str(order.id)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (QUOTE, "currency"),
        (f"{QUOTE}?currency=EUR", "currency"),
        (f"{QUOTE}?currency=NGN&amount=1", "amount"),
        (f"{PLANS}/gold/quote?currency=NGN", "plan"),
        (f"{PLANS}?currency=NGN", "currency"),
    ],
)
def test_a_wrong_question_is_refused_by_the_name_of_its_field(mine, asked, field):
    answer = mine.get(asked)

    assert (answer.status_code, answer.json()["field"]) == (400, field)


def test_a_plan_that_is_not_sold_in_a_currency_says_in_which_it_is(mine):
    Price.objects.filter(plan__code="basic", currency="USD").delete()

    assert mine.get(f"{QUOTE}?currency=USD").json()["detail"] == "This plan is sold for NGN."


def test_a_quote_is_for_who_is_signed_in_or_reads_with_a_key_for_all(alice, mine):
    folder = mine.get("/api/v1/store/folders").json()["id"]
    by = [key_of(alice, "read"), key_of(alice, "write"), key_of(alice, "read", folder=folder)]

    answers = [Client(headers={"Authorization": f"Bearer {key.token}"}).get(f"{QUOTE}?currency=NGN") for key in by]

    assert Client().get(f"{QUOTE}?currency=NGN").status_code == 401
    assert [answer.status_code for answer in answers] == [200, 403, 403]


def test_prices_are_not_there_where_nothing_is_sold(settings, alice):
    settings.CLOUDBOX_BILLING = False

    assert [client_for(alice).get(path).status_code for path in (PLANS, QUOTE)] == [404, 404]
