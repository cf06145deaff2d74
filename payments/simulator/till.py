"""What payers do: the rules that Paystack has for charges."""

import json
import math
import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from payments.simulator import facts
from payments.simulator.book import Book, Charge
from payments.simulator.faults import Faults
from payments.simulator.webhooks import Outbox

LEAST = {"NGN": 5000, "GHS": 10, "KES": 300, "ZAR": 100, "USD": 20}  # minor units
MOST = 10_000_000 * 100
PAYABLE = ("abandoned", "ongoing", "failed", "pending")
LONGEST_TEXT = 2000
_REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,200}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DIGITS = re.compile(r"[0-9]{1,15}")
_LETTERS = string.ascii_lowercase + string.digits


class SaidNo(Exception):
    """Paystack refuses something: with a status, a message and a code."""

    def __init__(self, message: str, code: str = "invalid_params", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class Till:
    """Takes money that there is not."""

    def __init__(self, book: Book, outbox: Outbox, clock: Callable[[], float], faults: Callable[[], Faults]) -> None:
        self._book = book
        self._outbox = outbox
        self._clock = clock
        self._faults = faults

    def initialize(self, asked: Mapping[str, Any]) -> Charge:
        """Make a transaction that waits for its payer. Raises SaidNo."""
        amount, currency = whole(asked.get("amount")), text(asked, "currency") or "NGN"
        email, reference = text(asked, "email"), text(asked, "reference") or _random(16)
        if not _EMAIL.fullmatch(email):
            raise SaidNo("Invalid Email Address Passed", "invalid_email_address")
        if currency not in LEAST:
            raise SaidNo("Currency not supported by merchant", "unsupported_currency")
        if not LEAST[currency] <= amount <= MOST:
            raise SaidNo("Invalid Amount Sent", "invalid_amount")
        if not _REFERENCE.fullmatch(reference):
            raise SaidNo("Invalid character in transaction reference", "invalid_reference")
        with self._book.writing():
            if self._book.one(Charge, reference=reference):
                raise SaidNo("Duplicate Transaction Reference", "duplicate_reference")
            return self._keep(
                Charge(
                    id=self._book.next_id(Charge, self._clock()),
                    reference=reference,
                    access_code=_random(15),
                    email=email,
                    requested=amount,
                    amount=amount,
                    currency=currency,
                    domain=self._faults().domain,
                    callback_url=_address(asked),
                    metadata=_metadata(asked.get("metadata")),
                    created=self._clock(),
                )
            )

    def charge(self, **same: Any) -> Charge:
        """Return a transaction by its reference, id or access code. Raises SaidNo."""
        if found := self._book.one(Charge, **same):
            return found
        raise SaidNo("Transaction reference not found", "transaction_not_found", self._faults().unknown)

    def begin(self, access_code: str) -> Charge:
        """The payer looks at the page. Raises SaidNo."""
        with self._book.writing():
            charge = self.charge(access_code=access_code)
            if charge.status != "abandoned":
                return charge
            return self._keep(replace(charge, status="ongoing", gateway_response="Waiting for the customer"))

    def pay(self, reference: str, *, after: float | None = None) -> Charge:
        """Have a transaction succeed, now or so many seconds later. Raises SaidNo."""
        with self._book.writing():
            charge = self._payable(reference)
            wait = self._faults().late if after is None else after
            return self._promise(charge, wait) if wait else self._take(charge)

    def fail(self, reference: str) -> Charge:
        """Have a transaction be declined, which no webhook tells. Raises SaidNo."""
        return self._end(reference, "failed", "Declined")

    def leave(self, reference: str) -> Charge:
        """Have the payer go away. Raises SaidNo."""
        return self._end(reference, "abandoned", "The transaction was not completed")

    def arrivals(self) -> float | None:
        """Let money come whose time has come, and return when other does."""
        with self._book.writing():
            later = []
            for charge in self._book.every(Charge, status="pending"):
                if charge.arrives is not None and charge.arrives <= self._clock():
                    self._take(charge)
                elif charge.arrives is not None:
                    later.append(charge.arrives)
            return min(later, default=None)

    def _promise(self, charge: Charge, wait: float) -> Charge:
        said = "Waiting for the transfer"
        arrives = self._clock() + wait
        return self._keep(
            replace(charge, status="pending", channel="bank_transfer", gateway_response=said, arrives=arrives)
        )

    def _take(self, charge: Charge) -> Charge:
        """Take the money, or what faults make of it, and tell."""
        faults = self._faults()
        asked = max(1, charge.requested + faults.amount)
        fees = math.ceil(asked * 15 / 1000)
        charge = self._keep(
            replace(
                charge,
                status="success",
                requested=asked,
                amount=asked + fees if faults.bearer == "customer" else asked,
                fees=fees,
                currency=faults.currency or charge.currency,
                domain=faults.domain,
                gateway_response="Successful",
                paid=self._clock(),
                arrives=None,
            )
        )
        self._outbox.add("charge.success", charge.reference, facts.succeeded(charge))
        return charge

    def _end(self, reference: str, status: str, said: str) -> Charge:
        with self._book.writing():
            charge = self._payable(reference)
            return self._keep(replace(charge, status=status, gateway_response=said, arrives=None))

    def _payable(self, reference: str) -> Charge:
        charge = self.charge(reference=reference)
        if charge.status not in PAYABLE:
            raise SaidNo(f"The transaction is {charge.status} already", "invalid_status")
        return charge

    def _keep(self, charge: Charge) -> Charge:
        self._book.keep(charge)
        return charge


def whole(value: Any) -> int:
    """Return an amount, which may be a text of digits. Raises SaidNo."""
    if type(value) is int:
        return value
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise SaidNo("Amount must be an integer", "invalid_amount")


def text(asked: Mapping[str, Any], name: str) -> str:
    """Return a field, "" where there is none. Raises SaidNo."""
    value = asked.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise SaidNo(f"{name} must be a string")
    return value


def _address(asked: Mapping[str, Any]) -> str:
    url = text(asked, "callback_url")
    try:
        is_one = not url or bool(re.fullmatch(r"https?://[^\s\"'<>;,]+", url) and urlsplit(url).hostname)
    except ValueError:
        is_one = False
    if not is_one:
        raise SaidNo("callback_url must be a valid URL")
    return url


def _metadata(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, dict | str):
        raise SaidNo("metadata must be an object")
    return json.dumps(value)


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
