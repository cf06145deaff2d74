"""The price list, as anybody may read it."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from payments.models import Plan


@dataclass(frozen=True, kw_only=True)
class PlanInfo:
    """A pack for sale: `bytes` beyond the free plan, for `days`. `prices` are minor units by currency."""

    id: UUID
    code: str
    name: str
    bytes: int
    days: int
    prices: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """What everybody has (`free_bytes`), and what is sold beside it, in the order of the list."""

    free_bytes: int
    plans: list[PlanInfo]
    mode: str  # what kind of money is taken

    @property
    def currencies(self) -> list[str]:
        """The currencies in which something is sold, in the order in which they first come."""
        return list(dict.fromkeys(currency for plan in self.plans for currency in plan.prices))


def price_list() -> PriceList:
    """Return what is for sale. Two queries; anybody may know."""
    plans = Plan.objects.filter(sold=True).prefetch_related("prices")
    return PriceList(
        free_bytes=settings.CLOUDBOX_DEFAULT_QUOTA,
        plans=[plan_info(plan) for plan in plans],
        mode=settings.CLOUDBOX_PAYING.mode,
    )


def plan_info(plan: Plan) -> PlanInfo:
    return PlanInfo(
        id=plan.id,
        code=plan.code,
        name=plan.name,
        bytes=plan.bytes,
        days=plan.days,
        prices={price.currency: price.amount_minor for price in plan.prices.all()},
    )
