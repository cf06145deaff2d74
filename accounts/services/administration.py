"""What the staff does to accounts, and what people may see of their quota."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts import quotas, sessions
from accounts.callers import Caller
from accounts.models import Allowance, Usage, User
from accounts.rules import checked_reason
from accounts.staff import keep_a_superuser, locked
from activity.services import Target, record
from cloudbox.duties import FINANCE, SUPERUSER, SUPPORT
from cloudbox.errors import BadInput, Conflict, NotFound
from cloudbox.ids import new_id

OF_STAFF = "staff:"  # how the sources begin of what the staff gives


@dataclass(frozen=True, kw_only=True)
class AllowanceInfo:
    """Bytes added to a limit from one date to another (None: for good)."""

    id: UUID
    bytes: int
    starts_at: datetime
    ends_at: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class UsageInfo:
    """What the caller has and uses, and what eats it (`charges`: bytes by kind of thing)."""

    space: quotas.Space
    charges: dict[str, int]
    allowances: list[AllowanceInfo]


def usage(*, by: Caller) -> UsageInfo:
    """Return the caller's quota. Raises NotAuthenticated, KeyNotEnough."""
    owner_id = by.must_see_account()
    alive = Allowance.objects.filter(owner_id=owner_id, revoked_at=None).exclude(ends_at__lte=timezone.now())
    return UsageInfo(
        space=quotas.usage_of(owner_id),
        charges=quotas.breakdown(owner_id),
        allowances=[_shown(row) for row in alive.order_by("starts_at", "id")[:100]],
    )


def space(*, by: Caller) -> quotas.Space:
    """Return how much room the caller has and uses. One query. Raises NotAuthenticated, KeyNotEnough."""
    return quotas.usage_of(by.must_see_account())


def suspend(*, by: Caller, user_id: UUID) -> None:
    """Lock somebody out at once, whatever they are signed in with. Their things, and what they share, stay."""
    by.must_be_staff(SUPPORT)
    if user_id == by.user_id:
        raise Conflict("You cannot suspend yourself.")
    with transaction.atomic():
        if by.staff_role == SUPERUSER:
            keep_a_superuser(by, user_id)
        user = locked(by, user_id)
        if user.suspended_at is None:
            going = User.objects.filter(id=user_id)
            going.update(suspended_at=timezone.now(), token_version=F("token_version") + 1)
            sessions.end_all(user_id)
            record("user_suspended", by=by.who, target=_target(user), owner_id=user_id)


def resume(*, by: Caller, user_id: UUID) -> None:
    """Let somebody who was suspended sign in again."""
    by.must_be_staff(SUPPORT)
    with transaction.atomic():
        user = locked(by, user_id)
        if user.suspended_at is not None:
            User.objects.filter(id=user_id).update(suspended_at=None)
            record("user_resumed", by=by.who, target=_target(user), owner_id=user_id)


def set_base_quota(*, by: Caller, user_id: UUID, size: int | None) -> None:
    """Set the bytes that the user has without any allowance; None is this server's default."""
    by.must_be_staff(FINANCE)
    if size is not None and not 0 <= size <= quotas.MOST_BYTES:
        raise BadInput("base_bytes", f"From 0 to {quotas.MOST_BYTES} bytes.")
    with transaction.atomic():
        target = _target(locked(by, user_id))
        usage_row = Usage.objects.select_for_update().get(owner_id=user_id)
        record("quota_set", by=by.who, target=target, owner_id=user_id, old=usage_row.base_bytes, new=size)
        usage_row.base_bytes = size
        usage_row.save(update_fields=["base_bytes"])
        quotas.recompute_limit(user_id)


def give_allowance(
    *,
    by: Caller,
    user_id: UUID,
    size: int,
    reason: str,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    source: str = "",
) -> AllowanceInfo:
    """Add `size` bytes to the user's limit from one date (now) to another (for good).

    Their owner reads the `reason`. `source` says what they come from and can give only once: a second time is a
    Conflict. Raises BadInput.
    """
    by.must_be_staff(FINANCE)
    starts_at = starts_at or timezone.now()
    if not 0 < size <= quotas.MOST_BYTES:
        raise BadInput("bytes", f"From 1 to {quotas.MOST_BYTES} bytes.")
    if ends_at is not None and ends_at <= starts_at:
        raise BadInput("ends_at", "Must come after the beginning.")
    allowance = Allowance(
        owner_id=user_id,
        bytes=size,
        starts_at=starts_at,
        ends_at=ends_at,
        source=source or f"{OF_STAFF}{new_id()}",
        reason=checked_reason(reason),
        created_by_id=by.user_id,
    )
    with transaction.atomic():
        target = _target(locked(by, user_id))
        try:
            with transaction.atomic():
                allowance.save(force_insert=True)
        except IntegrityError:
            raise Conflict("This source has given its allowance already.", field="source") from None
        record("allowance_given", by=by.who, target=target, owner_id=user_id, bytes=size, source=allowance.source)
        quotas.recompute_limit(user_id)
    return _shown(allowance)


def revoke_allowance(*, by: Caller, allowance_id: UUID) -> None:
    """End an allowance of the staff now. Raises NotFound when there is none that still counts.

    Raises Conflict for one of an app: what was paid for ends when the money goes back, and not by hand.
    """
    by.must_be_staff(FINANCE)
    with transaction.atomic():
        living = Allowance.objects.filter(id=allowance_id, revoked_at=None)
        allowance = living.select_for_update().first()
        if allowance is None:
            raise NotFound
        if not allowance.source.startswith(OF_STAFF):
            raise Conflict("This was not given by the staff. It ends with what it was given for, as by a refund.")
        living.update(revoked_at=timezone.now())
        target = _target(locked(by, allowance.owner_id))
        record(
            "allowance_revoked", by=by.who, target=target, owner_id=allowance.owner_id, bytes=allowance.bytes,
            source=allowance.source,
        )  # fmt: skip
        quotas.recompute_limit(allowance.owner_id)


def _target(user: User) -> Target:
    return Target("user", user.id, user.username)


def _shown(row: Allowance) -> AllowanceInfo:
    return AllowanceInfo(id=row.id, bytes=row.bytes, starts_at=row.starts_at, ends_at=row.ends_at, reason=row.reason)
