"""The calls of Paystack's API that we use, as it documents them."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from payments.simulator import facts
from payments.simulator.book import Book, Charge, Dispute, Refund
from payments.simulator.returns import Returns
from payments.simulator.till import SaidNo, Till

LONGEST_PAGE = 100
Listed = TypeVar("Listed", Charge, Dispute, Refund)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came over HTTP."""

    method: str
    path: str
    query: Mapping[str, str]
    authorization: str = ""
    content_type: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def fields(self) -> Mapping[str, Any]:
        """Return the fields of the body, JSON or a form. Raises SaidNo."""
        try:
            if self.content_type.startswith("application/x-www-form-urlencoded"):
                return dict(parse_qsl(self.body.decode(), strict_parsing=bool(self.body)))
            found = json.loads(self.body or b"{}")
            json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair could be written nowhere
        except (ValueError, RecursionError):
            raise SaidNo("The body cannot be read") from None
        if not isinstance(found, dict):
            raise SaidNo("The body must be an object")
        return found

    def has_key(self, key: str) -> bool:
        given = self.authorization.removeprefix("Bearer ").encode(errors="replace")
        return self.authorization.startswith("Bearer ") and hmac.compare_digest(given, key.encode())


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()


def answer(status: int, body: object) -> Answer:
    return Answer(status=status, body=json.dumps(body).encode())


def no(refusal: SaidNo) -> Answer:
    """Return Paystack's way of saying no."""
    kind = "api_error" if refusal.status == 404 else "validation_error"  # noqa: PLR2004 - the status
    told = {
        "status": False,
        "message": refusal.message,
        "meta": {"nextStep": "Mend what the message names, and try again"},
    }
    return answer(refusal.status, told | {"type": kind, "code": refusal.code, "errorCodeMappingNotFound": False})


class Calls:
    """Which call a request is, and its answer."""

    def __init__(self, till: Till, returns: Returns, book: Book, checkout: str) -> None:
        self.checkout = checkout  # the origin of the pages
        self._till = till
        self._returns = returns
        self._book = book
        self._routes = (
            ("POST", re.compile(r"/transaction/initialize"), "initialize", self._initialize),
            ("GET", re.compile(r"/transaction/verify/([^/]+)"), "verify", self._verify),
            ("GET", re.compile(r"/transaction"), "charges", self._charges),
            ("GET", re.compile(r"/transaction/([0-9]{1,17})"), "charge", self._charge),
            ("POST", re.compile(r"/refund"), "refund", self._refund),
            ("GET", re.compile(r"/refund"), "refunds", self._refunds),
            ("GET", re.compile(r"/refund/([0-9]{1,17})"), "refund_of", self._refund_of),
            ("GET", re.compile(r"/dispute"), "disputes", self._disputes),
            ("GET", re.compile(r"/dispute/([0-9]{1,17})"), "dispute_of", self._dispute_of),
        )

    def name(self, asked: Asked) -> str:
        """Return the name of the call, "" for none."""
        return next((name for method, path, name, _ in self._routes if self._fits(asked, method, path)), "")

    def answered(self, asked: Asked) -> Answer:
        """Do what is asked."""
        for method, path, _, act in self._routes:
            if self._fits(asked, method, path) and (found := path.fullmatch(asked.path)):
                try:
                    return answer(200, {"status": True} | act(asked, *found.groups()))
                except SaidNo as refusal:
                    return no(refusal)
        return answer(404, {"status": False, "message": "Entity not found"})

    @staticmethod
    def _fits(asked: Asked, method: str, path: re.Pattern[str]) -> bool:
        return asked.method == method and path.fullmatch(asked.path) is not None

    def _initialize(self, asked: Asked) -> dict[str, Any]:
        charge = self._till.initialize(asked.fields())
        page = {"authorization_url": f"{self.checkout}/pay/{charge.access_code}", "access_code": charge.access_code}
        return {"message": "Authorization URL created", "data": page | {"reference": charge.reference}}

    def _verify(self, _: Asked, reference: str) -> dict[str, Any]:
        return {"message": "Verification successful", "data": facts.verified(self._till.charge(reference=reference))}

    def _charge(self, _: Asked, number: str) -> dict[str, Any]:
        return {"message": "Transaction retrieved", "data": facts.verified(self._till.charge(id=int(number)))}

    def _charges(self, asked: Asked) -> dict[str, Any]:
        status = {"status": asked.query["status"]} if asked.query.get("status") else {}
        found = _between(asked, self._book.every(Charge, **status))
        shown, meta = _page(asked, found)
        meta["total_volume"] = sum(charge.amount for charge in found)
        return {"message": "Transactions retrieved", "data": [facts.listed(charge) for charge in shown], "meta": meta}

    def _refund(self, asked: Asked) -> dict[str, Any]:
        told = facts.refund_begun(*self._returns.refund(asked.fields()))
        return {"message": "Refund has been queued for processing", "data": told}

    def _refunds(self, asked: Asked) -> dict[str, Any]:
        charge = asked.query.get("transaction")
        of_one = {"charge": _number(asked, "transaction", 0, longest=17)} if charge else {}
        found = _between(asked, self._book.every(Refund, **of_one))
        shown, meta = _page(asked, found)
        meta |= {"perPage": str(meta["perPage"]), "failedRefundCount": sum(each.status == "failed" for each in found)}
        return {"message": "Refunds retrieved", "data": [facts.refund_listed(refund) for refund in shown], "meta": meta}

    def _refund_of(self, _: Asked, number: str) -> dict[str, Any]:
        refund = self._book.one(Refund, id=int(number))
        if refund is None:
            raise SaidNo("Refund not found", "refund_not_found", 404)
        return {"message": "Refund retrieved", "data": facts.refund_listed(refund)}

    def _disputes(self, asked: Asked) -> dict[str, Any]:
        shown, meta = _page(asked, _between(asked, self._book.every(Dispute)))
        told = [facts.dispute_told(dispute, self._till.charge(id=dispute.charge)) for dispute in shown]
        return {"message": "Disputes retrieved", "data": told, "meta": meta}

    def _dispute_of(self, _: Asked, number: str) -> dict[str, Any]:
        dispute = self._book.one(Dispute, id=int(number))
        if dispute is None:
            raise SaidNo("Dispute not found", "dispute_not_found", 404)
        charge = self._till.charge(id=dispute.charge)
        return {"message": "Dispute retrieved", "data": facts.dispute_told(dispute, charge)}


def _between(asked: Asked, found: list[Listed]) -> list[Listed]:
    """Return those made from one time to another, the newest first."""
    since, until = _time(asked, "from"), _time(asked, "to")
    after = [each for each in found if since is None or each.created >= since]
    return [each for each in reversed(after) if until is None or each.created <= until]


def _page(asked: Asked, found: list[Listed]) -> tuple[list[Listed], dict[str, Any]]:
    """Return a page of them, and what is told about it."""
    size = min(_number(asked, "perPage", _number(asked, "per_page", 50)), LONGEST_PAGE)
    page = _number(asked, "page", 1)
    skipped = (page - 1) * size
    meta = {"total": len(found), "skipped": skipped, "perPage": size, "page": page, "pageCount": -(-len(found) // size)}
    return found[skipped : skipped + size], meta


def _number(asked: Asked, name: str, default: int, *, longest: int = 9) -> int:
    value = asked.query.get(name, str(default))
    if not re.fullmatch(r"[1-9][0-9]*", value) or len(value) > longest:
        raise SaidNo(f"{name} must be a positive number")
    return int(value)


def _time(asked: Asked, name: str) -> float | None:
    value = asked.query.get(name)
    if not value:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise SaidNo(f"Invalid '{name}' date", "invalid_date") from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
