"""The only module that talks to Paystack."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from paystackapi.base import PayStackBase  # noqa: F401  the transport is built on it

from cloudbox.errors import Refusal


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
    """A refund as Paystack tells of it; `status` is one of its words (`needs-attention` …)."""

    id: int
    reference: str
    charge_id: int | None
    amount: int
    currency: str
    status: str


class PaystackUnavailable(Refusal):
    """Paystack does not answer, or not as it should; try again after `retry_after` seconds."""

    code = "payment_provider_unavailable"
    status = 503
    title = "The payment provider does not answer just now."

    def __init__(self, message: str = "") -> None:
        super().__init__(message, retry_after=30)


class PaystackRefused(Refusal):
    """Paystack said no. `said` is what it said, for the staff."""

    code = "payment_provider_refused"
    status = 502
    title = "The payment provider has refused this."

    def __init__(self, said: str = "") -> None:
        super().__init__()
        self.said = said


class DuplicateReference(PaystackRefused):
    """It knows such a reference already."""


def initialize(
    *, reference: str, email: str, amount: int, currency: str, callback_url: str, metadata: dict[str, str]
) -> str:
    """Return the address of the page on which the charge is paid."""
    raise NotImplementedError


def verify(reference: str) -> Charge | None:
    """Return the charge of that reference; None when there is none."""
    raise NotImplementedError


def charges(*, since: datetime, until: datetime) -> Iterator[Charge]:
    """Yield the charges that succeeded from one time to another."""
    raise NotImplementedError


def refund(*, charge_id: int, amount: int, note: str) -> RefundAt:
    """Have money go back to the payer."""
    raise NotImplementedError


def refund_of(refund_id: int) -> RefundAt | None:
    """Return a refund; None when there is none of that id."""
    raise NotImplementedError


def refunds(*, since: datetime, until: datetime) -> Iterator[RefundAt]:
    """Yield the refunds from one time to another."""
    raise NotImplementedError


def is_signed(raw: bytes, signature: str) -> bool:
    """Return whether the signature of a webhook is that of its body."""
    raise NotImplementedError
