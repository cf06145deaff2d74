"""The audit log as a chain of seals, so that a change of what was once sealed can be found.

Each seal is SHA-256 over the seal before it and one line of canonical JSON for each entry. The chain shows
that nothing inside it was changed; whoever notes its head elsewhere (`verify_audit` prints it) can also
show that its end was not cut off.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction

from activity.halves import canonical, half_hash
from activity.models import AuditEntry, Seal

MOST = 1000  # entries under one seal
_LOCK = 0x5EA1  # the advisory lock of whoever is sealing

# Only rows of transactions that are over, as are all before them: ids and commits come in different orders.
# A visible row from beyond the newest transaction was restored from another server's backup, so it is over too.
_NUMBER = """
WITH settled AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place FROM (
        SELECT id FROM activity_auditentry
        WHERE seq IS NULL AND (
            xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            OR xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
        ORDER BY id LIMIT %s
    ) AS oldest
)
UPDATE activity_auditentry AS entry SET seq = %s + settled.place FROM settled WHERE entry.id = settled.id
"""


@dataclass(frozen=True)
class Head:
    """The end of the chain: how many entries are sealed, and the newest seal's hash ("" before the first)."""

    sealed: int = 0
    hash: str = ""


@dataclass(frozen=True)
class Difference:
    """The first place where the log is not what was sealed: the entries' numbers, and what is wrong."""

    first: int
    last: int
    reason: str


def seal() -> int:
    """Seal what is settled, at most `MOST` entries, and return how many. Safe to run twice and side by side."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        head = _newest()
        cursor.execute(_NUMBER, [MOST, head.sealed])
        entries = list(AuditEntry.objects.filter(seq__gt=head.sealed).order_by("seq"))
        if entries:
            Seal.objects.create(
                first=head.sealed + 1,
                last=head.sealed + len(entries),
                count=len(entries),
                previous=head.hash,
                hash=_link(head.hash, entries),
            )
    return len(entries)


def verify_chain() -> Difference | Head:
    """Read the whole chain; return the first difference, or its head when there is none."""
    head = Head()
    for link in Seal.objects.order_by("last").iterator():
        entries = list(AuditEntry.objects.filter(seq__gte=link.first, seq__lte=link.last).order_by("seq"))
        reason = _what_is_wrong(link, entries, head)
        if reason:
            return Difference(link.first, link.last, reason)
        head = Head(link.last, link.hash)
    beyond = AuditEntry.objects.filter(seq__gt=head.sealed).order_by("seq").first()
    if beyond:
        return Difference(head.sealed + 1, beyond.seq or 0, "A seal is missing.")
    return head


def contains(link: str) -> bool:
    """Say whether the chain has a seal of that hash: one noted elsewhere must still be there."""
    return Seal.objects.filter(hash=link).exists()


def _newest() -> Head:
    newest = Seal.objects.order_by("-last").first()
    return Head(newest.last, newest.hash) if newest else Head()


def _what_is_wrong(link: Seal, entries: list[AuditEntry], before: Head) -> str:
    """Return a sentence, or "" when the link fits the one before it and its entries."""
    if (link.first, link.previous) != (before.sealed + 1, before.hash):
        return "A seal is missing or was replaced."
    if [entry.seq for entry in entries] != list(range(link.first, link.last + 1)) or len(entries) != link.count:
        return "An entry is missing."
    if _link(link.previous, entries) != link.hash:
        return "An entry was changed."
    if not all(_halves_hold(entry) for entry in entries):
        return "What an entry says of a person was changed."
    return ""


def _link(previous: str, entries: Iterable[AuditEntry]) -> str:
    digest = hashlib.sha256(previous.encode())
    for entry in entries:
        digest.update(b"\n" + canonical(_sealed_part(entry)))
    return digest.hexdigest()


def _sealed_part(entry: AuditEntry) -> dict[str, object]:
    """Return what of an entry the chain covers: all of it, the halves that tell a person by their hashes."""
    return {
        "seq": entry.seq,
        "id": entry.pk,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "verb": entry.verb,
        "actor_id": entry.actor_id and str(entry.actor_id),
        "owner_id": entry.owner_id and str(entry.owner_id),
        "target_kind": entry.target_kind,
        "target_id": entry.target_id,
        "request_id": entry.request_id,
        "actor_hash": entry.actor_hash,
        "target_hash": entry.target_hash,
    }


def _halves_hold(entry: AuditEntry) -> bool:
    """Say whether each half is what was recorded, or was erased as a whole."""
    actor = [entry.actor_label, entry.address, entry.agent]
    actor_holds = half_hash(entry.actor_salt, *actor) == entry.actor_hash if entry.actor_salt else not any(actor)
    target = [entry.target_label, entry.facts]
    target_holds = half_hash(entry.target_salt, *target) == entry.target_hash if entry.target_salt else not any(target)
    return actor_holds and target_holds
