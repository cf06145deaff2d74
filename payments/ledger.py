"""The ledger: every movement of money, twice, in minor units. The database refuses what does not sum to zero.

A debit is positive, a credit negative. What Paystack holds for us is an asset, its fees are an expense, sales are
income; what came for no order as it was is owed until it has gone back.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Sum

from payments.models import LedgerEntry, LedgerTransaction, Order, Payment
from payments.words import Account


def book_charge(payment: Payment, *, is_sale: bool) -> LedgerTransaction:
    """Book what a payer has paid; without a sale it is owed to them."""
    borne = payment.amount_minor - payment.requested_minor  # fees on top, or less than was asked for
    sums = {
        Account.PAYSTACK: payment.amount_minor - payment.fees_minor,
        Account.FEES: payment.fees_minor,
    }
    if is_sale:
        sums |= {Account.SALES: -payment.requested_minor, Account.SURCHARGES: -borne}
    else:
        sums |= {Account.UNASSIGNED: -payment.amount_minor}
    return _book(f"charge:{payment.id}", payment.order, payment.currency, sums, payment.created_at)


def book_return(
    source: str, order: Order, *, account: Account, currency: str, amount: int, at: datetime
) -> LedgerTransaction:
    """Book money that has gone back to the payer, once for each source: against refunds, disputes or what is owed."""
    return _book(source, order, currency, {account: amount, Account.PAYSTACK: -amount}, at)


def book_as_sale(payment: Payment, *, at: datetime) -> LedgerTransaction:
    """Book what was owed as a sale: the staff has accepted it for its order."""
    sums = {Account.UNASSIGNED: payment.amount_minor, Account.SALES: -payment.amount_minor}
    return _book(f"accepted:{payment.id}", payment.order, payment.currency, sums, at)


def sold_for(order: Order) -> int:
    """Return for how much an order was sold: nothing, where its money is only owed."""
    return -_sum(order, account=Account.SALES)


def returned(order: Order) -> int:
    """Return how much of an order's money has gone back."""
    return -_sum(order, account=Account.PAYSTACK, transaction__source__regex="^(refund|dispute):")


def _sum(order: Order, **which: str) -> int:
    entries = LedgerEntry.objects.filter(transaction__order=order, **which)
    return int(entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def _book(source: str, order: Order, currency: str, sums: Mapping[Account, int], at: datetime) -> LedgerTransaction:
    moved = LedgerTransaction.objects.create(source=source, order=order, currency=currency, at=at)
    LedgerEntry.objects.bulk_create(
        [LedgerEntry(transaction=moved, account=account, amount_minor=sum_) for account, sum_ in sums.items() if sum_]
    )
    return moved
