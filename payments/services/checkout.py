"""From the price list to Paystack's page. The order is committed before Paystack hears of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import User
from cloudbox.errors import BadInput
from jobs.idempotency import IdempotencyKeyReused
from payments import owners, paystack, terms
from payments.models import Order, Price
from payments.paystack import DuplicateReference
from payments.refusals import NoMailAddress, OrderInTheMaking, PackChanged, TooManyOrders
from payments.services.orders import OrderInfo, info_of
from payments.services.plans import PlanInfo, PriceList, plan_info
from payments.services.settling import FIRST_CHECK
from payments.steps import note
from payments.words import LONGEST_WAIT, OPEN, OURS, UNPAID, State

MOST_OPEN = 20  # orders of one account that wait for their payment
MOST_A_DAY = 100  # that nobody has paid: who cancels them makes no room for more
A_DAY = timedelta(days=1)
RETURN = "/account/orders/return"  # the page that Paystack sends payers back to


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What buying a plan now would mean. `extra` is the time that the value of what still runs adds.

    With `takes_over` it begins at once, in place of what runs; else when that ends, so maybe not now.
    """

    plan: PlanInfo
    currency: str
    amount_minor: int
    starts_at: datetime
    ends_at: datetime
    extra: timedelta
    takes_over: bool
    begins_now: bool

    @property
    def offer(self) -> str:
        """What a payer was shown: it is another one as soon as the plan gives or costs something else."""
        return _offer(self.amount_minor, self.plan.bytes, self.plan.days)


@dataclass(frozen=True, kw_only=True)
class Ordered(OrderInfo):
    """An order that was asked for. `is_repeat`: under its key it had been made, and its page opened, before."""

    is_repeat: bool


def quote(*, by: Caller, plan: str, currency: str) -> Quote:
    """Tell what buying a plan would mean, and change nothing. Raises BadInput, NotAuthenticated, KeyNotEnough."""
    user_id = by.must_see_account()
    return _quoted(plan_info(_price(plan, currency).plan), currency, owners.line_of(user_id), timezone.now())


def offers(prices: PriceList, *, by: Caller, currency: str) -> list[Quote]:
    """Tell the same of every plan that is sold in this currency, in the order of the list. One query."""
    line, now = owners.line_of(by.must_see_account()), timezone.now()
    return [_quoted(plan, currency, line, now) for plan in prices.plans if currency in plan.prices]


def usual_currency(*, by: Caller) -> str:
    """Return the currency of the caller's last order; the empty string before the first."""
    own = Order.objects.filter(user_id=by.must_see_account())
    return own.order_by("-created_at", "-id").values_list("currency", flat=True).first() or ""


def begin(*, by: Caller, plan: str, currency: str, key: str | None = None, offer: str | None = None) -> Ordered:
    """Order a plan, as the `offer` that was shown if there is one; return the order with the page on which it is paid.

    The same `key` is the same order; without a key, one that waits for its payment already is taken up again, so
    that clicking twice does not pay twice. Raises BadInput, NoMailAddress, TooManyOrders, IdempotencyKeyReused,
    PackChanged, OrderInTheMaking, and PaystackUnavailable: the order stays, and ordering again goes on with it.
    """
    user_id = by.must_be_in_person()
    with transaction.atomic(durable=True):
        owners.lock(user_id)
        order = _known(user_id, plan, currency, key) or _new(by, user_id, _price(plan, currency), key)
        if offer is not None and offer != _offer(order.amount_minor, order.bytes, order.days):
            raise PackChanged
    is_repeat = key is not None and order.state != State.CREATED
    if order.state == State.CREATED:
        _open_page(order)
        order.refresh_from_db()
        if order.state == State.CREATED:  # under a reference that another request has given it, and asks about
            raise OrderInTheMaking(retry_after=1)
    return Ordered(**vars(info_of(order)), is_repeat=is_repeat)


def _quoted(plan: PlanInfo, currency: str, before: terms.Line, now: datetime) -> Quote:
    amount = plan.prices[currency]
    pack = terms.Pack(
        id=uuid4(),
        bytes=plan.bytes,
        seconds=plan.days * owners.DAY,
        amount=amount,
        money=owners.money(currency, settings.CLOUDBOX_PAYING.mode),
    )
    line = terms.add(before, pack, now)
    piece = next(piece for piece in line if piece.id == pack.id)
    return Quote(
        plan=plan,
        currency=currency,
        amount_minor=amount,
        starts_at=piece.starts_at,
        ends_at=piece.ends_at,
        extra=timedelta(seconds=terms.extra_of(line, pack.id)),
        takes_over=any(other.into == pack.id for other in line),
        begins_now=piece.starts_at <= now,
    )


def _price(plan: str, currency: str) -> Price:
    """Return the price of a plan that is sold. Raises BadInput, which names the field."""
    prices = Price.objects.filter(plan__code=plan, plan__sold=True).select_related("plan")
    if not prices:
        raise BadInput("plan", "There is no such plan for sale.")
    found = next((price for price in prices if price.currency == currency), None)
    if found is None:
        sold_for = ", ".join(price.currency for price in prices)
        raise BadInput("currency", f"This plan is sold for {sold_for}.")
    return found


def _known(user_id: UUID, plan: str, currency: str, key: str | None) -> Order | None:
    """Return the order that a repeated request means. Raises IdempotencyKeyReused."""
    own = Order.objects.filter(user_id=user_id)
    if key is not None:
        order = own.filter(idempotency_key=key).first()
        asked = (plan, currency, settings.CLOUDBOX_PAYING.mode)  # nobody pays real money for an order of a trial
        if order and (order.plan_code, order.currency, order.mode) != asked:
            raise IdempotencyKeyReused
        return order
    price = _price(plan, currency)
    waiting = own.filter(
        state__in=OPEN,
        expires_at__gt=timezone.now(),
        idempotency_key=None,
        mode=settings.CLOUDBOX_PAYING.mode,
        plan=price.plan,
        currency=currency,
        amount_minor=price.amount_minor,
        bytes=price.plan.bytes,
        days=price.plan.days,
    )
    return waiting.order_by("-created_at").first()


def _new(by: Caller, user_id: UUID, price: Price, key: str | None) -> Order:
    user = User.objects.get(id=user_id)
    if not user.email:
        raise NoMailAddress
    if Order.objects.filter(user_id=user_id, state__in=OPEN, expires_at__gt=timezone.now()).count() >= MOST_OPEN:
        raise TooManyOrders(most=MOST_OPEN)
    now = timezone.now()
    if Order.objects.filter(user_id=user_id, state__in=UNPAID, created_at__gt=now - A_DAY).count() >= MOST_A_DAY:
        raise TooManyOrders(most=MOST_A_DAY)
    order = Order.objects.create(
        user_id=user_id,
        reference=_reference(),
        mode=settings.CLOUDBOX_PAYING.mode,
        plan=price.plan,
        plan_code=price.plan.code,
        plan_name=price.plan.name,
        bytes=price.plan.bytes,
        days=price.plan.days,
        currency=price.currency,
        amount_minor=price.amount_minor,
        email=user.email,
        idempotency_key=key,
        created_at=now,
        expires_at=now + LONGEST_WAIT,
        next_check_at=now + FIRST_CHECK,
    )
    note(order.id, "ordered", by=by.username, plan=order.plan_code, amount=order.amount_minor, currency=order.currency)
    return order


def _open_page(order: Order) -> None:
    """Have Paystack make the page, with no transaction open, and write down where it is.

    Paystack knows a reference already when an answer of it was lost: that page was never shown, so nobody can have
    paid there, and the order gets another reference.
    """
    page = _ask_for_page(order)
    if page is None and _rename(order):
        page = _ask_for_page(order)
    if page is None:
        return  # another request is at it
    with transaction.atomic():
        if _still(order, reference=order.reference).update(page=page, state=State.PENDING):
            note(order.id, "opened")


def _rename(order: Order) -> bool:
    """Give an order another reference, and say whether it was for us to do."""
    old, order.reference = order.reference, _reference()
    with transaction.atomic():
        is_ours = bool(_still(order, reference=old).update(reference=order.reference))
        if is_ours:
            note(order.id, "renamed", old=old, new=order.reference)
        return is_ours


def _still(order: Order, *, reference: str) -> QuerySet[Order]:
    """Return the order, if nobody else has renamed it or opened its page meanwhile."""
    return Order.objects.filter(id=order.id, reference=reference, page="", state=State.CREATED)


def _ask_for_page(order: Order) -> str | None:
    """Return where an order is paid; None when Paystack knows its reference already."""
    try:
        return paystack.initialize(
            reference=order.reference,
            email=order.email,
            amount=order.amount_minor,
            currency=order.currency,
            callback_url=f"{settings.CLOUDBOX_URL}{RETURN}",
            metadata={"order": str(order.id)},
        )
    except DuplicateReference:
        return None


def _offer(amount_minor: int, size: int, days: int) -> str:
    return f"{amount_minor}-{size}-{days}"


def _reference() -> str:
    return f"{OURS}{uuid4().hex}"
