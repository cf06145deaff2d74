"""What the books hold together, and whether they are whole."""

from dataclasses import dataclass

from django.db.models import Count, Max, Sum

from accounts.callers import Caller
from cloudbox.duties import FINANCE
from payments.models import LedgerEntry, Receipt
from payments.words import Account, Mode


@dataclass(frozen=True, kw_only=True)
class Balances:
    """What the accounts hold in one currency, of one kind of money: debits are positive. All together are nothing."""

    mode: Mode
    currency: str
    accounts: list[tuple[Account, int]]

    @property
    def sum(self) -> int:
        return sum(amount for _, amount in self.accounts)


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """How many receipts there are, and the highest number: the same, unless one is missing."""

    count: int
    last: int

    @property
    def missing(self) -> int:
        return self.last - self.count


def balances(*, by: Caller) -> list[Balances]:
    """Return what all accounts hold. One query."""
    by.must_be_staff(FINANCE)
    rows = LedgerEntry.objects.order_by().values_list("transaction__order__mode", "transaction__currency", "account")
    sums = {
        (mode, currency, account): int(amount) for mode, currency, account, amount in rows.annotate(Sum("amount_minor"))
    }
    kinds = sorted({(list(Mode).index(Mode(mode)), currency) for mode, currency, _ in sums})
    return [_balances(list(Mode)[position], currency, sums) for position, currency in kinds]


def numbers(*, by: Caller) -> Numbers:
    """Return whether any number of a receipt is missing. One query."""
    by.must_be_staff(FINANCE)
    counted = Receipt.objects.aggregate(count=Count("number"), last=Max("number"))
    return Numbers(count=counted["count"], last=counted["last"] or 0)


def _balances(mode: Mode, currency: str, sums: dict[tuple[str, str, str], int]) -> Balances:
    held = [(account, sums[mode, currency, account]) for account in Account if (mode, currency, account) in sums]
    return Balances(mode=mode, currency=currency, accounts=held)
