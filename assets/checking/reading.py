"""What the bytes themselves are: of the blobs held for damaged always, of all the others when that is asked for."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from assets import damage
from assets.checking.findings import Difference, Finding, Progress
from assets.examining import Examined, Verdict, examine
from assets.models import Blob

PAGE = 500  # blobs that are fetched at a time

_KINDS = {Verdict.MISSING: Difference.BYTES_MISSING, Verdict.ALTERED: Difference.BYTES_ALTERED}


def damaged(progress: Progress) -> Iterator[Finding]:
    """Read what is held for damaged; find what still is, or is no longer."""
    for blob, examined in _examined(progress, "damaged blobs", damage__isnull=False):
        if examined.verdict is Verdict.RIGHT:
            yield Finding(Difference.DAMAGE_OVER, str(blob.pk), {"store": blob.store, "size": blob.size})
        elif examined.verdict in _KINDS:
            yield _finding(blob, _KINDS[examined.verdict])


def all_others(progress: Progress) -> Iterator[Finding]:
    """Read every other blob; what is missing or has another size is found without."""
    for blob, examined in _examined(progress, "blobs read", damage=None):
        if examined.verdict is Verdict.ALTERED and (not examined.measured or examined.measured.size == blob.size):
            yield _finding(blob, Difference.BYTES_ALTERED)


def _finding(blob: Blob, kind: Difference) -> Finding:
    facts = {"store": blob.store, "key": blob.key, "size": blob.size}
    return Finding(kind, str(blob.pk), {**facts, "files": damage.files_of([blob.pk]).get(blob.pk, [])})


def _examined(progress: Progress, what: str, **condition: Any) -> Iterator[tuple[Blob, Examined]]:
    """Yield every plain blob that can be read or should be; stores that are away are a finding elsewhere."""
    last, count = UUID(int=0), 0
    while page := list(Blob.objects.filter(kind="plain", pk__gt=last, **condition).order_by("pk")[:PAGE]):
        for blob in page:
            try:
                examined = examine(blob)
            except (OSError, LookupError):
                continue
            yield blob, examined
        last, count = page[-1].pk, count + len(page)
        progress(what, count)
