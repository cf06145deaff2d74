"""Whether Paystack and we say the same of charges and refunds. What asking can mend is mended first, and still told."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from payments import differences, paystack
from payments.differences import Fact
from payments.models import Dispute, Order, Payment, Refund
from payments.paystack import Charge, RefundAt
from payments.services import disputes, refunds, settling
from payments.words import KEPT, UNPAID, Difference, DisputeState, RefundState, State

OF_CHARGES = (Difference.UNSETTLED, Difference.UNCONFIRMED, Difference.MISMATCH, Difference.AMOUNT)
OF_REFUNDS = (Difference.UNKNOWN_REFUND, Difference.REFUND_STATE, Difference.AMOUNT)
SUMS = ("theirs", "ours", "theirs_back", "ours_back")
GONE = "It is the same now."
SETTLED = "Settled when the books were compared."

type_of_faults = dict[Difference, dict[str, Fact]]


class Comparison:
    """Compares one thing after the other, and adds up what both sides have: by currency, `theirs` and `ours`.

    What had come is in `theirs` and `ours`, what has gone back in `theirs_back` and `ours_back`.
    """

    def __init__(self) -> None:
        self.totals: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(SUMS, 0))
        self.compared: set[UUID] = set()  # orders
        self.differing: set[str] = set()  # currencies in which something was found
        self._open = differences.open_ones()

    def charge(self, order: Order, charge: Charge | None) -> None:
        """Compare an order, which comes with its payment, with its charge, if there is one."""
        self.compared.add(order.id)
        order = _mended(order, charge)
        payment = _payment(order)
        if charge is not None and (charge.status == "success" or payment is not None):
            self.totals[charge.currency]["theirs"] += charge.amount
        if payment is not None:
            self.totals[payment.currency]["ours"] += payment.amount_minor
        self._write(order, order.reference, OF_CHARGES, _of_charge(order, payment, charge))

    def refund(self, order: Order, found: RefundAt, row: Refund | None) -> None:
        """Compare a refund of Paystack with our row of it."""
        if found.dispute_id is not None:
            faults, booked = _of_dispute(order, found, found.dispute_id)
        else:
            faults, booked = _of_refund(order, found, row)
        if found.status == RefundState.PROCESSED:
            self.totals[found.currency]["theirs_back"] += found.amount
        self.totals[found.currency]["ours_back"] += booked
        self._write(order, f"refund {found.id}", OF_REFUNDS, faults)

    def missing(self, refund: Refund) -> None:
        """Compare a refund of ours that no list of Paystack had with what Paystack tells of it."""
        found = paystack.refund_of(refund.provider_id) if refund.provider_id else None
        if found is not None:
            self.refund(refund.order, found, refund)
            return
        self.totals[refund.order.currency]["ours_back"] += refund.amount_minor
        faults: type_of_faults = {Difference.REFUND_STATE: {"ours": refund.state, "theirs": "unknown"}}
        self._write(refund.order, f"refund {refund.provider_id}", OF_REFUNDS, faults)

    def stranger(self, charge: Charge) -> None:
        """Tell of a charge that looks like one of ours, and whose order there is not."""
        self._write(None, charge.reference, (Difference.UNKNOWN_CHARGE,), {
            Difference.UNKNOWN_CHARGE: {"amount": charge.amount, "currency": charge.currency, "email": charge.email}
        })  # fmt: skip

    def _write(self, order: Order | None, name: str, kinds: Collection[Difference], faults: type_of_faults) -> None:
        """Write down what differs, and resolve what differs no more."""
        reference = order.reference if order else name
        for kind in kinds:
            if kind in faults:
                differences.found(kind, name, reference=reference, order=order, facts=faults[kind])
                self.differing.add(order.currency if order else str(faults[kind]["currency"]))
            elif (kind, name) in self._open:
                differences.gone(kind, name, GONE)


def compare_order(order_id: UUID) -> None:
    """Ask Paystack for the charge of an order and for what went back of it, and compare both with ours."""
    comparison = Comparison()
    order = Order.objects.select_related("payment").get(id=order_id)
    comparison.charge(order, paystack.verify(order.reference))
    payment = Payment.objects.select_related("order").filter(order_id=order_id).first()
    for found in refunds.at_paystack(payment) if payment else []:
        comparison.refund(order, found, Refund.objects.filter(provider_id=found.id).first())


def _mended(order: Order, charge: Charge | None) -> Order:
    """Return the order after what was paid and not settled is settled, and what has gone back unheard of is booked."""
    status = charge.status if charge else ""
    is_unsettled = order.state in UNPAID and status in settling.HAVING
    if is_unsettled:
        settling.settle(order.id, trigger="reconciler")
    elif order.state in KEPT and status == settling.RETURNED:
        refunds.follow(order.id)
    else:
        return order
    order = Order.objects.select_related("payment").get(id=order.id)
    if is_unsettled and order.state not in UNPAID:
        told = {"theirs": status}
        differences.found(Difference.UNSETTLED, order.reference, reference=order.reference, order=order, facts=told)
        differences.gone(Difference.UNSETTLED, order.reference, SETTLED)
    return order


def _of_charge(order: Order, payment: Payment | None, charge: Charge | None) -> type_of_faults:
    """Return in what an order differs from its charge, with the facts."""
    status = charge.status if charge else "unknown"
    faults: type_of_faults = {}
    if order.state in UNPAID and status in settling.HAVING:
        faults[Difference.UNSETTLED] = {"theirs": status, "ours": order.state}
    if order.state in KEPT and status != "success":
        faults[Difference.UNCONFIRMED] = {"theirs": status, "ours": order.state}
    if order.state == State.MISMATCH:
        faults[Difference.MISMATCH] = {"fault": order.failure}
    if charge is not None and payment is not None:
        theirs, ours = f"{charge.amount} {charge.currency}", f"{payment.amount_minor} {payment.currency}"
        if (theirs, charge.id) != (ours, payment.provider_id):
            faults[Difference.AMOUNT] = {"theirs": theirs, "ours": ours}
    return faults


def _of_refund(order: Order, found: RefundAt, row: Refund | None) -> tuple[type_of_faults, int]:
    """Return in what our row of a refund differs, after asking about it if it does, and how much of it is booked."""
    theirs = refunds.STATES.get(found.status)
    if row is None or row.state != theirs:
        refunds.follow(order.id)
        row = Refund.objects.filter(provider_id=found.id).first()
    if row is None:
        is_nothing = theirs == RefundState.FAILED
        return ({} if is_nothing else {Difference.UNKNOWN_REFUND: {"amount": found.amount, "theirs": found.status}}), 0
    faults: type_of_faults = {}
    if row.state != theirs:
        faults[Difference.REFUND_STATE] = {"theirs": found.status, "ours": row.state}
    if row.amount_minor != found.amount:
        faults[Difference.AMOUNT] = {"theirs": found.amount, "ours": row.amount_minor}
    return faults, row.amount_minor if row.state == RefundState.PROCESSED else 0


def _of_dispute(order: Order, found: RefundAt, dispute_id: int) -> tuple[type_of_faults, int]:
    """Return the same of a refund that a lost dispute has brought, which that dispute has booked."""
    lost = Dispute.objects.filter(order=order, provider_id=dispute_id, state=DisputeState.LOST)
    dispute = lost.first()
    if dispute is None and disputes.follow(dispute_id):
        dispute = lost.first()
    if dispute is not None:
        return {}, dispute.amount_minor
    if found.status != RefundState.PROCESSED:
        return {}, 0
    return {Difference.UNKNOWN_REFUND: {"amount": found.amount, "dispute": dispute_id}}, 0


def _payment(order: Order) -> Payment | None:
    return getattr(order, "payment", None)
