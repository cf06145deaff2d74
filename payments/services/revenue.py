"""What was earned month by month, as the ledger tells it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from accounts.callers import Caller
from cloudbox.duties import FINANCE
from payments.models import LedgerEntry, Payment
from payments.words import Account, Mode


@dataclass(frozen=True, kw_only=True)
class Month:
    """One month (UTC) in one currency, in minor units. What went back counts in the month in which it went."""

    first: date
    sales: int = 0
    refunds: int = 0
    disputes: int = 0
    fees: int = 0  # Paystack's, without what payers bore of them

    @property
    def revenue(self) -> int:
        """Return what was sold, without what has gone back."""
        return self.sales - self.refunds - self.disputes

    @property
    def left(self) -> int:
        """Return what is left of it after Paystack's fees."""
        return self.revenue - self.fees


@dataclass(frozen=True, kw_only=True)
class Earned:
    """The months of one currency, the present one last."""

    currency: str
    months: list[Month]

    @property
    def total(self) -> Month:
        names = ("sales", "refunds", "disputes", "fees")
        sums = {name: sum(getattr(month, name) for month in self.months) for name in names}
        return Month(first=self.months[0].first, **sums)


def present_mode() -> str:
    """Return the kind of money that is taken now: real money, unless this server says that it is none."""
    return str(settings.CLOUDBOX_PAYING.mode if settings.CLOUDBOX_PAYING.keys else Mode.LIVE)


def revenue(*, by: Caller, mode: str, months: int, now: datetime | None = None) -> list[Earned]:
    """Return the last months (up to now) of each currency in which money of one kind has moved in them. One query."""
    by.must_be_staff(FINANCE)
    now = now or timezone.now()
    firsts = _last(months, now)
    since = datetime.combine(firsts[0], datetime.min.time(), tzinfo=UTC)
    rows = (
        LedgerEntry.objects.filter(transaction__at__range=(since, now), transaction__order__mode=mode)
        .order_by()
        .values_list("transaction__currency", TruncMonth("transaction__at", tzinfo=UTC), "account")
        .annotate(sum=Sum("amount_minor"))
    )
    sums: dict[str, dict[date, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for currency, month, account, amount in rows:
        sums[currency][month.date()][account] += int(amount)
    return [
        Earned(currency=currency, months=[_month(first, sums[currency][first]) for first in firsts])
        for currency in sorted(sums)
    ]


def _month(first: date, booked: dict[str, int]) -> Month:
    """Return a month from what its accounts moved by; what is earned is credited, so negative."""
    return Month(
        first=first,
        sales=-booked[Account.SALES],
        refunds=booked[Account.REFUNDS],
        disputes=booked[Account.DISPUTES],
        fees=booked[Account.FEES] + booked[Account.SURCHARGES],
    )


def _last(months: int, now: datetime) -> list[date]:
    """Return the first days of so many months up to now."""
    count = now.year * 12 + now.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count - months + 1, count + 1)]


def modes(*, by: Caller) -> set[str]:
    """Return the kinds of money that have ever come."""
    by.must_be_staff(FINANCE)
    return set(Payment.objects.order_by().values_list("mode", flat=True).distinct())
