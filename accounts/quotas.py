"""How much an owner may store, to the byte.

`used + reserved` never passes the limit: one conditional UPDATE decides, and it looks at its own row
only (a sum over allowances inside it would overrun when writers run in parallel). Everything here is in
bytes. `Usage` is the last row that a transaction locks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, Sum
from django.db.models.functions import Now

from accounts.callers import SYSTEM
from accounts.models import Allowance, Usage, User
from accounts.no_room import no_room
from activity.services import Target, mail, record, tell
from cloudbox.errors import NotFound

WARN_AT = (75, 90, 100)  # percent of the limit; passing one upwards sends one mail
MOST_BYTES = 2**63 - 1  # what a bigint holds

_CHANGE = (
    "UPDATE accounts_usage SET used = used + %(used)s, reserved = reserved + %(reserved)s WHERE owner_id = %(owner)s"
)
_IF_ROOM = """
  AND limit_bytes - used - reserved >= %(room)s AND (limit_until IS NULL OR limit_until > statement_timestamp())
"""
_RETURNING = " RETURNING used, limit_bytes, warned_percent"

# Parts of greater statements. The first is `reserve` of %(room)s bytes for the owner whom a query names, and returns
# that one if there was room. The second is `settle` of %(size)s bytes for whatever a part called `claimed` has held;
# what it returns is for `warn`.
HOLD = f"""
UPDATE accounts_usage SET reserved = reserved + %(room)s WHERE owner_id = ({{owner}}) {_IF_ROOM} RETURNING owner_id
"""  # noqa: S608  made of constants
SETTLE = f"""
UPDATE accounts_usage u SET used = u.used + %(size)s, reserved = u.reserved - claimed.reserved
  FROM claimed WHERE u.owner_id = claimed.owner_id {_RETURNING}
"""  # noqa: S608  the same

SumOfOwner = Callable[[UUID], int]
KindsOfOwner = Callable[[UUID], dict[str, int]]


class Drift(TypedDict, total=False):
    """How far an owner's counters were from what is there, in bytes; empty when they were right."""

    used: int
    used_found: int
    reserved: int
    reserved_found: int


_stored: dict[str, SumOfOwner] = {}
_held: dict[str, SumOfOwner] = {}
_kinds: dict[str, KindsOfOwner] = {}


@dataclass(frozen=True, kw_only=True)
class Space:
    """What an owner has and uses, in bytes. `free` is never negative. `limit` holds until `limit_until`."""

    used: int
    reserved: int
    limit: int
    free: int
    base: int | None
    limit_until: datetime | None


def charges(name: str, stored: SumOfOwner, held: SumOfOwner | None, kinds: KindsOfOwner | None = None) -> None:
    """Register what an app charges owners for, under `name`, from its AppConfig.ready.

    `stored(owner_id)` sums the bytes that are counted as used, `held(owner_id)` those counted as reserved
    (None for an app that reserves nothing: what nobody sums is given back every night). `kinds(owner_id)` tells
    people more of `stored`: bytes by name, which add up to it.
    """
    _stored[name] = stored
    if kinds:
        _kinds[name] = kinds
    if held:
        _held[name] = held


def breakdown(owner_id: UUID) -> dict[str, int]:
    """Return what eats the owner's space: bytes by the names that apps registered, or by their kinds, summed now."""
    found: dict[str, int] = {}
    for name, stored in _stored.items():
        kinds = _kinds.get(name)
        found |= kinds(owner_id) if kinds else {name: stored(owner_id)}
    return found


def held_by(owner_id: UUID) -> dict[str, int]:
    """Return what is on its way in: bytes by name, summed now."""
    return {name: held(owner_id) for name, held in _held.items()}


def open_usage(owner_id: UUID) -> None:
    """Begin to count for a new owner, with the default limit of this server."""
    Usage.objects.create(owner_id=owner_id, limit_bytes=settings.CLOUDBOX_DEFAULT_QUOTA)


def reserve(owner_id: UUID, size: int) -> None:
    """Hold `size` bytes for something on its way in, or raise QuotaExceeded. Filling up exactly is allowed."""
    _take(owner_id, size, into="reserved")


def settle(owner_id: UUID, *, reserved: int, used: int) -> None:
    """Turn `reserved` held bytes into `used` stored ones; what is left over is free again."""
    if not 0 <= used <= reserved:
        raise ValueError(f"{used} bytes used of {reserved} reserved")
    with transaction.atomic(savepoint=False):  # it refuses nothing, and is on the way of every byte
        _add(owner_id, used=used, reserved=-reserved)


def release(owner_id: UUID, reserved: int) -> None:
    """Give back bytes that were held for something that does not come."""
    if reserved < 0:
        raise ValueError(f"{reserved} bytes released")
    if reserved:
        _add(owner_id, reserved=-reserved)


def charge(owner_id: UUID, size: int) -> None:
    """Count `size` bytes that are already here (a copy, a restored version), or raise QuotaExceeded."""
    with transaction.atomic():
        _take(owner_id, size, into="used")


def give_back(owner_id: UUID, size: int) -> None:
    """Count `size` stored bytes no longer: they were purged."""
    if size < 0:
        raise ValueError(f"{size} bytes given back")
    if size:
        with transaction.atomic(savepoint=False):
            _add(owner_id, used=-size)


def move(giver_id: UUID, taker_id: UUID, size: int) -> None:
    """Charge `size` stored bytes to the taker instead of the giver, or raise QuotaExceeded."""
    with transaction.atomic():
        _lock_both(giver_id, taker_id)
        charge(taker_id, size)
        give_back(giver_id, size)


def pass_on(holder_id: UUID, taker_id: UUID, *, reserved: int, used: int) -> None:
    """Settle what was held for one owner and has become another's, or raise QuotaExceeded."""
    with transaction.atomic():
        _lock_both(holder_id, taker_id)
        release(holder_id, reserved)
        charge(taker_id, used)


def _lock_both(one_id: UUID, other_id: UUID) -> None:
    """Lock two owners' counters in one order, so that changes in opposite directions do not wait for each other."""
    rows = Usage.objects.filter(owner_id__in=[one_id, other_id]).order_by("owner_id")
    _ = list(rows.select_for_update().values_list("owner_id"))


def usage_of(owner_id: UUID) -> Space:
    """Return what the owner has and uses now. Raises NotFound."""
    usage = _present(owner_id)
    return Space(
        used=usage.used,
        reserved=usage.reserved,
        limit=usage.limit_bytes,
        free=usage.free_bytes,
        base=usage.base_bytes,
        limit_until=usage.limit_until,
    )


def check_room(owner_id: UUID, size: int) -> None:
    """Refuse as `reserve` would, and hold nothing: for what would be refused after much work. Raises QuotaExceeded."""
    usage = _present(owner_id)
    if usage.free_bytes < size:
        raise no_room(usage, size)


def recompute_limit(owner_id: UUID) -> None:
    """Write the owner's limit anew: the base and all allowances that count now, until one begins or ends.

    Whoever changes a base or an allowance calls this in the same transaction. The lock comes first and
    the sum is a statement of its own, so of two parallel changes the later sees both.
    """
    with transaction.atomic():
        usage = Usage.objects.select_for_update().filter(owner_id=owner_id).first()
        if usage is None:
            raise NotFound
        alive = Allowance.objects.filter(owner_id=owner_id, revoked_at=None).exclude(ends_at__lte=Now())
        sums = alive.aggregate(
            bytes=Sum("bytes", filter=Q(starts_at__lte=Now())),
            begin=Min("starts_at", filter=Q(starts_at__gt=Now())),
            end=Min("ends_at"),
        )
        base = settings.CLOUDBOX_DEFAULT_QUOTA if usage.base_bytes is None else usage.base_bytes
        usage.limit_bytes = min(base + int(sums["bytes"] or 0), MOST_BYTES)
        usage.limit_until = min((moment for moment in (sums["begin"], sums["end"]) if moment), default=None)
        usage.save(update_fields=["limit_bytes", "limit_until"])
        warn(owner_id, usage.used, usage.limit_bytes, usage.warned_percent)


def owners() -> Iterator[UUID]:
    """Yield the id of every owner."""
    last = UUID(int=0)
    while page := list(
        Usage.objects.filter(owner_id__gt=last).order_by("owner_id").values_list("owner_id", flat=True)[:1000]
    ):
        yield from page
        last = page[-1]


def reconcile(owner_id: UUID) -> Drift:
    """Compare the owner's counters with the sums of what is there, and set them right.

    Return what was wrong, in bytes: `used` and `reserved` as they were, `used_found` and `reserved_found`
    as they are now; nothing when all was well. Everyone who stores or deletes changes the counters last, in
    the same transaction, so under the row's lock sums and counters belong to one moment.
    """
    with transaction.atomic():
        usage = Usage.objects.select_for_update().filter(owner_id=owner_id).first()
        if usage is None:
            return {}
        recompute_limit(owner_id)
        if drift := _drift(usage):
            used, reserved = drift["used_found"] - drift["used"], drift["reserved_found"] - drift["reserved"]
            _add(owner_id, used=used, reserved=reserved)
            _record_repair(owner_id, drift)
        return drift


def drift_of(owner_id: UUID) -> Drift:
    """Return what `reconcile` would set right, and leave it.

    Only what differs at a first look, in which counters and sums may be of two moments, is compared under the lock.
    """
    rows = Usage.objects.filter(owner_id=owner_id)
    usage = rows.first()
    if usage is None or not _drift(usage):
        return {}
    with transaction.atomic():
        usage = rows.select_for_update().first()
        return _drift(usage) if usage else {}


def _drift(usage: Usage) -> Drift:
    """Return how far the counters are from what is there now; nothing when they are right."""
    used = sum(stored(usage.owner_id) for stored in _stored.values())
    reserved = sum(held_by(usage.owner_id).values())
    if (usage.used, usage.reserved) == (used, reserved):
        return {}
    return Drift(used=usage.used, used_found=used, reserved=usage.reserved, reserved_found=reserved)


def _take(owner_id: UUID, size: int, *, into: str) -> None:
    """Add `size` to the counter `into` if there is room for it now. Raises QuotaExceeded, NotFound."""
    if size < 0:
        raise ValueError(f"{size} bytes taken")
    while size and not _add(owner_id, **{into: size}, room=size):
        usage, is_stale = _row(owner_id)
        if is_stale:
            recompute_limit(owner_id)
        elif usage.free_bytes < size:
            raise no_room(usage, size)


def _present(owner_id: UUID) -> Usage:
    """Return the owner's row with the limit of now. Raises NotFound."""
    usage, is_stale = _row(owner_id)
    if is_stale:
        recompute_limit(owner_id)
        usage, _ = _row(owner_id)
    return usage


def _row(owner_id: UUID) -> tuple[Usage, bool]:
    """Return the owner's row, and whether its limit holds no longer by the database's clock. Raises NotFound."""
    usage = Usage.objects.annotate(now=Now()).filter(owner_id=owner_id).first()
    if usage is None:
        raise NotFound
    return usage, usage.limit_until is not None and usage.limit_until <= usage.now


def _add(owner_id: UUID, *, used: int = 0, reserved: int = 0, room: int | None = None) -> bool:
    """Change the counters in one UPDATE; with `room`, only if the present limit leaves that many bytes.

    Return whether it was done. The database refuses a counter below zero: somebody gave back what they
    never had.
    """
    query = _CHANGE + ("" if room is None else _IF_ROOM) + _RETURNING
    with connection.cursor() as cursor:
        cursor.execute(query, {"used": used, "reserved": reserved, "owner": owner_id, "room": room})
        row = cursor.fetchone()
    if row and used:
        warn(owner_id, *row)
    return row is not None


def warn(owner_id: UUID, used: int, limit: int, warned_percent: int) -> None:
    """Tell and mail the owner if `used` has passed a percentage upwards. The row is locked by this transaction."""
    percent = max((percent for percent in WARN_AT if used and used * 100 >= percent * limit), default=0)
    if percent == warned_percent:
        return
    Usage.objects.filter(owner_id=owner_id).update(warned_percent=percent)
    if percent > warned_percent:
        _warn(owner_id, percent, used=used, limit=limit)


def _record_repair(owner_id: UUID, drift: Drift) -> None:
    target = Target("user", owner_id)
    record("usage_repaired", by=SYSTEM.who, target=target, owner_id=owner_id, **drift)


def _warn(owner_id: UUID, percent: int, *, used: int, limit: int) -> None:
    user = User.objects.get(id=owner_id)
    target = Target("user", owner_id, user.username)
    tell("quota_warning", by=SYSTEM.who, target=target, owner_id=owner_id, percent=percent, used=used, limit=limit)
    if user.email:
        context = {"username": user.username, "percent": percent, "used": used, "limit": limit}
        mail(to=user.email, kind="quota_warning", context=context, user_id=owner_id, news="quota_warning")
