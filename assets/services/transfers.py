"""Handing an asset over to another owner, who is charged for it: an offer, and what becomes of it.

Nobody is charged for what they did not accept. An offer is locked after assets and names, and whoever deletes its row
decides its fate, so accepting, declining, withdrawing and its end cannot both win.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from accounts import limiter
from accounts.callers import Caller
from accounts.services import find_people
from accounts.services import people as accounts
from accounts.sharing import grant, revoke
from accounts.teams import lock_user
from activity.services import mail
from assets.access import asset_for, folder_for
from assets.locks import lock_as_seen
from assets.models import Asset, Transfer, Version
from assets.placing import OnConflict, files_of, place
from assets.record import record
from assets.services.tree import get
from assets.shapes import AssetView, Person
from assets.words import Ability
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound
from cloudbox.pages import Page, page_of, values_of

LIFETIME = timedelta(days=14)
MOST = 100  # open offers of one giver


class Offer(NamedTuple):
    """An offer as its giver or its recipient sees it.

    `direction` is "out" for the giver, "in" for the recipient; with `keep` the giver stays an editor. `size` are the
    bytes that would count on the recipient's quota, None in lists.
    """

    id: UUID
    asset_id: UUID
    kind: str
    name: str
    direction: str
    giver: Person
    to: Person
    keep: bool
    size: int | None
    created_at: datetime
    expires_at: datetime


def offer(*, by: Caller, asset_id: UUID, to: str, keep: bool = True) -> Offer:
    """Offer an asset of the caller's to somebody, by username or confirmed e-mail address, and mail it to them.

    Raises BadInput when nobody is called so, Conflict while it is offered already, TooManyRequests.
    """
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.OWN)
        if entry.asset.parent_id is None:
            raise AccessDenied("A root folder is not handed over; hand over what is in it.")
        giver_id = by.must_be_signed_in()
        recipient = _recipient(to, giver_id)
        lock_user(giver_id)
        if _open().filter(giver=giver_id).count() >= MOST:
            raise Conflict(f"{MOST} offers of yours are open; withdraw one.")
        asset = lock_as_seen(entry.asset)
        if _open().filter(asset=asset.id).exists():
            raise Conflict("It is offered to somebody already; withdraw that offer first.")
        Transfer.objects.filter(asset=asset.id).delete()  # an old one that counts no longer
        if recipient.email:
            limiter.letter(to=recipient.email, address=by.address)
        expires_at = timezone.now() + LIFETIME
        row = Transfer.objects.create(
            asset=asset, giver_id=giver_id, to_id=recipient.id, keep=keep, expires_at=expires_at
        )
        record(f"{asset.kind}_offered", by, asset, audience=[recipient.id], user_id=str(recipient.id), keep=keep)
        if recipient.email:
            _mail(by.username, asset, recipient.id, recipient.email)
        return _with_size(row, giver_id)


def offers(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[Offer]:
    """Return a page of the offers to the caller and of the caller, the newest first."""
    me = by.must_see_account()
    rows = _open().filter(Q(to=me) | Q(giver=me)).order_by("-id")
    if values := values_of(cursor, UUID):
        rows = rows.filter(id__lt=values[0])
    return page_of(list(rows[: limit + 1]), limit, shown=lambda row: _shown(row, me), after=lambda row: (row.id,))


def offer_of(*, by: Caller, asset_id: UUID) -> Offer | None:
    """Return the open offer of an asset of the caller's, None if there is none."""
    me = by.must_see_account()
    row = _open().filter(asset=asset_id, giver=me).first()
    return _shown(row, me) if row else None


def get_offer(*, by: Caller, offer_id: UUID) -> Offer:
    """Return an offer to the caller or of the caller, with how many bytes go along."""
    me = by.must_see_account()
    return _with_size(_offer(offer_id, me), me)


def accept(*, by: Caller, offer_id: UUID, folder_id: UUID | None = None, most: int | None = None) -> AssetView:
    """Take what is offered, into a folder of the caller's or their root: owner and quota change at this moment.

    If the name is taken there, a number is added. What is granted on the asset and below it stays. `most` are the bytes
    that the caller is ready to be charged for: its giver may have added to it since the caller looked. Raises
    QuotaExceeded when the caller has no room for it; Conflict when it is larger than `most`, its giver's no longer, or
    in the trash.
    """
    me = by.must_see_account()
    with transaction.atomic():
        row = _offer(offer_id, me)
        if row.to_id != me:
            raise AccessDenied("This was offered to somebody else.")
        folder = folder_for(by, folder_id, Ability.ADD)
        if folder.asset.owner_id != me:
            raise BadInput("folder", "Choose a folder of your own.")
        asset = _still_given(row)
        taken = place(asset, parent_id=folder.asset.id, name=asset.name, on_conflict=OnConflict.RENAME)
        if not Transfer.objects.filter(pk=row.id).delete()[0]:
            raise NotFound
        _check_size(taken, most)
        revoke(taken, users=[me])
        if row.keep:
            grant(taken, "editor", users=[row.giver_id], given_by=me)
        record(f"{taken.kind}_handed_over", by, taken, audience=[row.giver_id], user_id=str(row.giver_id))
        return get(by=by, asset_id=taken.id)


def decline(*, by: Caller, offer_id: UUID) -> None:
    """Refuse what is offered to the caller."""
    _end(by, offer_id, "declined")


def withdraw(*, by: Caller, offer_id: UUID) -> None:
    """Take back an offer of the caller's."""
    _end(by, offer_id, "withdrawn")


def drop_ended() -> int:
    """Delete the offers that count no longer: too old, or of what their giver does not own any more."""
    ended = Transfer.objects.filter(~Q(asset__owner=F("giver")) | Q(expires_at__lte=timezone.now()))
    return ended.delete()[0]


def _end(by: Caller, offer_id: UUID, how: str) -> None:
    me = by.must_see_account()
    if by.limits:
        by.limits.must_have("write")
    with transaction.atomic():
        row = _offer(offer_id, me)
        party, other = (row.to_id, row.giver_id) if how == "declined" else (row.giver_id, row.to_id)
        if party != me:
            raise AccessDenied("Its recipient declines an offer, and its giver withdraws it.")
        if not Transfer.objects.filter(pk=row.id).delete()[0]:
            raise NotFound
        record(f"offer_{how}", by, row.asset, audience=[other], user_id=str(other))


def _open() -> QuerySet[Transfer]:
    """Return the offers that somebody may still accept."""
    count = Transfer.objects.filter(asset__owner=F("giver"), asset__purging_at=None, expires_at__gt=timezone.now())
    return count.select_related("asset", "giver", "to")


def _offer(offer_id: UUID, me: UUID) -> Transfer:
    """Return an open offer that concerns me. Raises NotFound."""
    row = _open().filter(Q(to=me) | Q(giver=me), pk=offer_id).first()
    if row is None:
        raise NotFound
    return row


def _still_given(row: Transfer) -> Asset:
    """Return the offered asset if its giver could hand it over now."""
    giver = Caller(user_id=row.giver_id, username=row.giver.username)
    try:
        asset = asset_for(giver, row.asset_id, Ability.OWN).asset
    except (NotFound, AccessDenied):
        raise Conflict("It is in the trash, or somebody else's by now.") from None
    if not row.giver.may_sign_in:
        raise Conflict("The account of whoever offered it is suspended.")
    return asset


def _check_size(taken: Asset, most: int | None) -> None:
    """Refuse what has become larger than its recipient has seen. Nobody can add to it any more: it is locked."""
    if most is not None and (size := _size_of(taken)) > most:
        raise Conflict("It has become larger; look at the offer once more.", size=size)


def _size_of(asset: Asset) -> int:
    """Return the bytes that count on the quota of the asset's owner: all versions, and what lies in the trash."""
    return Version.objects.filter(asset__in=files_of(asset)).aggregate(size=Sum("size"))["size"] or 0


def _recipient(name: str, giver_id: UUID) -> accounts.Person:
    found = find_people([name], to_entrust=True)
    if found.unconfirmed and not found.found:
        raise BadInput("to", "Nobody has confirmed this address yet; use the username.")
    if not found.found or not accounts.may_sign_in(found.found[0].id):
        raise BadInput("to", "Nobody is called so.")
    if found.found[0].id == giver_id:
        raise BadInput("to", "It is yours already.")
    return found.found[0]


def _with_size(row: Transfer, me: UUID) -> Offer:
    return _shown(row, me)._replace(size=_size_of(row.asset))


def _shown(row: Transfer, me: UUID) -> Offer:
    return Offer(
        id=row.id,
        asset_id=row.asset_id,
        kind=row.asset.kind,
        name=row.asset.name,
        direction="out" if row.giver_id == me else "in",
        giver=Person(row.giver_id, row.giver.username),
        to=Person(row.to_id, row.to.username),
        keep=row.keep,
        size=None,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def _mail(giver: str, asset: Asset, to_id: UUID, address: str) -> None:
    context = {"by": giver, "name": asset.name, "kind": asset.kind, "days": LIFETIME.days}
    context |= {"link": f"{settings.CLOUDBOX_URL}/transfers"}
    mail(to=address, kind="transfer_offered", context=context, user_id=to_id, news=f"{asset.kind}_offered")
