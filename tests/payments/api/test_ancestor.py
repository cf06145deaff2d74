"""The first CloudBox's calls: /payments/pay/, /payments/verify/<ref>, /payments/<ref> and /payments/."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Allowance, User
from tests.payments.orders import an_order
from tests.people import client_for, key_of

PAYMENTS = "/api/v1/payments"
WORDS = {
    "created": "pending",
    "pending": "pending",
    "failed": "failed",
    "cancelled": "abandoned",
    "expired": "abandoned",
}


def ordered_by(client: Client) -> Any:
    body = {"plan": "premium", "currency": "NGN"}
    return client.post(f"{PAYMENTS}/checkout", body, "application/json").json()


def room_of(user: User) -> list[int]:
    return [allowance.bytes for allowance in Allowance.objects.filter(owner=user)]


def test_a_program_reads_the_pay_page_and_is_led_to_the_checkout(mine):
    page = mine.get(f"{PAYMENTS}/pay/")

    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert (
        '<a class="button" href="/account/plan/premium?currency=NGN">Buy for NGN\N{NO-BREAK SPACE}10,000.00</a>'
        in page.content.decode()
    )
    assert "form-action 'self'" in page["Content-Security-Policy"]


def test_a_browser_is_led_to_the_page_of_prices(alice):
    browser = Client()
    browser.force_login(alice)

    page = browser.get(f"{PAYMENTS}/pay/")

    assert (page.status_code, page["Location"]) == (302, "/account/plan")


def test_my_transactions_are_my_orders_in_paystacks_words(alice, bob, mine):
    made = {an_order(alice, state=state).reference: state for state in WORDS}
    an_order(bob)

    items = mine.get(f"{PAYMENTS}/").json()["items"]

    assert {item["reference_id"]: item["status"] for item in items} == {
        ref: WORDS[state] for ref, state in made.items()
    }
    assert {(item["user"], item["amount"], item["currency"]) for item in items} == {(str(alice.id), 200_000, "NGN")}
    assert items[0].keys() == {"user", "reference_id", "amount", "currency", "status", "created_at"}


@pytest.mark.parametrize("address", ["/verify/{}", "/verify/{}/", "/{}", "/{}/"])
def test_verifying_asks_paystack_and_answers_the_transaction(alice, mine, paystack, address):
    ordered = ordered_by(mine)
    paystack.pay(ordered["reference"])

    transaction = mine.get(PAYMENTS + address.format(ordered["reference"])).json()

    assert transaction == {
        "user": str(alice.id),
        "reference_id": ordered["reference"],
        "amount": 1_000_000,
        "currency": "NGN",
        "status": "success",
        "created_at": ordered["created_at"],
    }
    assert room_of(alice) == [10 * 2**30]


@pytest.mark.parametrize(("ends", "status"), [("fail", "failed"), ("begin", "pending"), ("leave", "pending")])
def test_a_payment_that_did_not_succeed_gives_nothing_on_the_first_verify_nor_later(
    alice, mine, paystack, ends, status
):
    ordered = ordered_by(mine)
    end = {"fail": paystack.fail, "leave": paystack.till.leave, "begin": lambda _: None}
    end[ends](ordered["reference"])

    statuses = {mine.get(f"{PAYMENTS}/verify/{ordered['reference']}").json()["status"] for _ in range(2)}

    assert (statuses, room_of(alice)) == ({status}, [])


def test_the_payer_is_who_ordered_and_never_found_by_the_address_that_paystack_has(alice, bob, mine, paystack):
    ordered = ordered_by(mine)
    User.objects.filter(id=alice.id).update(email="moved@example.com", email_key="moved@example.com")
    User.objects.filter(id=bob.id).update(email="alice@example.com", email_key="alice@example.com")
    paystack.pay(ordered["reference"])

    stranger = client_for(bob).get(f"{PAYMENTS}/verify/{ordered['reference']}")
    payer = mine.get(f"{PAYMENTS}/verify/{ordered['reference']}")

    assert (stranger.status_code, payer.json()["status"]) == (404, "success")
    assert (room_of(alice), room_of(bob)) == ([10 * 2**30], [])


@pytest.mark.parametrize("address", ["/verify/{}", "/verify/{}/", "/{}", "/{}/"])
def test_a_reference_of_somebody_else_is_not_found_and_paystack_not_asked(bob, order, address):
    answer = client_for(bob).get(PAYMENTS + address.format(order.reference))

    order.refresh_from_db()
    assert (answer.status_code, answer.json()["code"], order.checked_at) == (404, "not_found", None)


@pytest.mark.parametrize("path", ["", "/pay", "/verify/cb-1", "/cb-1"])
def test_somebody_anonymous_learns_nothing(path):
    assert Client().get(PAYMENTS + path).status_code == 401


@pytest.mark.parametrize("path", ["", "/pay", "/verify/cb-1", "/cb-1"])
def test_what_is_asked_beside_is_refused_by_its_name_and_nothing_is_there_without_billing(settings, mine, path):
    refused = mine.get(f"{PAYMENTS}{path}?email=bob@example.com")
    settings.CLOUDBOX_BILLING = False

    assert (refused.status_code, refused.json()["field"]) == (400, "email")
    assert mine.get(PAYMENTS + path).status_code == 404


def test_a_key_that_does_not_read_everything_learns_nothing(alice, mine, order):
    folder = mine.get("/api/v1/store/folders").json()["id"]
    for key in (key_of(alice, "write"), key_of(alice, "read", folder=folder)):
        program = Client(headers={"Authorization": f"Bearer {key.token}"})

        assert {program.get(PAYMENTS + path).status_code for path in ("", "/pay", f"/{order.reference}")} == {403}
