"""Hundreds of requests about money with nonsense in every place: each is answered, and none breaks anything."""

import random
from typing import Any
from urllib.parse import quote

import requests

from tests.console import Console
from tests.server import STAFF_PASSWORD, Server
from tests.visitors import Visitor, asked

TIMES = 300
NONSENSE: list[str | bytes] = [
    "", "0", "-1", "1e999", "NaN", "9" * 19, "9" * 400, "٣", "²", "a\0b", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\xae",
    "..", "%2e%2e", "%zz", "'", '"', "<script>", "{{7*7}}", "=1+1", "\r\nX: y", "\N{RIGHT-TO-LEFT OVERRIDE}", "İ",
    "💥", "x" * 3000, "ngn", "{}", "[]", "null", "0001-01-01", "9999-12-31T23:59:59-23:59", "2026-13-45", "5 GiB",
    "99999999999 PiB", "2,000.00", "00000000-0000-7000-8000-000000000000", "bm9uc2Vuc2U", "WyIwMDAxLTAxLTAxIiwgMV0",
]  # fmt: skip
API = ("", "/plans/{}/quote", "/checkout", "/orders", "/orders/{}", "/orders/{}/timeline", "/orders/{}/check",
       "/orders/{}/cancel", "/plan", "/receipts", "/receipts/{}", "/receipts/{}.pdf", "/verify/{}", "/{}", "/webhook",
       "/verify/webhook/")  # fmt: skip
PAGES = (
    "plan",
    "plan/{}",
    "orders",
    "orders/return",
    "orders/{}",
    "orders/{}/cancel",
    "receipts/{}",
    "receipts/{}.pdf",
)
ROWS = ("order", "plan", "payment", "refund", "dispute", "ledgertransaction", "receipt", "finding", "reconciliation",
        "providerevent")  # fmt: skip
ACTS = ("", "{}/change/", "{}/refund/", "{}/accept/", "{}/check/", "{}/edit/", "{}/stop/", "{}/dismiss/", "{}/pdf/",
        "new/", "compare/")  # fmt: skip
FIELDS = ("plan", "currency", "reference", "cursor", "limit", "q", "p", "o", "mode", "months", "state__exact",
          "created_at_from_0", "number_from", "what", "since", "until", "amount", "reason", "name", "bytes", "days",
          "price_ngn", "seen", "settle", "_form_submitted", "user__password__startswith")  # fmt: skip


def test_no_nonsense_about_money_breaks_anything(server: Server, alice: Visitor) -> None:
    dice = random.Random(7)
    order = asked(alice.post("/api/v1/payments/checkout", json={"plan": "basic", "currency": "NGN"}), 201)
    with Console(server.url) as console:
        console.log_in("admin", STAFF_PASSWORD)
        token = next(value for name, value in console.cookies.items() if "csrf" in name)
        staff = {"X-CSRFToken": token, "Referer": server.url}

        def said() -> str | bytes:
            return dice.choice([*NONSENSE, str(order["id"]), str(order["reference"])])

        def ask() -> requests.Response:
            below, session, sent = dice.choice(
                [
                    (f"/api/v1/payments{dice.choice(API)}", alice, {"X-Paystack-Signature": "a" * 128}),
                    (f"/account/{dice.choice(PAGES)}", console, staff),
                    (f"/admin/payments/{dice.choice(ROWS)}/{dice.choice(ACTS)}", console, staff),
                    (f"/admin/{dice.choice(['exports/', 'revenue/'])}", console, staff),
                ]
            )
            query = "&".join(f"{dice.choice(FIELDS)}={quote(said())}" for _ in range(dice.randrange(3)))
            fields: dict[str, Any] = {dice.choice(FIELDS): said() for _ in range(dice.randrange(5))}
            address = f"{below.format(quote(said(), safe=''))}?{query}"
            address = address if session is alice else f"{server.url}{address}"
            method = dice.choice(["GET", "GET", "POST", "POST", "PUT", "HEAD"])
            body: dict[str, Any] = {"data": fields} if method in {"POST", "PUT"} else {}
            return session.request(method, address, headers=sent, allow_redirects=False, timeout=60, **body)

        broken = {answer.request.path_url for answer in (ask() for _ in range(TIMES)) if answer.status_code >= 500}

    assert broken == set()
