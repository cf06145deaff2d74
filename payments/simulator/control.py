"""The calls that Paystack does not have: what payers, banks and bad networks do, as somebody who tries it wishes."""

import re
from collections.abc import Callable
from typing import Any

from payments.simulator import facts
from payments.simulator.book import Book, Webhook
from payments.simulator.calls import Answer, Asked, answer, no
from payments.simulator.faults import Faults, WrongFault
from payments.simulator.returns import Returns
from payments.simulator.till import SaidNo, Till
from payments.simulator.webhooks import Outbox

LONGEST = 10**7  # seconds
LATE = 30.0  # seconds until money arrives whose payer chose a transfer
_ACT = re.compile(r"/simulator/transactions/([A-Za-z0-9.=-]+)/([a-z-]+)")
_MOVE = re.compile(r"/simulator/refunds/([0-9]{1,17})/(processing|processed|failed|needs-attention)")
_AGAIN = re.compile(r"/simulator/webhooks/([0-9]{1,17})/again")


class Control:
    """Answers what begins with `/simulator/`. `misbehave` sets the faults."""

    def __init__(
        self,
        till: Till,
        returns: Returns,
        book: Book,
        outbox: Outbox,
        *,
        faults: Callable[[], Faults],
        misbehave: Callable[..., None],
    ) -> None:
        self._till = till
        self._returns = returns
        self._book = book
        self._outbox = outbox
        self._faults = faults
        self._misbehave = misbehave

    def answered(self, asked: Asked) -> Answer:
        """Do what is asked."""
        try:
            return answer(200, {"status": True, "data": self._done(asked)})
        except SaidNo as refusal:
            return no(refusal)
        except WrongFault as wrong:
            return no(SaidNo(str(wrong)))

    def _done(self, asked: Asked) -> object:
        if asked.path == "/simulator/faults" and asked.method in {"GET", "PUT"}:
            if asked.method == "PUT":
                self._misbehave(**asked.fields())
            return self._faults().as_json()
        if asked.path == "/simulator/webhooks" and asked.method == "GET":
            return [_told(webhook) for webhook in self._book.every(Webhook)]
        if asked.method == "POST" and (found := _ACT.fullmatch(asked.path)):
            return self._act(found[1], found[2], asked.fields())
        if asked.method == "POST" and (found := _MOVE.fullmatch(asked.path)):
            return facts.refund_listed(self._returns.move(int(found[1]), found[2]))
        if asked.method == "POST" and (found := _AGAIN.fullmatch(asked.path)):
            return _told(self._outbox.again(int(found[1])))
        raise SaidNo("Entity not found", "not_found", 404)

    def _act(self, reference: str, act: str, fields: Any) -> object:
        """Do to a transaction what its payer or a bank does."""
        if act == "dispute":
            return {"id": self._returns.dispute(reference, fields.get("amount")).id}
        if act in {"win", "lose"}:
            return {"id": self._returns.resolve(reference, lost=act == "lose").id}
        if act == "remind":
            return {"id": self._returns.remind(reference).id}
        acts = {
            "pay": lambda: self._till.pay(reference),
            "pay-later": lambda: self._till.pay(reference, after=_seconds(fields.get("seconds", LATE))),
            "fail": lambda: self._till.fail(reference),
            "leave": lambda: self._till.leave(reference),
        }
        if act not in acts:
            raise SaidNo("Entity not found", "not_found", 404)
        return facts.verified(acts[act]())


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and 0 < value < LONGEST:
        return float(value)
    raise SaidNo("seconds must be a number above zero")


def _told(webhook: Webhook | None) -> dict[str, Any]:
    if webhook is None:
        raise SaidNo("Entity not found", "not_found", 404)
    names = ("id", "event", "reference", "forgery", "copy", "state", "attempts", "answer")
    told = {name: getattr(webhook, name) for name in names}
    return told | {"due_at": facts.at(webhook.due), "body": webhook.body.decode()}
