"""Those who come by a share link: who they are to the gate, and what they are told of the link.

They act as its maker, as that is now, cut down to the link. With a password it opens to whoever shows a pass, which
`unlock` gives for the password: signed, good for an hour, and for no other password.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password
from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import limiter
from accounts.bearers import GROUPS
from accounts.callers import Caller, Limits
from accounts.passwords import LONGEST
from accounts.rules import is_text
from assets import visits
from assets.access import asset_for
from assets.models import Link
from assets.refusals import LinkExpired, LinkLocked, LinkTakenDown, WrongLinkPassword
from assets.rows import ask
from assets.services.links import digest_of
from assets.words import Ability, Role
from cloudbox.errors import NotFound

PASS_LASTS = 3600  # seconds
_SALT = "assets.links.pass"
_ROLES: dict[str, tuple[Role, frozenset[str]]] = {
    Link.Role.VIEWER: (Role.VIEWER, frozenset({"read"})),
    Link.Role.EDITOR: (Role.GUEST, frozenset({"read", "write", "delete"})),
    Link.Role.ADD: (Role.GUEST, frozenset({"read", "write"})),
}
"""The highest role that a link gives, and the scopes, as of an access key. The last is narrowed by `adds_only`."""

_FOUND = f"""
SELECT l.id, l.asset_id, l.role, l.label, l.password, l.expires_at, l.download_limit, l.downloads, l.taken_down_at,
       u.id, u.username, {GROUPS}
FROM assets_link l JOIN accounts_user u ON u.id = l.maker_id
WHERE l.token_sha256 = %s AND l.revoked_at IS NULL AND u.is_active AND u.suspended_at IS NULL
"""  # noqa: S608  made of constants


@dataclass(frozen=True)
class Opened:
    """What a link is to whoever opens it. Until they have shown a pass it tells only that it `needs_password`.

    `owner` and `maker` are usernames: whose it is, and who shares it. `downloads_left` is None where there is no limit.
    """

    needs_password: bool
    role: str | None = None
    asset_id: UUID | None = None
    kind: str | None = None
    name: str | None = None
    size: int | None = None  # bytes, of a file
    content_type: str | None = None
    owner: str | None = None
    maker: str | None = None
    expires_at: datetime | None = None
    downloads_left: int | None = None


@dataclass(frozen=True)
class _Found:
    id: UUID
    asset_id: UUID
    role: str
    label: str
    password: str
    expires_at: datetime | None
    download_limit: int | None
    downloads: int
    taken_down_at: datetime | None
    maker_id: UUID
    maker: str
    groups: list[int]


def caller_by(token: str, given_pass: str, visitor: Caller) -> Caller:
    """Return who comes by the link, from where `visitor` comes. One query.

    Raises NotFound for a link that never was, was revoked, or whose maker is suspended; LinkExpired; LinkTakenDown; and
    LinkLocked unless `given_pass` is good.
    """
    return _caller(_unlocked(token, given_pass), visitor)


def opened(token: str, given_pass: str, visitor: Caller, *, counts: bool = True) -> Opened:
    """Tell what the link opens, and count the visit, unless somebody only goes on with it.

    Raises LinkExpired, LinkTakenDown, NotFound: also if its maker lost the right.
    """
    try:
        link = _unlocked(token, given_pass)
    except LinkLocked:
        return Opened(needs_password=True)
    by = _caller(link, visitor)
    entry = asset_for(by, link.asset_id, Ability.ADD if by.adds_only else Ability.READ)
    if counts:
        visits.count_visit(link.id)
    asset = entry.asset
    return Opened(
        needs_password=bool(link.password),
        role=link.role,
        asset_id=asset.id,
        kind=asset.kind,
        name=asset.name,
        size=None if asset.is_folder else asset.size,
        content_type=None if asset.is_folder else asset.content_type,
        owner=entry.owner_name,
        maker=link.maker,
        expires_at=link.expires_at,
        downloads_left=None if link.download_limit is None else max(0, link.download_limit - link.downloads),
    )


def link_for(token: str, given_pass: str) -> UUID:
    """Return which link it is, to whom it opens. Raises what `caller_by` raises."""
    return _unlocked(token, given_pass).id


def unlock(token: str, password: str, visitor: Caller) -> str:
    """Return a pass for whoever knows the password.

    Raises WrongLinkPassword, TooManyRequests, NotFound, LinkExpired, LinkTakenDown.
    """
    link = _living(token)
    if link.password:
        attempt = limiter.attempt(account=f"link {link.id}", address=visitor.address, to="open this link")
        if not is_text(password) or len(password) > LONGEST or not check_password(password, link.password):
            raise WrongLinkPassword
        attempt.succeeded()
    return signing.TimestampSigner(salt=_SALT).sign(_passed(link))


def _living(token: str) -> _Found:
    found = ask(_FOUND, [digest_of(token)])
    if not found:
        raise NotFound
    link = _Found(*found[0])
    if link.taken_down_at is not None:
        raise LinkTakenDown
    if link.expires_at is not None and link.expires_at <= timezone.now():
        raise LinkExpired
    return link


def _unlocked(token: str, given_pass: str) -> _Found:
    link = _living(token)
    if link.password and not _is_good(given_pass, link):
        raise LinkLocked
    return link


def _is_good(given_pass: str, link: _Found) -> bool:
    try:
        return signing.TimestampSigner(salt=_SALT).unsign(given_pass, max_age=PASS_LASTS) == _passed(link)
    except signing.BadSignature:
        return False


def _passed(link: _Found) -> str:
    """Return what a pass says: which link, and which password was known."""
    return salted_hmac(_SALT, f"{link.id} {link.password}", algorithm="sha256").hexdigest()


def _caller(link: _Found, visitor: Caller) -> Caller:
    most, scopes = _ROLES[link.role]
    return replace(
        visitor,
        user_id=link.maker_id,
        username=f"link {link.label or link.id}",
        groups=tuple(link.groups),
        link_id=link.id,
        limits=Limits(
            key_id=f"link {link.id}",
            scopes=scopes,
            folder_id=link.asset_id,
            most=int(most),
            adds_only=link.role == Link.Role.ADD,
        ),
    )
