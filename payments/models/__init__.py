"""The rows of payments. Those of money are only ever added to; the database refuses the rest."""

from payments.models.checking import Finding, ProviderEvent, Reconciliation
from payments.models.money import LedgerEntry, LedgerTransaction, Payment, Receipt
from payments.models.orders import Order, Step
from payments.models.plans import Plan, Price
from payments.models.returns import Dispute, Refund

__all__ = [
    "Dispute",
    "Finding",
    "LedgerEntry",
    "LedgerTransaction",
    "Order",
    "Payment",
    "Plan",
    "Price",
    "ProviderEvent",
    "Receipt",
    "Reconciliation",
    "Refund",
    "Step",
]
