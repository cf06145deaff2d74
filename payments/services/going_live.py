"""Going live: room that was tried out with money that is none ends where real money is taken.

Else whoever tried a server out would keep for years what nobody has paid, and what they pay for then would wait for
that to end. Keys of test money never end anything.
"""

from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from payments import owners, terms
from payments.models import Order
from payments.steps import note
from payments.words import Mode

log = structlog.get_logger(__name__)


def end_trials() -> int:
    """End all that was bought with test or simulated money, if real money is taken now; return how many orders."""
    if settings.CLOUDBOX_PAYING.mode != Mode.LIVE:
        return 0
    trials = Order.objects.filter(owners.IN_LINE).exclude(mode=Mode.LIVE)
    ended = sum(_end_trials_of(user_id) for user_id in set(trials.values_list("user_id", flat=True)))
    if ended:
        log.warning("payment_trials_ended", orders=ended)
    return ended


def _end_trials_of(user_id: UUID) -> int:
    with transaction.atomic():
        owners.lock(user_id)
        before = line = owners.line_of(user_id)
        trials = Order.objects.filter(owners.IN_LINE, user_id=user_id).exclude(mode=Mode.LIVE).select_for_update()
        now = timezone.now()
        for order in trials:
            line = terms.remove(line, order.id, now)
            order.stopped_at = now
            order.save(update_fields=["stopped_at"])
            note(order.id, "trial_ended")
        owners.write(user_id, line, before)
        return len(trials)
