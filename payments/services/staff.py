"""What the staff asks about orders."""

from uuid import UUID

from accounts.callers import Caller
from activity.services import Target, record
from cloudbox.duties import FINANCE, SUPPORT
from cloudbox.errors import NotFound
from payments.models import Order
from payments.services import settling
from payments.words import State


def check(*, by: Caller, order_id: UUID) -> State:
    """Ask Paystack now what became of an order, do what follows, and return its state.

    Nothing comes of it that Paystack does not say. Raises NotFound, PaystackUnavailable.
    """
    by.must_be_staff(SUPPORT, FINANCE)
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise NotFound
    record("order_checked", by=by.who, target=Target("order", order.id, order.plan_name))
    return settling.settle(order_id, trigger="staff")
