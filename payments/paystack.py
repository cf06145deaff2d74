"""The only module that talks to Paystack.

`paystackapi` knows which call is where; how it calls is replaced (payments.asking), for it has no time limit, looks at
no status, and keeps the first key that it was given, or one of its author's. The address and the keys are those of the
settings at each call.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from paystackapi.base import PayStackBase, PayStackRequests
from paystackapi.refund import Refund
from paystackapi.transaction import Transaction

from payments.asking import SEGMENT, DuplicateReference, PaystackRefused, PaystackUnavailable, Question, ask
from payments.facts import Charge, DisputeAt, RefundAt, charge_in, dispute_in, items_in, refund_in

__all__ = [
    "Charge",
    "DisputeAt",
    "DuplicateReference",
    "PaystackRefused",
    "PaystackUnavailable",
    "RefundAt",
    "charges",
    "dispute_of",
    "disputes",
    "initialize",
    "is_signed",
    "refund",
    "refund_of",
    "refunds",
    "refunds_of",
    "verify",
]

log = structlog.get_logger(__name__)

PER_PAGE = 100
MOST_PAGES = 10_000
LONGEST_PAGE = 500  # characters of the address of a page
Fact = TypeVar("Fact", Charge, DisputeAt, RefundAt)
NOT_THERE = re.compile(r"not[ _]found", re.IGNORECASE)


class _Transport(PayStackRequests):  # type: ignore[misc]  # it has no types
    """What the calls of the library go through: with nothing of its own, so with no key or address to keep."""

    def __init__(self) -> None:
        pass

    def _request(self, method: Callable[..., Any], resource_uri: str, **kwargs: Any) -> dict[str, Any]:
        verb = method.__name__.upper()
        data = kwargs.get("data") or {}
        # The library sends the filters of a list of refunds as a body, which a GET has not.
        query = (kwargs.get("qs") or {}) | (data if verb == "GET" else {})
        return ask(Question(method=verb, path=resource_uri, query=query, body=None if verb == "GET" else data))


PayStackBase._shared_state["requests"] = _Transport()  # noqa: SLF001 - where every class of the library looks for it


def initialize(
    *, reference: str, email: str, amount: int, currency: str, callback_url: str, metadata: dict[str, str]
) -> str:
    """Return the address of the page on which the charge is paid. Raises DuplicateReference beside the others."""
    said = Transaction.initialize(
        reference=reference,
        email=email,
        amount=amount,
        currency=currency,
        callback_url=callback_url,
        metadata=metadata,
    )
    told = said.get("data")
    page = told.get("authorization_url") if isinstance(told, dict) else None
    if not isinstance(page, str) or not _is_of_checkout(page):
        raise PaystackUnavailable("Paystack answers a page that is none of its own.")
    return page


def verify(reference: str) -> Charge | None:
    """Return the charge of that reference; None when there is none."""
    if not SEGMENT.fullmatch(reference):  # Paystack takes none of those
        return None
    said = _unless_missing(lambda: Transaction.verify(reference))
    return charge_in(said.get("data")) if said else None


def charges(*, since: datetime, until: datetime, status: str = "success") -> Iterator[Charge]:
    """Yield the charges of one status that were begun from one time to another, each once.

    Those that have succeeded, and whose money has gone back whole, are `reversed`.
    """
    yield from _readable(charge_in, _pages(Transaction.list, since, until, status=status))


def refund(*, charge_id: int, amount: int, note: str) -> RefundAt:
    """Have money go back to the payer.

    After PaystackUnavailable nobody knows whether it does: look among the refunds before asking again.
    """
    return refund_in(Refund.create(transaction=charge_id, amount=amount, merchant_note=note).get("data"))


def refund_of(refund_id: int) -> RefundAt | None:
    """Return a refund; None when there is none of that id."""
    said = _unless_missing(lambda: Refund.fetch(refund_id))
    return refund_in(said.get("data")) if said else None


def refunds(*, since: datetime, until: datetime) -> Iterator[RefundAt]:
    """Yield the refunds from one time to another, each once."""
    yield from _readable(refund_in, _pages(Refund.list, since, until))


def refunds_of(charge_id: int, *, since: datetime, until: datetime) -> Iterator[RefundAt]:
    """Yield the refunds of one charge from one time to another, each once."""
    for found in _readable(refund_in, _pages(Refund.list, since, until, transaction=str(charge_id))):
        if found.charge_id == charge_id:  # should that filter not be known
            yield found


def dispute_of(dispute_id: int) -> DisputeAt | None:
    """Return a dispute; None when there is none of that id. The library has no such call."""
    asked = Question(method="GET", path=f"dispute/{dispute_id}", query={}, body=None)
    said = _unless_missing(lambda: ask(asked))
    return dispute_in(said.get("data")) if said else None


def disputes(*, since: datetime, until: datetime) -> Iterator[DisputeAt]:
    """Yield the disputes from one time to another, each once."""
    yield from _readable(dispute_in, _pages(_list_disputes, since, until))


def is_signed(raw: bytes, signature: str) -> bool:
    """Return whether the signature of a webhook is that of its body, by the present key or the one before it.

    It is written in small letters, as Paystack writes it and says that it is compared.
    """
    given = signature.encode(errors="replace")
    right = [
        hmac.compare_digest(hmac.new(key.encode(), raw, hashlib.sha512).hexdigest().encode(), given)
        for key in settings.CLOUDBOX_PAYING.keys
    ]
    return any(right)


def _pages(listed: Callable[..., dict[str, Any]], since: datetime, until: datetime, **filters: str) -> Iterator[Any]:
    """Yield what a list has, until a page brings nothing new.

    A short page is no end: it may be short because fewer are given than were asked for.
    """
    seen: set[str] = set()
    times = {"from": _written(since), "to": _written(until)}
    for page in range(1, MOST_PAGES + 1):
        fresh = {}
        for item in items_in(listed(**times, **filters, page=page, perPage=PER_PAGE)):
            key = str(item.get("id")) if isinstance(item, dict) else ""
            if key not in seen:
                fresh[key] = item
        if not fresh:
            return
        yield from fresh.values()
        seen |= fresh.keys()
    raise PaystackUnavailable("Paystack answers a list without an end.")


def _list_disputes(**filters: Any) -> dict[str, Any]:
    """Ask for a page of disputes: the library has no such call."""
    return ask(Question(method="GET", path="dispute", query=filters, body=None))


def _readable(read: Callable[[Any], Fact], items: Iterable[Any]) -> Iterator[Fact]:
    """Yield what can be read: what other systems have at the same account may be anything."""
    for item in items:
        try:
            yield read(item)
        except PaystackUnavailable as unreadable:
            log.warning("paystack_item_unreadable", error=unreadable.message)


def _unless_missing(call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return the answer; None where Paystack says that there is no such thing, by 404, or by 400 and in words."""
    try:
        return call()
    except PaystackRefused as refused:
        in_words = refused.answered == HTTPStatus.BAD_REQUEST and NOT_THERE.search(f"{refused.why} {refused.said}")
        if in_words or refused.answered == HTTPStatus.NOT_FOUND:
            return None
        raise


def _is_of_checkout(page: str) -> bool:
    """Say whether an address is one of the pages on which people pay, and nowhere else."""
    if not (page.isascii() and page.isprintable() and len(page) <= LONGEST_PAGE) or set(page) & set(' \\<>"'):
        return False
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}" == settings.CLOUDBOX_PAYING.checkout


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
