"""The words that payments are told in."""

from datetime import timedelta

from django.db.models import TextChoices

LONGEST_WAIT = timedelta(hours=24)  # of an order for its payment; one that is paid later counts all the same

OURS = "cb-"  # how our references begin; others belong to other systems of the same account at Paystack


def receipt_name(number: int) -> str:
    """Return what people call the receipt of this number: `R-000123`."""
    return f"R-{number:06}"


class Currency(TextChoices):
    """The currencies that Paystack takes, ISO 4217. All have a hundred minor units."""

    NGN = "NGN", "Nigerian naira"
    GHS = "GHS", "Ghanaian cedi"
    KES = "KES", "Kenyan shilling"
    ZAR = "ZAR", "South African rand"
    USD = "USD", "US dollar"


# Less than that Paystack does not take, in minor units.
LEAST_CHARGE = {Currency.NGN: 5000, Currency.GHS: 10, Currency.KES: 300, Currency.ZAR: 100, Currency.USD: 20}


class Mode(TextChoices):
    """What kind of money it is."""

    LIVE = "live"
    TEST = "test"
    SIMULATED = "simulated"

    @property
    def domain(self) -> str:
        """Return what Paystack calls it: `live` or `test`."""
        return "live" if self is Mode.LIVE else "test"


class State(TextChoices):
    """Where an order is.

    `success` at Paystack makes it paid from any of the unpaid ones, cancelled and expired too: money that comes late
    is money. A mismatch is a success that is not what was ordered: it gives nothing, and the staff is told.
    """

    CREATED = "created"  # written down; Paystack may not know of it
    PENDING = "pending"  # has its page at Paystack
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    MISMATCH = "mismatch"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    REVERSED = "reversed"  # a dispute was lost: the money is the payer's again


OPEN = (State.CREATED, State.PENDING)
UNPAID = (*OPEN, State.FAILED, State.CANCELLED, State.EXPIRED)
KEPT = (State.PAID, State.PARTLY_REFUNDED, State.DISPUTED)  # whose money we have, so whose room counts


class Phase(TextChoices):
    """How somebody stands. The later ones are told instead of the earlier."""

    FREE = "free"  # nothing that was paid for counts
    ACTIVE = "active"
    GRACE = "grace"  # what was paid for has ended, and still counts
    READ_ONLY = "read_only"  # nothing can be added: more is stored than there is room for


class RefundState(TextChoices):
    REQUESTED = "requested"  # written down; Paystack may not know of it
    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"


REFUND_OPEN = (RefundState.REQUESTED, RefundState.PENDING, RefundState.PROCESSING, RefundState.NEEDS_ATTENTION)


class DisputeState(TextChoices):
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class Account(TextChoices):
    """The accounts of the ledger. A debit is positive, a credit negative."""

    PAYSTACK = "paystack", "Held by Paystack for us"
    FEES = "fees", "Paystack's fees"
    SALES = "sales", "Sales"
    SURCHARGES = "surcharges", "Fees that payers bore"
    UNASSIGNED = "unassigned", "Received for no order as it was"
    REFUNDS = "refunds", "Refunds"
    DISPUTES = "disputes", "Lost disputes"


class Difference(TextChoices):
    """What reconciling finds."""

    UNKNOWN_CHARGE = "unknown_charge", "Paystack has a charge that no order of ours knows"
    UNSETTLED = "unsettled", "Paid at Paystack, not here"
    UNCONFIRMED = "unconfirmed", "Paid here, not at Paystack"
    MISMATCH = "mismatch", "Paid, but not what was ordered"
    AMOUNT = "amount", "Not the same amount or currency"
    UNKNOWN_REFUND = "unknown_refund", "Paystack has a refund that we do not know"
    REFUND_STATE = "refund_state", "A refund is in another state at Paystack"
    TOTAL = "total", "The totals of a currency differ"
    SILENCE = "silence", "Charges succeed, but no webhook comes"
