"""Work of the tree that nobody waits for. Every task is safe to run twice."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task

from assets import (
    carrying,
    composites,
    gone,
    moving,
    parts,
    pictures,
    previews,
    purging,
    retention,
    scrubbing,
    uploads,
)
from assets.services import bulk, packing, people, transfers, trash
from assets.words import Action
from jobs.services import Lease, renew
from jobs.work import work

log = logging.getLogger(__name__)

MAILS_AT_A_TIME = 100
A_WEEK = 7 * 24 * 3600  # seconds; what hangs is ended by the time limits of its store, and taken up again


@shared_task(name="assets.purge")
def purge(asset_id: str) -> None:
    """Free what a purged asset holds."""
    purging.free(UUID(asset_id))


@shared_task(name="assets.purge_expired")
def purge_expired() -> None:
    """Purge what has been in the trash for too long, and take up what a killed worker has left half purged."""
    trash.purge_expired()
    for asset_id in purging.unfinished():
        try:
            purging.free(asset_id)
        except Exception:  # one that an upload still comes into, say, must not hold up the others
            log.exception("purge_unfinished", extra={"asset": str(asset_id)})


@shared_task(name="assets.drop_ended_offers")
def drop_ended_offers() -> None:
    """Delete the offers that nobody can accept any more."""
    transfers.drop_ended()


@shared_task(name="assets.sweep_uploads")
def sweep_uploads() -> None:
    """Give back what crashed uploads hold, and what crashed writers hold of those that live."""
    uploads.sweep()
    parts.sweep()


@shared_task(name="assets.digest_blob")
def digest_blob(blob_id: str) -> None:
    """Compute the SHA-256 of a file that came in parts."""
    composites.fill_digest(UUID(blob_id))


@shared_task(name="assets.queue_lost_digests")
def queue_lost_digests() -> None:
    """Queue the digests that no task has computed, say because Redis or the worker was down."""
    composites.queue_lost_digests()


@shared_task(name="assets.delete_condemned")
def delete_condemned() -> None:
    """Delete bytes that nothing names any more."""
    gone.delete_condemned()


@shared_task(name="assets.free_surplus_versions")
def free_surplus_versions() -> None:
    """Free the versions that are too many or too old."""
    retention.free_surplus()


@shared_task(name="assets.move_blob", soft_time_limit=A_WEEK, time_limit=A_WEEK + 300)
def move_blob(blob_id: str) -> None:
    """Carry a blob to another store, in a queue of its own: one that hangs keeps no other task waiting."""
    carrying.move(UUID(blob_id))


@shared_task(name="assets.queue_moves")
def queue_moves() -> None:
    """Queue the moves that were lost, have failed, or whose worker has died."""
    moving.queue_due()


@shared_task(name="assets.make_preview")
def make_preview(blob_id: str) -> None:
    """Make the preview of a blob, in a queue of its own: videos keep no other task waiting."""
    pictures.make(UUID(blob_id))


@shared_task(name="assets.queue_previews")
def queue_previews() -> None:
    """Queue the previews that were lost, have failed, or whose worker has died."""
    previews.queue_due()


@shared_task(name="assets.take_up_previews")
def take_up_previews() -> None:
    """Have those made that waited for ffmpeg, by a worker of the queue that would make them."""
    previews.take_up()


@shared_task(name="assets.scrub", soft_time_limit=A_WEEK, time_limit=A_WEEK + 300)
def scrub() -> None:
    """Read some blobs back, to see whether they are what they were. One large blob may take hours."""
    scrubbing.take_turn()


@shared_task(name="assets.look_at_damage", soft_time_limit=A_WEEK, time_limit=A_WEEK + 300)
def look_at_damage() -> None:
    """Read the damaged blobs once more."""
    scrubbing.look_again()


@shared_task(name="assets.examine_blob", soft_time_limit=A_WEEK, time_limit=A_WEEK + 300)
def examine_blob(blob_id: str) -> None:
    """Read one blob back."""
    scrubbing.examine_one(UUID(blob_id))


@work(bulk.KIND, most=A_WEEK)
def do_with_many(lease: Lease, *, order: dict[str, Any], key: str | None) -> dict[str, int]:
    """Do one thing with each of many assets, or pack them into an archive."""
    what = bulk.Order.of_json(order)
    carry_out = packing.pack if what.action is Action.ZIP else bulk.carry_out
    return carry_out(lease, what, key=key)


@work(people.TELL_TEAMS)
def tell_teams(lease: Lease, *, asset_id: str, role: str, sharer: str, team_ids: list[str]) -> dict[str, int]:
    """Mail the members of teams what has been shared with them."""
    told = people.tell_teams(
        share_id=lease.job_id,
        asset_id=UUID(asset_id),
        role=role,
        sharer=sharer,
        team_ids=[UUID(team_id) for team_id in team_ids],
    )
    count = 0
    for count, _user_id in enumerate(told, start=1):
        if count % MAILS_AT_A_TIME == 0:
            renew(lease, done=count)
    renew(lease, done=count)
    return {"mails": count}
