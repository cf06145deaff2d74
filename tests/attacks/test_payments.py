"""Room without money: others' orders, strange references, prices of one's own, charges that are not as ordered."""

import contextlib
import hashlib
import hmac
import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from tests.payments.beside import Paystack
from tests.server import Server
from tests.visitors import Visitor, asked, at_once

PAYMENTS = "/api/v1/payments"
CHECKOUT = f"{PAYMENTS}/checkout"
BASIC = {"plan": "basic", "currency": "NGN"}
DEAF = {"troubles": [{"call": "*", "status": 500}]}  # whoever asks Paystack anything gets a 503


@pytest.fixture
def paystack(server: Server) -> Iterator[Paystack]:
    with Paystack(server) as paystack:
        yield paystack
        paystack.misbehave()


@pytest.fixture
def payer(meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody without any order yet."""
    return meet("payer")


def order(payer: Visitor, **headers: str) -> dict[str, Any]:
    return asked(payer.post(CHECKOUT, json=BASIC, headers=headers), 201)


def allowances(payer: Visitor) -> list[int]:
    return [allowance["bytes"] for allowance in payer.usage()["allowances"]]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", f"{PAYMENTS}/verify/{{reference}}"),
        ("get", f"{PAYMENTS}/{{reference}}"),
        ("get", f"{PAYMENTS}/orders/{{id}}"),
        ("get", f"{PAYMENTS}/orders/{{id}}/timeline"),
        ("post", f"{PAYMENTS}/orders/{{id}}/check"),
        ("post", f"{PAYMENTS}/orders/{{id}}/cancel"),
    ],
)
def test_somebody_elses_order_is_told_from_a_missing_one_by_nothing(payer, charlie, paystack, method, address):
    theirs, missing = order(payer), {"id": str(uuid4()), "reference": f"cb-{uuid4().hex}"}
    paystack.press(theirs["authorization_url"], "pay")

    answers = [charlie.request(method, address.format(**which)) for which in (theirs, missing)]

    told = [{name: value for name, value in answer.json().items() if name != "request_id"} for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert told[0] == told[1]
    assert allowances(charlie) == []


def test_receipts_are_not_found_by_counting(payer, charlie, paystack):
    made = order(payer)
    paystack.press(made["authorization_url"], "pay")
    [number] = asked(payer.post(f"{PAYMENTS}/orders/{made['id']}/check"))["receipts"]

    tried = [f"{number + step}{form}" for step in (-1, 0, 1) for form in ("", ".html", ".pdf")]
    answers = [charlie.get(f"{PAYMENTS}/receipts/{each}") for each in tried]

    assert payer.get(f"{PAYMENTS}/receipts/{number}.pdf").status_code == 200
    assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {(404, "There is no such thing.")}
    assert asked(charlie.get(f"{PAYMENTS}/receipts"))["items"] == []


STRANGE = [
    "../../transaction",
    "..%2f..%2fcustomer",
    "%2e%2e%2fbalance",
    "..",
    "%2e%2e",
    "cb-1%3fx=1%23y",
    "cb-1%00",
    "cb-1%0d%0aX-Evil:%201",
    "%c0%ae%c0%ae",
    "\N{FULLWIDTH FULL STOP}\N{FULLWIDTH FULL STOP}",
    "cb-1;x",
    "' OR 1=1 --",
    "*",
    "cb-%25",
    "k" * 5000,
]


@pytest.mark.parametrize("reference", STRANGE)
@pytest.mark.parametrize("call", ["verify/", ""])
def test_a_strange_reference_never_reaches_paystack(server, alice, paystack, call, reference):
    paystack.misbehave(**DEAF)
    wire = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)  # which sends a path as it is

    with contextlib.closing(wire):
        path = quote(f"{PAYMENTS}/{call}{reference}", safe="/%.;*'=-")
        wire.request("GET", path, headers={"Authorization": f"Bearer {alice.token}"})
        status = wire.getresponse().status

    assert status in {400, 404, 414, 431}


MANIPULATED = {
    "price": 1,
    "amount": 1,
    "amount_minor": 1,
    "requested_amount": 1,
    "bytes": 2**50,
    "days": 9999,
    "user": "admin",
    "user_id": str(uuid4()),
    "email": "admin@example.com",
    "state": "paid",
    "mode": "live",
    "metadata": {"order": str(uuid4())},
    "callback_url": "https://evil.example/",
    "__proto__": {"amount_minor": 1},
}


def test_nobody_sets_a_price_a_payer_or_a_state_of_their_own(payer):
    for name, value in MANIPULATED.items():
        answer = payer.post(CHECKOUT, json=BASIC | {name: value})

        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)
    assert asked(payer.get(f"{PAYMENTS}/orders"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"plan":"basic","currency":"NGN","currency":"GHS"}',
        b'{"plan":["basic"],"currency":"NGN"}',
        b'{"plan":{"code":"basic"},"currency":"NGN"}',
        b'{"plan":"basic\\u0000","currency":"NGN"}',
        b'{"plan":"basic","currency":"ngn"}',
        b'{"plan":"basic","currency":NaN}',
        b'{"plan":"\\ud800","currency":"NGN"}',
        b'["basic","NGN"]',
        b"plan=basic&currency=NGN",
        b"",
    ],
)
def test_a_body_that_could_be_read_in_two_ways_orders_nothing(payer, body):
    answer = payer.post(CHECKOUT, data=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert asked(payer.get(f"{PAYMENTS}/orders"))["items"] == []


@pytest.mark.parametrize("fault", [{"amount": -1}, {"amount": -199_999}, {"currency": "GHS"}, {"domain": "live"}])
def test_a_charge_that_is_not_as_ordered_gives_no_room(payer, paystack, fault):
    paystack.misbehave(**fault)
    made = order(payer)

    paystack.press(made["authorization_url"], "pay")
    checked = asked(payer.post(f"{PAYMENTS}/orders/{made['id']}/check"))

    assert (checked["state"], checked["failure"]) == ("mismatch", {"domain": "mode"}.get(*fault, *fault))
    assert allowances(payer) == []


@pytest.mark.parametrize("address", ["/webhook", "/verify/webhook/"])
def test_a_webhook_of_ones_own_gives_no_room(payer, anonymous, address):
    made = order(payer)
    said = {"id": 1, "reference": made["reference"], "status": "success", "amount": 200_000, "currency": "NGN"}
    body = json.dumps({"event": "charge.success", "data": said}).encode()
    signatures = ["", "0" * 128, hmac.new(b"sk_test_a_key_of_mine", body, hashlib.sha512).hexdigest()]

    answers = [anonymous.post(PAYMENTS + address, data=body, headers={"X-Paystack-Signature": it}) for it in signatures]

    assert {answer.status_code for answer in answers} == {401}
    assert asked(payer.get(f"{PAYMENTS}/orders/{made['id']}"))["state"] == "pending"
    assert allowances(payer) == []


def test_of_many_orders_under_one_key_one_is_made_and_one_page_is_shown(payer):
    key = str(uuid4())

    answers = at_once(lambda _: _ordered(payer, key), range(12), most=12)

    made = [answer.json() for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({(each["id"], each["reference"], each["authorization_url"]) for each in made}) == 1
    assert len(asked(payer.get(f"{PAYMENTS}/orders"))["items"]) == 1


def _ordered(payer: Visitor, key: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {payer.token}", "Idempotency-Key": key}
    return requests.post(payer.url + CHECKOUT, json=BASIC, headers=headers, timeout=60)


def test_many_who_ask_at_once_whether_it_is_paid_have_it_counted_once(payer, paystack):
    made = order(payer)
    paystack.press(made["authorization_url"], "pay")
    asks = {"post": f"{PAYMENTS}/orders/{made['id']}/check", "get": f"{PAYMENTS}/verify/{made['reference']}"}

    headers = {"Authorization": f"Bearer {payer.token}"}
    statuses = at_once(
        lambda how: requests.request(how, payer.url + asks[how], headers=headers, timeout=60).status_code,
        [*asks] * 8,
        most=16,
    )

    assert set(statuses) <= {200, 503}  # so many questions at once may find no thread for all of them
    assert asked(payer.post(asks["post"]))["state"] == "paid"
    assert allowances(payer) == [2**30]
    assert len(asked(payer.get(f"{PAYMENTS}/receipts"))["items"]) == 1


@pytest.mark.parametrize("key", ["k" * 5000, "k" * 256, "\xff\xfe", "a b", '""', "../../x", "'; --", '"'])
def test_a_strange_key_orders_once_or_is_refused(payer, key):
    statuses = {
        payer.post(CHECKOUT, json=BASIC, headers={"Idempotency-Key": key.encode("latin-1")}).status_code
        for _ in range(2)
    }

    assert statuses in ({201}, {400}, {431})
    assert len(asked(payer.get(f"{PAYMENTS}/orders"))["items"]) <= 1


def test_nobody_has_more_than_a_few_orders_wait(payer):
    answers = [payer.post(CHECKOUT, json=BASIC, headers={"Idempotency-Key": f"{number}"}) for number in range(21)]

    assert [answer.status_code for answer in answers] == [201] * 20 + [409]
    assert answers[-1].json()["code"] == "too_many_orders"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_other_method_does_anything(payer, method):
    made = order(payer)
    paths = [
        "",
        "/plans",
        "/plan",
        "/checkout",
        "/orders",
        f"/orders/{made['id']}",
        f"/{made['reference']}",
        "/webhook",
    ]

    statuses = {path: payer.request(method, PAYMENTS + path, json=BASIC).status_code for path in paths}

    assert {path: status for path, status in statuses.items() if status != 405} == {}
    assert asked(payer.get(f"{PAYMENTS}/orders/{made['id']}")) == made


@pytest.mark.parametrize("path", ["/checkout", "/orders/{id}/check", "/orders/{id}/cancel"])
def test_nothing_is_done_by_a_mere_link(payer, path):
    made = order(payer)

    assert payer.get(f"{PAYMENTS}{path.format(**made)}").status_code == 405
    assert asked(payer.get(f"{PAYMENTS}/orders/{made['id']}"))["state"] == "pending"
