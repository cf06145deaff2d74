"""Everything that can happen around payments, one thing after the other, each as whoever does it would."""

import contextlib
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import User
from cloudbox.errors import Refusal
from payments.models import Order, ProviderEvent, Refund
from payments.services import checkout, findings, orders, reconciling, refunds, settling, webhooks
from payments.simulator import Simulator, Trouble
from payments.simulator.returns import OVER
from payments.simulator.till import SaidNo
from tests.payments.time import let_pass
from tests.paystack import KEY
from tests.people import caller_for

PACKS = [(plan, currency) for plan in ("basic", "standard", "premium") for currency in ("NGN", "NGN", "USD")]
WRONG: list[dict[str, Any]] = [{"amount": -1}, {"amount": 100}, {"currency": "GHS"}, {"domain": "live"}]
DAYS = (0.25, 1, 6, 24, 31, 45)
LATE = 10.0**6  # seconds after which money arrives by itself; never here


class Killed(BaseException):
    """The process is gone."""


@contextlib.contextmanager
def dying(at: int) -> Iterator[None]:
    """Let the process die before its so many-th statement (0: never); what it has not committed is gone with it."""
    left = at

    def count(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        nonlocal left
        left -= not sql.startswith(("SAVEPOINT", "ROLLBACK"))
        if left == 0 and at:
            left = -1
            raise Killed
        return execute(sql, *more)

    with contextlib.suppress(Killed, Refusal, SaidNo), connection.execute_wrapper(count):
        yield


class World:
    """One user, Paystack, and the staff. `which` names one of several things, whatever there are."""

    def __init__(self, user: User, staff: User, paystack: Simulator) -> None:
        self.user = user
        self.staff = staff
        self.paystack = paystack
        self.begin()

    def begin(self) -> None:
        """Be new."""
        self.wrong: set[str] = set()  # references of charges that were not what was ordered
        self.accepted: set[str] = set()  # such of them as the staff wanted to accept
        self.passed: list[float] = []  # days
        self.paystack.forget()

    def act(self, name: str, which: int, kill: int) -> None:
        with dying(kill):
            getattr(self, name)(which)

    def order(self, which: int) -> None:
        plan, currency = PACKS[which % len(PACKS)]
        checkout.begin(by=caller_for(self.user), plan=plan, currency=currency)

    def order_and_lose_the_answer(self, which: int) -> None:
        self.paystack.misbehave(troubles=[Trouble(call="initialize", cut=True, after=bool(which % 2), times=1)])
        self.order(which)

    def pay(self, which: int) -> None:
        if order := self._payable(which):
            self.paystack.pay(order.reference)

    def pay_later(self, which: int) -> None:
        if order := self._payable(which):
            self.paystack.pay(order.reference, after=LATE)

    def pay_something_else(self, which: int) -> None:
        if order := self._payable(which):
            self.paystack.misbehave(**WRONG[which % len(WRONG)])
            try:
                self.paystack.pay(order.reference)
                self.wrong.add(order.reference)
            finally:
                self.paystack.misbehave(amount=0, currency="", domain="test")

    def bear_the_fees(self, which: int) -> None:
        self.paystack.misbehave(bearer=("customer", "account")[which % 2])

    def decline(self, which: int) -> None:
        if order := self._payable(which):
            self.paystack.fail(order.reference)

    def cancel(self, which: int) -> None:
        if order := self._one(which):
            orders.cancel(by=caller_for(self.user), order_id=order.id)

    def come_back(self, which: int) -> None:
        if order := self._one(which):
            settling.settle(order.id, trigger="payer")

    def ask_in_vain(self, which: int) -> None:
        self.paystack.misbehave(troubles=[Trouble(call="verify", status=502)])
        try:
            self.come_back(which)
        finally:
            self.paystack.misbehave(troubles=[])

    def deliver(self, which: int) -> None:
        """Any webhook, in any order, any number of times, or never."""
        if sent := self.paystack.webhooks:
            self.tell(sent[which % len(sent)].body)

    def forge(self, which: int) -> None:
        """Well signed or not, a webhook that tells what is not true."""
        if order := self._one(which):
            body = b'{"event":"charge.success","data":{"status":"success","amount":1,"reference":"%s"}}'
            self.tell(body % order.reference.encode(), key=KEY if which % 2 else "sk_test_of_somebody_else")

    def work(self, _which: int) -> None:
        """A worker takes what waits."""
        for event_id, attempt in ProviderEvent.objects.filter(state="new").values_list("id", "attempts"):
            webhooks.process(event_id, attempt)

    def ask_about_due(self, _which: int) -> None:
        """The round of every five minutes."""
        now = timezone.now()
        Order.objects.exclude(next_check_at=None).update(next_check_at=now)
        Refund.objects.exclude(next_check_at=None).update(next_check_at=now)
        reconciling.settle_due()
        reconciling.follow_due()

    def compare_books(self, _which: int) -> None:
        """What the night does."""
        reconciling.reconcile_days(3)

    def refund(self, which: int) -> None:
        """The staff sends back all, or a part with the room or without."""
        if order := self._paid(which):
            amount = None if which % 3 == 0 else max(1, order.amount_minor // 4)
            refunds.request(
                by=caller_for(self.staff),
                order_id=order.id,
                amount_minor=amount,
                takes_room=which % 3 != 2,
                reason="They asked.",
            )

    def refund_and_lose_the_answer(self, which: int) -> None:
        self.paystack.misbehave(troubles=[Trouble(call="refund", cut=True, after=bool(which % 2), times=1)])
        self.refund(which)

    def accept(self, which: int) -> None:
        """The staff gives what was ordered though the money is not that."""
        if wrong := sorted(self.wrong):
            reference = wrong[which % len(wrong)]
            self.accepted.add(reference)
            order_id = Order.objects.get(reference=reference).id
            findings.accept_mismatch(by=caller_for(self.staff), order_id=order_id, reason="Never mind.")

    def refund_at_the_dashboard(self, which: int) -> None:
        """Somebody sends money back at Paystack's own pages, whether it has been settled here or not."""
        if paid := [charge for charge in self.paystack.charges if charge.paid]:
            amount = None if which % 2 else 1000
            self.paystack.returns.refund({"transaction": paid[which % len(paid)].reference, "amount": amount})

    def move_refund(self, which: int) -> None:
        if open_ones := [each for each in self.paystack.refunds if each.status not in OVER]:
            status = ("processed", "processing", "processed", "failed", "needs-attention")[which % 5]
            self.paystack.move_refund(open_ones[which % len(open_ones)].id, status)

    def dispute(self, which: int) -> None:
        if order := self._paid(which):
            self.paystack.dispute(order.reference)

    def resolve(self, which: int) -> None:
        if open_ones := [each for each in self.paystack.disputes if each.resolved is None]:
            charge = self.paystack.till.charge(id=open_ones[which % len(open_ones)].charge)
            self.paystack.resolve(charge.reference, lost=bool(which % 2))

    def let_time_pass(self, which: int) -> None:
        days = DAYS[which % len(DAYS)]
        let_pass(days)
        self.passed.append(days)

    def rest(self) -> None:
        """Let a night pass in which Paystack answers: no webhook that has not come yet is needed."""
        self.paystack.misbehave(troubles=[], bearer="account")
        self.compare_books(0)

    def tell(self, body: bytes, *, key: str = KEY) -> None:
        signature = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
        webhooks.receive(signature=signature, address="203.0.113.9", read=lambda: body)

    def order_ids(self) -> list[UUID]:
        return list(Order.objects.filter(user=self.user).order_by("created_at", "id").values_list("id", flat=True))

    def _one(self, which: int) -> Order | None:
        ids = self.order_ids()
        return Order.objects.get(id=ids[which % len(ids)]) if ids else None

    def _paid(self, which: int) -> Order | None:
        paid = Order.objects.filter(user=self.user, payment__isnull=False).order_by("created_at")
        return paid[which % len(paid)] if paid else None

    def _payable(self, which: int) -> Order | None:
        """An order whose page somebody has seen and not paid on: pages never close."""
        paid = [charge.reference for charge in self.paystack.charges if charge.paid]
        seen = Order.objects.filter(user=self.user).exclude(page="").exclude(reference__in=paid).order_by("created_at")
        return seen[which % len(seen)] if seen else None
