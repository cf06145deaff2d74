"""Share links as their makers see them: make, list, change and revoke. `visiting` is about those who come by one.

A link does what its maker may do at that moment, cut down to its role; the gate sees to that. So nothing has to be
undone when the maker loses a right: the link has lost it, too.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.callers import Caller
from accounts.passwords import LONGEST, HousePolicy
from accounts.rules import is_text
from accounts.staff import must_outrank
from assets import makers
from assets.access import Entry, allowed, asset_for
from assets.lists import seen_of
from assets.locks import lock_as_seen
from assets.models import Link
from assets.record import record
from assets.shapes import Person
from assets.words import GIVES, Ability
from cloudbox import sealing
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound, Refusal
from cloudbox.pages import Page, page_of, values_of

MOST = 100  # living links of one asset
LONGEST_LABEL = 100
MOST_DOWNLOADS = 2**31 - 1


class Wish(TypedDict, total=False):
    """What a link is to be, or to become: what is not named stays as it is."""

    label: str
    password: str | None  # None or "": it asks for none
    expires_at: datetime | None
    download_limit: int | None


@dataclass(frozen=True, kw_only=True)
class LinkView:
    """A link as those who may share its asset see it, and its maker.

    `name` and `kind` of the asset are None if the caller may not see it any more; `url`, the page for people, and
    `api_url` if they may do less than the link lets do, or the server's secret was lost. `state` is `live`, `expired`,
    `used_up`, which has no downloads left, or `taken_down` by the staff. Whether its maker still has the right shows
    only to whoever uses it.
    """

    id: UUID
    asset_id: UUID
    name: str | None
    kind: str | None
    maker: Person
    role: str
    label: str
    url: str | None
    api_url: str | None
    state: str
    has_password: bool
    expires_at: datetime | None
    download_limit: int | None
    visits: int
    downloads: int
    uploads: int
    last_used_at: datetime | None
    created_at: datetime


def make(*, by: Caller, asset_id: UUID, role: str, wish: Wish) -> LinkView:
    """Make a link to the asset, for whoever may share it. Raises BadInput, and Conflict when it has 100 already.

    Nobody makes a link that may do more than they themselves.
    """
    if role not in GIVES:
        raise BadInput("role", f"One of {', '.join(GIVES)}.")
    asset_for(by, asset_id, Ability.SHARE)  # nobody else has a password hashed, which takes a while
    password = _hashed(wish.get("password"))
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.SHARE)
        if entry.asset.parent_id is None:
            raise AccessDenied("A root folder is not shared; share a folder in it.")
        if role == Link.Role.ADD and not entry.asset.is_folder:
            raise BadInput("role", "Files are put into a folder, not into a file.")
        for need in GIVES[role]:
            allowed(by, entry, need)
        lock_as_seen(entry.asset)  # so that the count holds
        if Link.objects.filter(asset=asset_id, revoked_at=None).count() >= MOST:
            raise Conflict(f"It has {MOST} links; revoke some.", most=MOST)
        token = secrets.token_urlsafe(24)  # 192 bits
        link = Link(asset=entry.asset, maker_id=by.must_be_signed_in(), role=role, password=password)
        link.token_sha256, link.token_sealed = digest_of(token), sealing.seal(token)
        _fill(link, wish)
        link.save(force_insert=True)
        record("link_made", by, entry.asset, link_id=str(link.id), role=role, label=link.label)
    link.maker.username = by.username
    return _shown(link, entry)


def links_of(*, by: Caller, asset_id: UUID, cursor: str | None = None, limit: int = 50) -> Page[LinkView]:
    """Return a page of the links to the asset that are not revoked, newest first, to whoever may share it."""
    entry = asset_for(by, asset_id, Ability.SHARE)
    rows = _page_of_rows(Q(asset=asset_id), cursor, limit)
    return page_of(rows, limit, shown=lambda link: _shown(link, entry), after=lambda link: (link.id,))


def made_by(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[LinkView]:
    """Return a page of the links that the caller has made and nobody has revoked, newest first."""
    rows = _page_of_rows(Q(maker=by.must_see_account()), cursor, limit)
    seen = seen_of(by, {link.asset_id for link in rows})
    return page_of(rows, limit, shown=lambda link: _shown(link, seen.get(link.asset_id)), after=lambda link: (link.id,))


def get(*, by: Caller, link_id: UUID) -> LinkView:
    """Return a link to its maker, and to whoever may share its asset. Raises NotFound to everybody else."""
    return _shown(*_mine(by, link_id))


def change(*, by: Caller, link_id: UUID, wish: Wish) -> LinkView:
    """Change what the wish names, for whoever may share the asset now. Raises BadInput, NotFound.

    With another password nobody gets in by a pass for the one before.
    """
    _mine(by, link_id)  # as in `make`
    password = _hashed(wish["password"]) if "password" in wish else None
    with transaction.atomic():
        link, entry = _mine(by, link_id, lock=True)
        if entry is None or Ability.SHARE not in entry.abilities:
            raise AccessDenied("Only who may share it now changes a link; you may revoke it.", need=str(Ability.SHARE))
        for need in GIVES[link.role]:
            allowed(by, entry, need)
        if password is not None:
            link.password = password
        _fill(link, wish)
        link.save(update_fields=["label", "password", "expires_at", "download_limit"])
        record("link_changed", by, entry.asset, link_id=str(link.id), label=link.label, changed=sorted(wish))
    return _shown(link, entry)


def revoke(*, by: Caller, link_id: UUID) -> None:
    """End a link at once and for good: its maker does, and whoever may share its asset. Raises NotFound."""
    with transaction.atomic():
        _revoke(by, _mine(by, link_id, lock=True)[0])


def revoke_for(*, by: Caller, link_id: UUID) -> None:
    """End somebody's link at once, as one of the staff. Raises NotAuthenticated, AccessDenied, NotFound."""
    by.must_be_staff("support")
    with transaction.atomic():
        link = _living(link_id, lock=True)
        if link is None:
            raise NotFound
        must_outrank(by, link.maker)
        _revoke(by, link)


def reseal() -> sealing.Resealed:
    """Seal all tokens anew, for `manage.py rotate_keys`."""
    return sealing.reseal_each(Link.objects.filter(revoked_at=None), name="id", sealed="token_sealed")


def digest_of(token: str) -> str:
    """Return by what a link is found: a token has 192 random bits, so nothing slower is needed."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _mine(by: Caller, link_id: UUID, *, lock: bool = False) -> tuple[Link, Entry | None]:
    """Return the link, and what its asset is to the caller, if they may know of it: None if they may not see that."""
    user_id = by.must_be_signed_in()
    link = _living(link_id, lock=lock)
    if link is None:
        raise NotFound
    try:
        entry = asset_for(by, link.asset_id, Ability.READ)
    except Refusal:
        entry = None
    may_share = entry is not None and Ability.SHARE in entry.abilities
    if not may_share and (link.maker_id != user_id or by.limits):
        raise NotFound
    return link, entry


def _living(link_id: UUID, *, lock: bool) -> Link | None:
    rows = Link.objects.filter(pk=link_id, revoked_at=None).select_related("asset", "maker")
    return (rows.select_for_update(of=("self",)) if lock else rows).first()


def _revoke(by: Caller, link: Link) -> None:
    Link.objects.filter(pk=link.pk).update(revoked_at=timezone.now(), token_sealed="")
    makers.record_end("link_revoked", by, link)


def _page_of_rows(condition: Q, cursor: str | None, limit: int) -> Sequence[Link]:
    rows = Link.objects.filter(condition, revoked_at=None).select_related("maker").order_by("-id")
    if after := values_of(cursor, UUID):
        rows = rows.filter(id__lt=after[0])
    return list(rows[: limit + 1])


def _fill(link: Link, wish: Wish) -> None:
    """Give the link what the wish names, but for the password."""
    if "label" in wish:
        link.label = _clean_label(wish["label"])
    if "expires_at" in wish:
        link.expires_at = _clean_end(wish["expires_at"])
    if "download_limit" in wish:
        link.download_limit = _clean_limit(wish["download_limit"], link.role)


def _clean_label(label: str) -> str:
    label = label.strip()
    if len(label) > LONGEST_LABEL or not is_text(label):
        raise BadInput("label", f"At most {LONGEST_LABEL} characters, and only ones that can be typed.")
    return label


def _clean_end(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= timezone.now():
        raise BadInput("expires_at", "Lies in the past.")
    return moment


def _clean_limit(limit: int | None, role: str) -> int | None:
    if limit is None:
        return None
    if role == Link.Role.ADD:
        raise BadInput("download_limit", "Nothing is downloaded by this link.")
    if not 1 <= limit <= MOST_DOWNLOADS:
        raise BadInput("download_limit", f"A whole number from 1 to {MOST_DOWNLOADS}.")
    return limit


def _hashed(password: str | None) -> str:
    """Return what is kept of a password: "" of none. Raises BadInput for one that is too short, or cannot be typed."""
    if not password:
        return ""
    least = HousePolicy.LENGTH[settings.CLOUDBOX_PASSWORD_POLICY]
    if not least <= len(password) <= LONGEST or not is_text(password):
        raise BadInput("password", f"{least} to {LONGEST} characters, and only ones that can be typed.")
    return make_password(password)


def _shown(link: Link, entry: Entry | None) -> LinkView:
    abilities: Iterable[Ability] = entry.abilities if entry else ()
    may_hand_on = set(GIVES[link.role]).issubset(abilities) and link.taken_down_at is None
    token = _token_of(link) if may_hand_on else None
    return LinkView(
        id=link.id,
        asset_id=link.asset_id,
        name=entry.asset.name if entry else None,
        kind=entry.asset.kind if entry else None,
        maker=Person(link.maker_id, link.maker.username),
        role=link.role,
        label=link.label,
        url=f"{settings.CLOUDBOX_URL}/l/{token}" if token else None,
        api_url=f"{settings.CLOUDBOX_URL}/api/v1/links/{token}/" if token else None,
        state=_state_of(link),
        has_password=bool(link.password),
        expires_at=link.expires_at,
        download_limit=link.download_limit,
        visits=link.visits,
        downloads=link.downloads,
        uploads=link.uploads,
        last_used_at=link.last_used_at,
        created_at=link.created_at,
    )


def _state_of(link: Link) -> str:
    if link.taken_down_at is not None:
        return "taken_down"
    if link.expires_at is not None and link.expires_at <= timezone.now():
        return "expired"
    return "used_up" if link.download_limit is not None and link.downloads >= link.download_limit else "live"


def _token_of(link: Link) -> str | None:
    try:
        return sealing.opened(link.token_sealed)
    except sealing.CannotOpen:
        return None
