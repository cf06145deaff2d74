"""The road of a blob from one store to another: its Move row says where to, and stays until it has arrived."""

from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from assets import storage
from assets.models import Move
from cloudbox.later import later

GRACE = 60  # seconds that the task of a new Move is waited for before it is queued again


def home_of(store: str) -> str | None:
    """Return the name of the store that bytes which landed in `store` are to go to, None where they may stay."""
    return storage.primary().name if store == storage.SPOOL else None


def enlist(blob_id: UUID, to: str) -> None:
    """Have the blob moved to the store named `to` once the caller's transaction has been committed.

    A composite becomes one plain blob there, also where its parts are in that store already.
    """
    Move.objects.create(blob_id=blob_id, store=to, retry_at=Now() + timedelta(seconds=GRACE))
    queue(blob_id)


def queue(blob_id: UUID) -> None:
    """Queue the task of a Move row that is written in the caller's transaction."""
    later("assets.move_blob", str(blob_id))
