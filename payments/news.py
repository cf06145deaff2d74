"""What of payments is news."""

from django.utils.translation import gettext_lazy as _

from activity.kinds import Kind, Topic, register

_MONEY = {"amount_minor": "in minor units", "currency": "of the amount", "receipt": "its number"}


def name_kinds() -> None:
    bytes_ = {"bytes": "of room"}
    register(
        Kind(
            "pack_bought",
            Topic.PAYMENTS,
            _("A pack was paid for."),
            bytes_ | _MONEY | {"starts_at": "from when it counts", "ends_at": "until when"},
        ),
        Kind(
            "pack_ending",
            Topic.PAYMENTS,
            _("What you have paid for ends soon, or has ended and still counts."),
            bytes_ | {"days": "how long before, 7, 3, 1 or 0", "ends_at": "when"},
        ),
        Kind(
            "pack_ended",
            Topic.PAYMENTS,
            _("The room of your last pack is gone."),
            {"read_only": "whether nothing can be added", "used": "bytes", "limit": "bytes"},
        ),
        Kind(
            "payment_refunded",
            Topic.PAYMENTS,
            _("Money went back to you."),
            _MONEY | {"room_goes": "whether what it had paid for has ended"},
        ),
    )
