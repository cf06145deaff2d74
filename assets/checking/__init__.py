"""Rows, bytes, counters and paths compared with each other, both ways, while the server works: `manage.py fsck`.

    for finding in check(repair=False, deep=False, progress=lambda what, count: None):
        ...

Nothing is held in memory but a batch, and nothing is asked for each blob. What is found is there: a suspicion that
work under way may have caused is looked at again before it is told.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import chain, groupby
from operator import attrgetter

from django.utils import timezone

from accounts.callers import SYSTEM
from activity.services import Target, record
from assets.checking import counters, reading, rows, stored, tree
from assets.checking.findings import Difference, Finding, Progress, batches
from assets.checking.repairs import REPAIRS

__all__ = ["CHECKED", "Difference", "Finding", "Progress", "check"]

YOUNG = timedelta(minutes=5)  # bytes that came this short before a check may belong to work under way
CHECKED = "storage_checked"  # the verb of the audit entry that every complete check leaves


def check(*, repair: bool, deep: bool, progress: Progress) -> Iterator[Finding]:
    """Yield every difference; with `repair`, those that could be mended are, and say so. `deep` reads every byte.

    The counters come last, so that what was repaired before is counted.
    """
    before = timezone.now() - YOUNG
    checks: list[Callable[[Progress], Iterator[Finding]]] = [
        reading.damaged,
        stored.stores_that_nobody_knows,
        partial(stored.in_all_stores, before=before),
        *([reading.all_others] if deep else []),
        rows.blobs,
        rows.moves,
        rows.versions,
        rows.files,
        tree.paths,
        tree.places,
        tree.name_columns,
        counters.counters,
    ]
    found = repaired = 0
    for batch in chain.from_iterable(batches(each(progress)) for each in checks):
        for finding in _repaired(batch) if repair else batch:
            found, repaired = found + 1, repaired + finding.repaired
            yield finding
    record(CHECKED, by=SYSTEM.who, target=Target("server", ""), found=found, repaired=repaired, deep=deep)


def _repaired(batch: list[Finding]) -> Iterator[Finding]:
    for kind, group in groupby(batch, key=attrgetter("kind")):
        found = list(group)
        mend = REPAIRS.get(kind)
        mended = {str(each) for each in mend(found)} if mend else set()
        for finding in found:
            yield replace(finding, repaired=finding.id in mended)
