"""The simulator answers as Paystack documents it."""

import http.client
from urllib.parse import urlsplit

import pytest
import requests

from payments.simulator import Simulator
from tests.payments.simulator.conftest import BACK, KEY, ORDER, Shop


def test_a_transaction_is_begun_paid_and_verified(shop: Shop, simulator: Simulator) -> None:
    page = shop.begin().json()["data"]
    assert page["reference"] == "cb-1"
    assert page["authorization_url"] == f"{simulator.url}/pay/{page['access_code']}"
    assert shop.verify()["status"] == "abandoned"

    answer = requests.post(page["authorization_url"], data={"do": "pay"}, allow_redirects=False, timeout=10)

    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BACK}?trxref=cb-1&reference=cb-1")
    paid = shop.verify()
    assert (paid["status"], paid["amount"], paid["requested_amount"]) == ("success", 30050, 30050)
    assert (paid["currency"], paid["domain"], paid["customer"]["email"]) == ("NGN", "test", "alice@example.com")
    assert shop.get(f"/transaction/{paid['id']}").json()["data"]["reference"] == "cb-1"


def test_a_reference_is_good_for_one_transaction(shop: Shop) -> None:
    shop.begin()

    again = shop.begin()

    assert (again.status_code, again.json()["code"]) == (400, "duplicate_reference")
    assert again.json()["message"] == "Duplicate Transaction Reference"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": 300.5}, "Amount must be an integer"),
        ({"amount": True}, "Amount must be an integer"),
        ({"amount": "lots"}, "Amount must be an integer"),
        ({"amount": 4999}, "Invalid Amount Sent"),
        ({"email": "nobody"}, "Invalid Email Address Passed"),
        ({"currency": "EUR"}, "Currency not supported by merchant"),
        ({"reference": "cb_1"}, "Invalid character in transaction reference"),
        ({"callback_url": "javascript:alert(1)"}, "callback_url must be a valid URL"),
        ({"metadata": [1]}, "metadata must be an object"),
    ],
)
def test_what_cannot_be_charged_is_refused(
    shop: Shop, simulator: Simulator, changes: dict[str, object], message: str
) -> None:
    answer = shop.begin(**changes)

    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert simulator.charges == []


def test_nobody_is_answered_without_the_key(shop: Shop) -> None:
    shop.session.headers["Authorization"] = "Bearer sk_test_another_key"

    for answer in (shop.begin(), shop.get("/transaction/verify/cb-1"), shop.get("/simulator/webhooks")):
        assert (answer.status_code, answer.json()) == (401, {"status": False, "message": "Invalid key"})


def test_an_unknown_reference_is_told_with_the_status_of_the_day(shop: Shop, simulator: Simulator) -> None:
    for status in (404, 400):
        simulator.misbehave(unknown=status)

        answer = shop.get("/transaction/verify/nobody.s-order")

        assert (answer.status_code, answer.json()["code"]) == (status, "transaction_not_found")


def test_lists_come_in_pages_the_newest_first(shop: Shop, simulator: Simulator) -> None:
    for number in range(5):
        shop.begin(f"cb-{number}")
        simulator.pay(f"cb-{number}")
    shop.begin("cb-unpaid")

    first = shop.get("/transaction", status="success", perPage=2, page=1).json()
    last = shop.get("/transaction", status="success", perPage=2, page=3).json()

    assert [each["reference"] for each in first["data"]] == ["cb-4", "cb-3"]
    assert [each["reference"] for each in last["data"]] == ["cb-0"]
    assert (first["meta"]["total"], first["meta"]["pageCount"]) == (5, 3)
    assert shop.get("/transaction", **{"from": "2100-01-01T00:00:00Z"}).json()["data"] == []
    assert shop.get("/transaction", **{"from": "yesterday"}).status_code == 400


def test_a_refund_goes_on_in_steps_and_reverses_the_transaction(shop: Shop, simulator: Simulator) -> None:
    shop.begin()
    simulator.pay("cb-1")

    part = shop.post("/refund", transaction="cb-1", amount=50, merchant_note="Sorry.").json()["data"]
    rest = shop.post("/refund", transaction=shop.verify()["id"]).json()["data"]
    more = shop.post("/refund", transaction="cb-1")

    assert (part["status"], part["transaction"]["reference"], rest["amount"]) == ("pending", "cb-1", 30000)
    assert (more.status_code, more.json()["message"]) == (400, "Transaction has been fully reversed")
    simulator.move_refund(part["id"])
    assert (shop.verify()["status"], shop.get(f"/refund/{part['id']}").json()["data"]["status"]) == (
        "success",
        "processed",
    )
    simulator.move_refund(rest["id"])
    assert shop.verify()["status"] == "reversed"
    assert [each["id"] for each in shop.get("/refund").json()["data"]] == [rest["id"], part["id"]]


def test_the_refunds_of_one_transaction_are_listed(shop: Shop, simulator: Simulator) -> None:
    for reference in ("cb-1", "cb-2"):
        shop.begin(reference)
        simulator.pay(reference)
        shop.post("/refund", transaction=reference)
    wanted = shop.verify("cb-1")["id"]

    listed = shop.get("/refund", transaction=wanted).json()["data"]

    assert [each["transaction"] for each in listed] == [wanted]


def test_a_lost_dispute_is_told_by_itself_and_by_the_refund_that_it_brings(shop: Shop, simulator: Simulator) -> None:
    shop.begin()
    simulator.pay("cb-1")
    dispute = simulator.dispute("cb-1")
    assert shop.get(f"/dispute/{dispute.id}").json()["data"]["status"] == "awaiting-merchant-feedback"

    simulator.resolve("cb-1", lost=True)

    told = shop.get(f"/dispute/{dispute.id}").json()["data"]
    assert (told["status"], told["resolution"], told["transaction"]["status"]) == (
        "resolved",
        "merchant-accepted",
        "reversed",
    )
    assert [each["dispute"] for each in shop.get("/refund").json()["data"]] == [dispute.id]
    assert shop.get("/dispute/5").status_code == 404


def test_a_body_that_is_too_long_is_not_read(simulator: Simulator) -> None:
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
    connection.putrequest("POST", "/transaction/initialize")
    connection.putheader("Content-Length", "70000")
    connection.endheaders()

    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/", {"key": "\ud800"}),
        ("/transaction/initialize", ORDER | {"email": "\ud800@example.com"}),
        ("/transaction/initialize", ORDER | {"callback_url": "http://["}),
        ("/transaction/initialize", ORDER | {"callback_url": "http://"}),
        ("/transaction/initialize", ORDER | {"callback_url": "http://a.example/\r\nSet-Cookie: b=c"}),
        ("/refund", {"transaction": "\ud800"}),
    ],
)
def test_what_can_be_written_nowhere_is_refused(simulator: Simulator, path: str, body: dict[str, object]) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}

    assert requests.post(simulator.url + path, json=body, headers=headers, timeout=10).status_code == 400
