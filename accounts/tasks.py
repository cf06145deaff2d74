"""The regular work of this app. Every task is safe to run twice and side by side."""

from datetime import timedelta
from uuid import UUID

import structlog
from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from accounts import pictures, quotas, services, two_factor
from accounts.services import invitations, keys, recovery

log = structlog.get_logger(__name__)


@shared_task(name=pictures.CROP, soft_time_limit=60, time_limit=90)
def crop_picture(user_id: str, name: str) -> None:
    """Make a stored original the user's picture."""
    pictures.crop(UUID(user_id), name)


@shared_task(name="accounts.sweep_pictures")
def sweep_pictures() -> None:
    """Queue the pictures that still wait, and delete what nobody names."""
    pictures.sweep()


@shared_task(name=recovery.SEND_RESET)
def send_reset(email: str, address: str, agent: str) -> None:
    """Mail a link to a new password to the address, if it is an account's."""
    recovery.send_reset(email=email, address=address, agent=agent)


@shared_task(name="accounts.reconcile_usage")
def reconcile_usage() -> None:
    """Compare every owner's counters with what is there; differences are recorded, logged and set right."""
    for owner_id in quotas.owners():
        drift = quotas.reconcile(owner_id)
        if drift:
            log.error("usage_differed", owner_id=str(owner_id), **drift)


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> None:
    """Delete the sessions, ours and the browsers', and the links that ended long ago, and secrets nobody confirmed."""
    services.forget_sessions()
    two_factor.forget_unconfirmed(timezone.now() - timedelta(hours=1))
    recovery.forget()
    SessionStore.clear_expired()


@shared_task(name="accounts.forget_keys")
def forget_keys() -> None:
    """Delete the access keys that ended long enough ago."""
    keys.forget()


@shared_task(name="accounts.forget_invitations")
def forget_invitations() -> None:
    """Delete the invitations, and the addresses in them, that expired long enough ago."""
    invitations.forget_old()
