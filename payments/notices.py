"""What people are told of money."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Topic
from activity.notices import Notice, register

_ENDS = ("pack_ending", "pack_ended")


def name_notices() -> None:
    register(
        Notice(
            name="payments",
            topic=Topic.PAYMENTS,
            says=_("A payment of yours arrives, or goes back"),
            kinds=("pack_bought", "payment_refunded"),
        ),
        Notice(
            name="plan",
            topic=Topic.PAYMENTS,
            says=_("What you have paid for ends in 7, 3 or 1 days, or has ended"),
            kinds=_ENDS,
            by_mail=True,
            own_mail=_ENDS,
        ),
    )
