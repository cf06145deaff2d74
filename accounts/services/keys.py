"""Access keys: made, listed and revoked by the people whose they are; and the one that the server's operator sets."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import keys, sessions
from accounts.callers import SYSTEM, Caller
from accounts.models import AccessKey, User
from accounts.refusals import UsernameTaken
from accounts.rules import is_text
from accounts.services.registration import open_account
from accounts.staff import must_outrank
from activity.services import Target, Who, record
from cloudbox import sealing
from cloudbox.errors import BadInput, Conflict, NotFound
from cloudbox.pages import Page, page_of, values_of

MOST_LIVING = 100  # of one user
LONGEST_NAME = 100
ENDED_KEPT = timedelta(days=90)
SERVICE = "blobs"  # the account that the operator's key belongs to
STATIC_NAME = "CLOUDBOX_BLOBS_TOKEN"
STATIC_SCOPES = [AccessKey.Scope.READ, AccessKey.Scope.WRITE]
_STATIC_LOCK = 0x424C4F4253  # "BLOBS": two servers that start at once set up one account

FolderCheck = Callable[[Caller, UUID], None]
_folder_checks: list[FolderCheck] = []


@dataclass(frozen=True, kw_only=True)
class KeyInfo:
    """An access key without its secret. `scopes` in the order of AccessKey.Scope; `last_used_at` to five minutes."""

    id: UUID
    name: str
    key_id: str
    scopes: list[str]
    folder_id: UUID | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_used_from: str


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key that has just been made: the only time that anybody is shown `secret`, and `token` with it."""

    info: KeyInfo
    secret: str
    token: str


def folders(check: FolderCheck) -> None:
    """Register, from an AppConfig.ready, who refuses a folder that the caller may not see, by any Refusal."""
    _folder_checks.append(check)


def make(
    *,
    by: Caller,
    name: str,
    scopes: Sequence[str],
    folder_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make an access key for the caller, good until `expires_at` (None: until it is revoked).

    It may do what its `scopes` say and the caller may, in the folder and below or everywhere (None). Raises
    NotAuthenticated, KeyNotEnough, BadInput, and Conflict when the caller has 100 already.
    """
    user_id = by.must_be_in_person()
    name, wanted = _clean_name(name), _clean_scopes(scopes)
    if expires_at is not None and expires_at <= timezone.now():
        raise BadInput("expires_at", "Lies in the past.")
    if folder_id is not None:
        _check_folder(by, folder_id)
    secret = keys.new_secret()
    key = AccessKey(user_id=user_id, name=name, key_id=keys.new_key_id(), scopes=wanted, folder_id=folder_id)
    token = keys.token_of(key.key_id, secret)
    key.expires_at, key.token_hash, key.sealed_secret = expires_at, keys.hash_of(token), sealing.seal(secret)
    with transaction.atomic():
        sessions.must_live(by)  # and nobody counts meanwhile
        if AccessKey.objects.filter(keys.living(), user_id=user_id).count() >= MOST_LIVING:
            raise Conflict(f"You have {MOST_LIVING} access keys; revoke some.", most=MOST_LIVING)
        key.save(force_insert=True)
        folder = str(folder_id) if folder_id else None
        record("key_made", by=by.who, target=_target(key), owner_id=user_id, scopes=wanted, folder_id=folder)
    return NewKey(info=_shown(key), secret=secret, token=token)


def page(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[KeyInfo]:
    """Return the caller's keys that are not revoked, also those that have expired, newest first.

    Raises NotAuthenticated, KeyNotEnough, BadInput.
    """
    rows = AccessKey.objects.filter(user_id=by.must_be_in_person(), revoked_at=None)
    if after := values_of(cursor, UUID):
        rows = rows.filter(id__lt=after[0])
    return page_of(list(rows.order_by("-id")[: limit + 1]), limit, shown=_shown, after=lambda row: (row.id,))


def get(*, by: Caller, key_id: UUID) -> KeyInfo:
    """Return one of the caller's keys that are not revoked. Raises NotAuthenticated, KeyNotEnough, NotFound."""
    key = AccessKey.objects.filter(id=key_id, user_id=by.must_be_in_person(), revoked_at=None).first()
    if key is None:
        raise NotFound
    return _shown(key)


def revoke(*, by: Caller, key_id: UUID) -> None:
    """End one of the caller's keys at once. Raises NotAuthenticated, KeyNotEnough, NotFound."""
    own = AccessKey.objects.filter(id=key_id, user_id=by.must_be_in_person(), revoked_at=None)
    with transaction.atomic():
        _revoke(by.who, own.select_for_update().first())


def revoke_for(*, by: Caller, key_id: UUID) -> None:
    """End somebody's key at once, as one of the staff. Raises NotAuthenticated, AccessDenied, NotFound."""
    by.must_be_staff("support")
    with transaction.atomic():
        alive = AccessKey.objects.select_for_update(of=("self",)).select_related("user")
        key = alive.filter(id=key_id, revoked_at=None).first()
        if key:
            must_outrank(by, key.user)
        _revoke(by.who, key)


def revoke_all(*, by: Who, user_id: UUID) -> int:
    """End every key of the user, except one of the server's operator, and return how many those were.

    In the caller's transaction, which has decided that it may.
    """
    alive = AccessKey.objects.select_for_update().filter(user_id=user_id, revoked_at=None)
    rows = list(alive.exclude(key_id__startswith=keys.STATIC).order_by("id"))
    for key in rows:
        _revoke(by, key)
    return len(rows)


def forget() -> int:
    """Delete people's keys that ended long enough ago. Return how many. Those of the operator name their account."""
    before = timezone.now() - ENDED_KEPT
    ended = AccessKey.objects.filter(Q(revoked_at__lt=before) | Q(expires_at__lt=before))
    return ended.exclude(key_id__startswith=keys.STATIC).delete()[0]


def set_static(token: str) -> None:
    """Let the operator's token, "" for none, be the only key of its kind: of an account of its own, to read and write.

    Safe to call with each start, and on several machines at once.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_STATIC_LOCK])
        ours = AccessKey.objects.select_for_update().filter(key_id__startswith=keys.STATIC)
        wanted = keys.hash_of(token) if token else ""
        for key in ours.filter(revoked_at=None).exclude(token_hash=wanted):
            _revoke(SYSTEM.who, key)
        known = ours.filter(token_hash=wanted).first()
        if token and (known is None or known.revoked_at):
            _make_static(known, wanted)


def _make_static(known: AccessKey | None, token_hash: str) -> None:
    """Make the operator's key, or let one count again that was set before."""
    key = known or AccessKey(user_id=_service_account(), name=STATIC_NAME, key_id=keys.new_static_key_id())
    key.scopes, key.token_hash, key.revoked_at = list(STATIC_SCOPES), token_hash, None
    key.save()
    record("key_made", by=SYSTEM.who, target=_target(key), owner_id=key.user_id, scopes=key.scopes)


def _service_account() -> UUID:
    """Return the account that the operator's keys have belonged to, or a new one that nobody can sign in to."""
    known = AccessKey.objects.filter(key_id__startswith=keys.STATIC).values_list("user_id", flat=True).first()
    if known:
        return known
    for username in (SERVICE, f"{SERVICE}-{secrets.token_hex(4)}"):  # somebody may have taken the first
        user = User(username=username)
        user.set_unusable_password()
        try:
            return open_account(user, by=SYSTEM).id
        except UsernameTaken:
            continue
    raise UsernameTaken


def _check_folder(by: Caller, folder_id: UUID) -> None:
    if not _folder_checks:
        raise BadInput("folder", "There are no folders here.")
    for check in _folder_checks:
        check(by, folder_id)


def _clean_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not is_text(name):
        raise BadInput("name", f"Give it a name of at most {LONGEST_NAME} characters.")
    return name


def _clean_scopes(scopes: Sequence[str]) -> list[str]:
    """Return the scopes, each once, in the order in which they are shown. Raises BadInput."""
    known = AccessKey.Scope.values
    if not scopes or not set(scopes).issubset(known):
        raise BadInput("scopes", f"One or more of {', '.join(known)}.")
    return [scope for scope in known if scope in scopes]


def _revoke(by: Who, key: AccessKey | None) -> None:
    """Revoke a locked key. Its secret is forgotten."""
    if key is None:
        raise NotFound
    AccessKey.objects.filter(id=key.id).update(revoked_at=timezone.now(), sealed_secret="")
    record("key_revoked", by=by, target=_target(key), owner_id=key.user_id)


def _target(key: AccessKey) -> Target:
    return Target("key", key.id, f"{key.name} ({key.key_id})")


def _shown(key: AccessKey) -> KeyInfo:
    return KeyInfo(
        id=key.id,
        name=key.name,
        key_id=key.key_id,
        scopes=[scope for scope in AccessKey.Scope.values if scope in key.scopes],
        folder_id=key.folder_id,
        created_at=key.created_at,
        expires_at=key.expires_at,
        last_used_at=key.last_used_at,
        last_used_from=key.last_used_from,
    )
