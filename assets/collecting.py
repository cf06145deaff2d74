"""Freeing at once what goes by itself in time, and what was forgotten: `manage.py gc`."""

from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Sum
from django.utils import timezone

from assets import gone, storage, uploads
from assets.checking.findings import Difference, Progress, batches
from assets.checking.repairs import condemn_orphans
from assets.checking.stored import orphans
from assets.models import Condemned

FORGOTTEN = timedelta(days=1)  # the age from which bytes that no row names belong to nobody


@dataclass
class Amount:
    """So many keys, and their bytes as far as they are known."""

    keys: int = 0
    bytes: int = 0

    def add(self, size: int) -> None:
        self.keys += 1
        self.bytes += size


@dataclass
class Collected:
    """What a collection did: `forgotten` bytes are condemned now, `waiting` ones are deleted later."""

    uploads: int = 0
    forgotten: Amount = field(default_factory=Amount)
    deleted: Amount = field(default_factory=Amount)
    failed: Amount = field(default_factory=Amount)
    waiting: Amount = field(default_factory=Amount)
    down: list[str] = field(default_factory=list)  # stores that did not answer

    @property
    def is_complete(self) -> bool:
        return not self.down and not self.failed.keys


def collect(*, now: bool, progress: Progress) -> Collected:
    """End uploads that are over, condemn what no row has named for a day, and delete what is due.

    With `now` all that is condemned is due: a backup or a download that began before may miss it.
    """
    done = Collected(uploads=uploads.sweep())
    for store in storage.stores():
        try:
            _condemn_forgotten(store, done, progress)
        except OSError:
            done.down.append(store.name)
    if now:
        Condemned.objects.update(delete_at=timezone.now())
    for was_deleted, size in gone.delete_due():
        (done.deleted if was_deleted else done.failed).add(size)
        progress("keys deleted", done.deleted.keys)
    waiting = Condemned.objects.aggregate(bytes=Sum("size", default=0))
    done.waiting = Amount(Condemned.objects.count(), int(waiting["bytes"]))
    return done


def _condemn_forgotten(store: storage.Store, done: Collected, progress: Progress) -> None:
    found = orphans(store, timezone.now() - FORGOTTEN, progress)
    for batch in batches(finding for finding in found if finding.kind is Difference.BYTES_UNNAMED):
        condemn_orphans(batch)
        for finding in batch:
            size = finding.facts["size"]
            done.forgotten.add(size if isinstance(size, int) else 0)
