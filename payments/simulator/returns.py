"""What goes back to payers: the rules that Paystack has for refunds and disputes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from payments.simulator import facts
from payments.simulator.book import Book, Charge, Dispute, Refund
from payments.simulator.faults import Faults
from payments.simulator.till import SaidNo, Till, text, whole
from payments.simulator.webhooks import Outbox

OVER = ("processed", "failed")  # refunds that go nowhere any more


class Returns:
    """Gives back money that there is not."""

    def __init__(
        self, book: Book, outbox: Outbox, till: Till, clock: Callable[[], float], faults: Callable[[], Faults]
    ) -> None:
        self._book = book
        self._outbox = outbox
        self._till = till
        self._clock = clock
        self._faults = faults

    def refund(self, asked: Mapping[str, Any]) -> tuple[Refund, Charge]:
        """Begin to give money back, all that is left if no amount is named. Raises SaidNo."""
        with self._book.writing():
            charge = self._named(asked.get("transaction"))
            amount = self._refundable(charge, asked)
            now, after = self._clock(), self._faults().refund_after
            refund = Refund(
                id=self._book.next_id(Refund, now),
                charge=charge.id,
                amount=amount,
                currency=charge.currency,
                domain=charge.domain,
                customer_note=text(asked, "customer_note") or f"Refund for transaction {charge.reference}",
                merchant_note=text(asked, "merchant_note") or f"Refund for transaction {charge.reference}",
                created=now,
                updated=now,
                moves=None if after is None else now + after,
            )
            return self._told(refund, charge), charge

    def move(self, refund_id: int, status: str) -> Refund:
        """Have a refund go on: to `processing`, `needs-attention`, or its end. Raises SaidNo."""
        with self._book.writing():
            refund = self._book.one(Refund, id=refund_id)
            if refund is None:
                raise SaidNo("Refund not found", "refund_not_found", 404)
            if refund.status in OVER:
                raise SaidNo(f"The refund has {refund.status} already", "invalid_status")
            now, after = self._clock(), self._faults().refund_after
            moves = now + after if after is not None and status == "processing" else None
            charge = self._till.charge(id=refund.charge)
            refund = self._told(replace(refund, status=status, updated=now, moves=moves), charge)
            self._reversed(charge)
            return refund

    def moves(self) -> float | None:
        """Let refunds go on whose time has come, and return when others do."""
        with self._book.writing():
            for refund in self._under_way():
                if refund.moves is not None and refund.moves <= self._clock():
                    self.move(refund.id, "processing" if refund.status == "pending" else self._faults().refund_end)
            return min((each.moves for each in self._under_way() if each.moves is not None), default=None)

    def dispute(self, reference: str, amount: int | None = None) -> Dispute:
        """Have the payer's bank want the money back. Raises SaidNo."""
        with self._book.writing():
            charge, now = self._till.charge(reference=reference), self._clock()
            if charge.paid is None:
                raise SaidNo("Transaction has not been successful", "transaction_not_successful")
            dispute = Dispute(
                id=self._book.next_id(Dispute, now),
                charge=charge.id,
                amount=_part(charge, amount),
                currency=charge.currency,
                domain=charge.domain,
                created=now,
            )
            return self._disputes("create", dispute, charge)

    def remind(self, reference: str) -> Dispute:
        """Tell of an open dispute once more. Raises SaidNo."""
        with self._book.writing():
            charge, dispute = self._disputed(reference)
            return self._disputes("remind", dispute, charge)

    def resolve(self, reference: str, *, lost: bool) -> Dispute:
        """End a dispute: the money is the payer's again, which a refund of its own tells, or stays. Raises SaidNo."""
        with self._book.writing():
            charge, dispute = self._disputed(reference)
            resolution = "merchant-accepted" if lost else "declined"
            dispute = replace(dispute, status="resolved", resolution=resolution, resolved=self._clock())
            if lost:
                charge = self._lost(dispute, charge)
            return self._disputes("resolve", dispute, charge)

    def _lost(self, dispute: Dispute, charge: Charge) -> Charge:
        note, now = f"Refund for dispute {dispute.id}", self._clock()
        refund = Refund(
            id=self._book.next_id(Refund, now),
            charge=charge.id,
            amount=dispute.amount,
            currency=dispute.currency,
            domain=dispute.domain,
            status="processed",
            customer_note=note,
            merchant_note=note,
            created=now,
            updated=now,
            moves=None,
            dispute=dispute.id,
        )
        self._book.keep(refund)
        return self._reversed(charge)

    def _reversed(self, charge: Charge) -> Charge:
        """Return the charge, which is reversed once all of it has gone back."""
        if sum(each.amount for each in self._of(charge) if each.status == "processed") >= charge.amount:
            charge = replace(charge, status="reversed")
            self._book.keep(charge)
        return charge

    def _refundable(self, charge: Charge, asked: Mapping[str, Any]) -> int:
        """Return how much is given back. Raises SaidNo."""
        if charge.paid is None:
            raise SaidNo("Transaction has not been successful", "transaction_not_successful")
        left = charge.amount - sum(each.amount for each in self._of(charge) if each.status != "failed")
        if left <= 0 or charge.status == "reversed":
            raise SaidNo("Transaction has been fully reversed", "transaction_reversed")
        amount = left if asked.get("amount") is None else whole(asked["amount"])
        if not 0 < amount <= left:
            raise SaidNo("Refund amount cannot be more than transaction amount", "invalid_amount")
        if (text(asked, "currency") or charge.currency) != charge.currency:
            raise SaidNo("Currency is not that of the transaction", "invalid_currency")
        return amount

    def _under_way(self) -> list[Refund]:
        return [*self._book.every(Refund, status="pending"), *self._book.every(Refund, status="processing")]

    def _of(self, charge: Charge) -> list[Refund]:
        return self._book.every(Refund, charge=charge.id)

    def _named(self, name: Any) -> Charge:
        """Return the transaction of this reference or id. Raises SaidNo."""
        if isinstance(name, int) or (isinstance(name, str) and name.isdecimal()):
            found = self._book.one(Charge, id=int(name)) if int(name) < 2**63 else None
            if found:
                return found
        return self._till.charge(reference=str(name))

    def _disputed(self, reference: str) -> tuple[Charge, Dispute]:
        charge = self._till.charge(reference=reference)
        for dispute in self._book.every(Dispute, charge=charge.id):
            if dispute.resolved is None:
                return charge, dispute
        raise SaidNo("There is no open dispute", "dispute_not_found", 404)

    def _told(self, refund: Refund, charge: Charge) -> Refund:
        self._book.keep(refund)
        self._outbox.add(f"refund.{refund.status}", charge.reference, facts.refund_event(refund, charge))
        return refund

    def _disputes(self, what: str, dispute: Dispute, charge: Charge) -> Dispute:
        self._book.keep(dispute)
        self._outbox.add(f"charge.dispute.{what}", charge.reference, facts.dispute_event(dispute, charge))
        return dispute


def _part(charge: Charge, amount: object) -> int:
    """Return the amount that is disputed, all of it where none is named. Raises SaidNo."""
    part = charge.amount if amount is None else whole(amount)
    if not 0 < part <= charge.amount:
        raise SaidNo("Disputed amount cannot be more than transaction amount", "invalid_amount")
    return part
