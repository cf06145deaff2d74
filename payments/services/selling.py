"""The price list, as the staff change it. Orders keep what a plan was when they were made: no change reaches them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import override

from accounts.callers import Caller
from activity.services import Target, record
from cloudbox.duties import FINANCE
from cloudbox.errors import BadInput, Conflict, NotFound
from cloudbox.money import as_money
from cloudbox.sizes import exactly
from payments import owners
from payments.models import Order, Plan, Price
from payments.words import LEAST_CHARGE, OPEN, Currency

MOST_BYTES, MOST_DAYS, LAST_POSITION = 2**50, 3660, 32_767
LONGEST_NAME, LONGEST_CODE = 80, 40  # letters
MOST_CHARGE = 10**14  # minor units; more is a slip of the hand
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
NEXT_ENDS = 5
TAKEN = "Another plan has this code."


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a plan shall be. `prices` are minor units by currency; it is not sold in the others."""

    name: str
    bytes: int
    days: int
    position: int
    prices: Mapping[str, int]


NOTHING = Wish(name="", bytes=0, days=0, position=-1, prices={})  # what a new plan was before


@dataclass(frozen=True, kw_only=True)
class Affected:
    """Who has a pack now, and until when; who has paid for it later; how many orders wait at the price of then."""

    holders: int
    until: datetime | None
    waits: int
    unpaid: int
    next_ends: tuple[tuple[datetime, str], ...]  # who comes to an end first, by name


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing of a plan that changes."""

    what: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class PlanNow:
    """A plan as it is, sold or not."""

    id: UUID
    code: str
    sold: bool
    wish: Wish
    changed_at: datetime


def plan(*, by: Caller, plan_id: UUID) -> PlanNow:
    """Return a plan. Raises NotFound."""
    by.must_be_staff(FINANCE)
    return _now(_row(plan_id))


def affected(*, by: Caller, plan_id: UUID) -> Affected:
    """Return whom a plan concerns: nobody of them by a change of it. Two queries."""
    by.must_be_staff(FINANCE)
    now = timezone.now()
    kept = owners.IN_LINE & Q(into=None)
    runs, waits = kept & Q(starts_at__lte=now, ends_at__gt=now), kept & Q(starts_at__gt=now)
    orders = Order.objects.filter(plan_id=plan_id)
    counted = orders.aggregate(
        holders=Count("user", distinct=True, filter=runs),
        until=Max("ends_at", filter=runs),
        waits=Count("id", filter=waits),
        unpaid=Count("id", filter=Q(state__in=OPEN, expires_at__gt=now)),
    )
    ends = orders.filter(runs).order_by("ends_at").values_list("ends_at", "user__username")[:NEXT_ENDS]
    return Affected(**counted, next_ends=tuple((at, name) for at, name in ends if at))


def changes(old: Wish, new: Wish) -> list[Change]:
    """Return what a change changes, in the order in which it is filled in."""
    before, after = _told(old), _told(new)
    names = list(dict.fromkeys([*before, *after]))
    found = (Change(what=name, old=before.get(name, "-"), new=after.get(name, "-")) for name in names)
    return [change for change in found if change.old != change.new]


def check(wish: Wish) -> Wish:
    """Return a wish that a plan can be. Raises BadInput, which names the field."""
    name = " ".join(wish.name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput("name", "From 1 to 80 letters.")
    _check_number("bytes", wish.bytes, MOST_BYTES, "bytes")
    _check_number("days", wish.days, MOST_DAYS, "days")
    _check_number("position", wish.position, LAST_POSITION, "", least=0)
    if not wish.prices:
        raise BadInput("prices", "It needs a price in one currency at least.")
    for currency, amount in wish.prices.items():
        _check_price(currency, amount)
    return Wish(name=name, bytes=wish.bytes, days=wish.days, position=wish.position, prices=dict(wish.prices))


def check_code(code: str) -> None:
    """Raise BadInput for what no new plan can be called by programs."""
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        raise BadInput("code", "Up to 40 small letters and digits, with - between them.")
    if Plan.objects.filter(code=code).exists():
        raise BadInput("code", TAKEN)


def make_plan(*, by: Caller, code: str, wish: Wish) -> PlanNow:
    """Add a plan to the price list. Raises BadInput."""
    by.must_be_staff(FINANCE)
    check_code(code)
    wish = check(wish)
    try:
        with transaction.atomic():
            row = Plan.objects.create(code=code, **_columns(wish))
            _set_prices(row, wish)
            new = [f"{change.what}: {change.new}" for change in changes(NOTHING, wish)]
            record("plan_made", by=by.who, target=_target(row), code=code, new=new)
    except IntegrityError:
        raise BadInput("code", TAKEN) from None
    return _now(row)


def change_plan(*, by: Caller, plan_id: UUID, wish: Wish, seen: datetime | None = None) -> PlanNow:
    """Change a plan from now on; orders that were made keep what it was. Raises BadInput, NotFound.

    `seen` is the `changed_at` of what somebody has looked at: Raises Conflict when it was changed since.
    """
    by.must_be_staff(FINANCE)
    wish = check(wish)
    with transaction.atomic():
        row = _row(plan_id, locked=True)
        if seen is not None and row.changed_at != seen:
            raise Conflict("Somebody has changed this plan meanwhile. Look at it again.")
        found = changes(_now(row).wish, wish)
        if found:
            for name, value in _columns(wish).items():
                setattr(row, name, value)
            row.save()
            _set_prices(row, wish)
            old = [f"{change.what}: {change.old}" for change in found]
            new = [f"{change.what}: {change.new}" for change in found]
            record("plan_changed", by=by.who, target=_target(row), code=row.code, old=old, new=new)
    return _now(_row(plan_id))


def stop_selling(*, by: Caller, plan_id: UUID) -> None:
    """Take a plan off the price list. Whoever has it keeps it, and orders that wait can be paid. Raises NotFound."""
    _sell(by, plan_id, "plan_withdrawn", sold=False)


def sell_again(*, by: Caller, plan_id: UUID) -> None:
    """Put a plan back on the price list. Raises NotFound."""
    _sell(by, plan_id, "plan_offered", sold=True)


def _sell(by: Caller, plan_id: UUID, verb: str, *, sold: bool) -> None:
    by.must_be_staff(FINANCE)
    with transaction.atomic():
        row = _row(plan_id, locked=True)
        if row.sold != sold:
            row.sold = sold
            row.save(update_fields=["sold", "changed_at"])
            record(verb, by=by.who, target=_target(row), code=row.code)


def _row(plan_id: UUID, *, locked: bool = False) -> Plan:
    rows = Plan.objects.select_for_update() if locked else Plan.objects.prefetch_related("prices")
    row = rows.filter(id=plan_id).first()
    if row is None:
        raise NotFound
    return row


def _now(row: Plan) -> PlanNow:
    prices = {price.currency: price.amount_minor for price in row.prices.all()}
    wish = Wish(name=row.name, bytes=row.bytes, days=row.days, position=row.position, prices=prices)
    return PlanNow(id=row.id, code=row.code, sold=row.sold, wish=wish, changed_at=row.changed_at)


def _columns(wish: Wish) -> dict[str, str | int]:
    return {"name": wish.name, "bytes": wish.bytes, "days": wish.days, "position": wish.position}


def _set_prices(row: Plan, wish: Wish) -> None:
    row.prices.exclude(currency__in=list(wish.prices)).delete()
    for currency, amount in wish.prices.items():
        Price.objects.update_or_create(plan=row, currency=currency, defaults={"amount_minor": amount})


def _told(wish: Wish) -> dict[str, str]:
    """Return what a plan is in words, by what each is."""
    said = {"Name": wish.name, "Room": exactly(wish.bytes), "Days": str(wish.days), "Position": str(wish.position)}
    with override("en"):  # the log has one way to write an amount
        prices = {f"Price in {currency}": as_money(amount, currency) for currency, amount in wish.prices.items()}
    return said | prices


def _check_number(field: str, number: int, most: int, unit: str, *, least: int = 1) -> None:
    if not least <= number <= most:
        raise BadInput(field, f"From {least} to {most} {unit}".strip() + ".")


def _check_price(currency: str, amount: int) -> None:
    if currency not in Currency.values:
        raise BadInput("prices", f"One of {', '.join(Currency.values)}.")
    least = LEAST_CHARGE[Currency(currency)]
    if not least <= amount <= MOST_CHARGE:
        bounds = f"From {as_money(least, currency)} to {as_money(MOST_CHARGE, currency)}."
        raise BadInput(f"price_{currency.lower()}", bounds)


def _target(row: Plan) -> Target:
    return Target("plan", row.id, row.name)
