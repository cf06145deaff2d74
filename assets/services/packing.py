"""Many assets packed by a job into one zip archive, which comes into the store as any other file does."""

from collections.abc import Iterator
from contextlib import closing
from time import monotonic, sleep
from uuid import UUID

from django.db import transaction

from accounts.callers import Caller
from accounts.standing import as_now
from assets import uploads
from assets.access import asset_for
from assets.digests import Expected
from assets.services import archives, content
from assets.services.bulk import Order, folder_of
from assets.services.content import Body
from assets.words import Ability
from cloudbox.errors import Refusal
from cloudbox.http import release_connection
from cloudbox.made import Made
from jobs import services as jobs
from jobs.keeping import keeping
from jobs.services import JobItemInfo, Lease

TELL_EVERY = 1.0  # seconds
OUTLIVES = 2.0  # seconds that the upload of a killed worker may outlive its job's lease, with some to spare


def pack(lease: Lease, order: Order, *, key: str | None) -> dict[str, int]:
    """Store the archive; return how many items are in each state.

    What whoever began the job may not read is left out, and its item says why. The archive, the results of all that
    is in it and the lease are one transaction, so there is one archive, however many workers die. Raises a Refusal when
    it cannot be stored.
    """
    by = as_now(lease.owner_id, key_id=key, agent=f"job {lease.job_id}")
    items = [item for item in jobs.waiting(lease) if _is_readable(by, lease, item)]
    if items:
        if lease.attempt > 1:
            _give_up_what_came_before()
        with keeping(lease):
            _store(by, lease, order, items)
    return jobs.tally(lease)


def _give_up_what_came_before() -> None:
    """Free the room that the upload of a killed worker still holds: it may be too little for two."""
    release_connection()
    sleep(OUTLIVES)
    uploads.sweep()


def _is_readable(by: Caller, lease: Lease, item: JobItemInfo) -> bool:
    """Say whether the item can be packed; if not, that is its result."""
    try:
        asset_for(by, UUID(item.subject), Ability.READ)
    except Refusal as refusal:
        with transaction.atomic():
            jobs.mark(lease, item.position, jobs.FAILED, refusal.code)
            jobs.renew(lease)
        return False
    return True


def _store(by: Caller, lease: Lease, order: Order, items: list[JobItemInfo]) -> None:
    with closing(archives.archive_of(by=by, asset_ids=[UUID(item.subject) for item in items])) as made:
        jobs.renew(lease, done=0, total=made.size)

        def is_done(file_id: UUID) -> None:
            made.sending()  # others are told what was taken from them
            for item in items:
                jobs.mark(lease, item.position, jobs.DONE, made=str(file_id))
            jobs.renew(lease, done=made.size)

        content.store_file(
            by=by,
            folder_id=folder_of(order),
            name=order.name or made.name,
            body=Body(_told(lease, made), Expected(made.size), made.content_type),
            on_conflict=order.on_conflict,
            along=is_done,
        )


def _told(lease: Lease, made: Made) -> Iterator[bytes]:
    """Pass the bytes on, and tell every second how many those were. Raises CancelRequested or LeaseLost."""
    done, told_at = 0, monotonic()
    for chunk in made.chunks:
        yield chunk
        done += len(chunk)
        if monotonic() - told_at > TELL_EVERY:
            jobs.renew(lease, done=done)
            release_connection()
            told_at = monotonic()
