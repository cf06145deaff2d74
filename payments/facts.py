"""What Paystack tells, as facts that can be relied on: right types, sane sizes, aware times. Pure.

Amounts come as numbers or as texts, times under two names, and what is of no interest in any shape at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from payments.asking import SEGMENT, PaystackUnavailable, clean

LARGEST_AMOUNT = 2**53  # minor units; beyond that JavaScript, which Paystack speaks, cannot count
LARGEST_ID = 2**63 - 1
WHOLE_NUMBER = re.compile(r"[0-9]{1,19}")
CURRENCY = re.compile(r"[A-Z]{3}")
LONGEST = 255  # characters of a text


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A transaction as Paystack tells of it. Money in minor units; `amount` may hold fees beside what was asked for."""

    id: int
    reference: str
    status: str
    amount: int
    requested_amount: int
    currency: str
    domain: str
    email: str
    channel: str
    fees: int
    paid_at: datetime | None
    created_at: datetime | None
    gateway_response: str


@dataclass(frozen=True, kw_only=True)
class RefundAt:
    """A refund as Paystack tells of it; `status` is one of its words (`needs-attention` …).

    `reference` is that of the charge, and empty where Paystack tells only the charge's id. `note` is what was written
    beside it when it was asked for; one that a dispute has brought about names that.
    """

    id: int
    reference: str
    charge_id: int | None
    amount: int
    currency: str
    status: str
    note: str
    dispute_id: int | None


@dataclass(frozen=True, kw_only=True)
class DisputeAt:
    """A dispute as Paystack tells of it. `amount` goes back if it is lost; `resolution` says how it ended."""

    id: int
    reference: str
    charge_id: int
    amount: int
    currency: str
    status: str
    resolution: str
    category: str
    due_at: datetime | None


def charge_in(said: Any) -> Charge:
    """Return the charge that an answer tells of. Raises PaystackUnavailable."""
    facts = _object(said, "a charge")
    customer = facts.get("customer")
    amount = amount_in(facts, "amount")
    return Charge(
        id=number_in(facts, "id", LARGEST_ID),
        reference=_text(facts, "reference"),
        status=_text(facts, "status"),
        amount=amount,
        requested_amount=amount if facts.get("requested_amount") is None else amount_in(facts, "requested_amount"),
        currency=_currency(facts),
        domain=_text(facts, "domain"),
        email=_optional(customer, "email") if isinstance(customer, Mapping) else "",
        channel=_optional(facts, "channel"),
        fees=0 if facts.get("fees") is None else amount_in(facts, "fees"),
        paid_at=_time(facts, "paid_at", "paidAt"),
        created_at=_time(facts, "created_at", "createdAt"),
        gateway_response=_optional(facts, "gateway_response"),
    )


def refund_in(said: Any) -> RefundAt:
    """Return the refund that an answer tells of. Raises PaystackUnavailable."""
    facts = _object(said, "a refund")
    charge = facts.get("transaction")
    told = charge if isinstance(charge, Mapping) else {"reference": facts.get("transaction_reference")}
    return RefundAt(
        id=number_in(facts, "id", LARGEST_ID),
        reference=_optional(told, "reference"),
        charge_id=_id_within(facts, "transaction"),
        amount=amount_in(facts, "amount"),
        currency=_currency(facts),
        status=_text(facts, "status"),
        note=_optional(facts, "merchant_note"),
        dispute_id=_id_within(facts, "dispute"),
    )


def dispute_in(said: Any) -> DisputeAt:
    """Return the dispute that an answer tells of. Raises PaystackUnavailable.

    Where it names no amount or currency of its own, it is about the whole charge.
    """
    facts = _object(said, "a dispute")
    charge = _object(facts.get("transaction"), "the charge of a dispute")
    whole = facts.get("refund_amount") is None
    return DisputeAt(
        id=number_in(facts, "id", LARGEST_ID),
        reference=_text(charge, "reference"),
        charge_id=number_in(charge, "id", LARGEST_ID),
        amount=amount_in(charge, "amount") if whole else amount_in(facts, "refund_amount"),
        currency=_currency(facts if facts.get("currency") else charge),
        status=_text(facts, "status"),
        resolution=_optional(facts, "resolution"),
        category=_optional(facts, "category"),
        due_at=_time(facts, "dueAt", "due_at"),
    )


def named_in(hint: Mapping[str, Any]) -> tuple[str, int | None]:
    """Return which charge a webhook about money that goes back names, and by its own id what goes back.

    Either may be missing or nonsense: then it is empty, or None.
    """
    charge = hint.get("transaction")
    told = charge.get("reference") if isinstance(charge, Mapping) else hint.get("transaction_reference")
    reference = told if isinstance(told, str) and SEGMENT.fullmatch(told) else ""
    try:
        return reference, number_in(hint, "id", LARGEST_ID)
    except PaystackUnavailable:
        return reference, None


def items_in(said: Mapping[str, Any]) -> list[Any]:
    """Return what a list of Paystack has on one page. Raises PaystackUnavailable."""
    items = said.get("data")
    if not isinstance(items, list):
        raise _unreadable("a list")
    return items


def amount_in(facts: Mapping[str, Any], name: str) -> int:
    """Return an amount in minor units. Raises PaystackUnavailable."""
    return number_in(facts, name, LARGEST_AMOUNT)


def number_in(facts: Mapping[str, Any], name: str, most: int) -> int:
    """Return a whole number from 0 to `most`, which may come as a text. Raises PaystackUnavailable."""
    said = facts.get(name)
    if isinstance(said, bool) or not isinstance(said, int | str):
        raise _unreadable(name)
    if isinstance(said, str) and not WHOLE_NUMBER.fullmatch(said):
        raise _unreadable(name)
    number = int(said)
    if not 0 <= number <= most:
        raise _unreadable(name)
    return number


def _id_within(facts: Mapping[str, Any], name: str) -> int | None:
    """Return the id of something that is told whole, or by its id; None where nothing is told."""
    said = facts.get(name)
    told = said if isinstance(said, Mapping) else {"id": said}
    return None if told.get("id") is None else number_in(told, "id", LARGEST_ID)


def _object(said: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise _unreadable(what)
    return said


def _text(facts: Mapping[str, Any], name: str) -> str:
    """Return a text that must be there, as it came: it is compared with ours."""
    said = facts.get(name)
    if not isinstance(said, str) or not said or len(said) > LONGEST or not said.isprintable():
        raise _unreadable(name)
    return said


def _optional(facts: Mapping[str, Any], name: str) -> str:
    return clean(facts.get(name), LONGEST)


def _currency(facts: Mapping[str, Any]) -> str:
    said = facts.get("currency")
    if not isinstance(said, str) or not CURRENCY.fullmatch(said):
        raise _unreadable("currency")
    return said


def _time(facts: Mapping[str, Any], *names: str) -> datetime | None:
    """Return the time under the first of the names that tells one; None where none does."""
    name, said = next(((name, facts[name]) for name in names if facts.get(name)), ("", None))
    if said is None:
        return None
    try:
        moment = datetime.fromisoformat(said)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _unreadable(name) from None


def _unreadable(what: str) -> PaystackUnavailable:
    return PaystackUnavailable(f"Paystack answers something that cannot be read: {what}.")
