"""How payments say no."""

from cloudbox.errors import Conflict


class NoMailAddress(Conflict):
    """Whoever pays needs a mail address: Paystack asks for it, and the receipt goes there."""

    code = "no_mail_address"
    title = "Give your account a mail address first: the receipt goes there."


class AlreadyPaid(Conflict):
    """The order is paid, so it cannot be cancelled; money goes back by a refund."""

    code = "already_paid"
    title = "This order is paid."


class PackChanged(Conflict):
    """What the plan gives or costs is not what the payer was shown."""

    code = "pack_changed"
    title = "This pack has changed meanwhile. Look at what it is and costs now."


class TooManyOrders(Conflict):
    """Too many orders of this account wait for their payment. `most` is how many may."""

    code = "too_many_orders"
    title = "Too many of your orders wait for their payment. Pay or cancel one of them."


class OrderInTheMaking(Conflict):
    """Another request is making this order just now; repeat after `retry_after` seconds."""

    code = "order_in_the_making"
    title = "This order is being made just now. Try again in a moment."
