"""What is counted of links: visits, downloads and uploads, each in a statement of its own.

A download counts where its bytes begin: a HEAD, a 304 and a refusal count nothing, and what goes on in the middle of a
file nothing either, if the same network has begun with that version through the link within a day. So a download that
broke off goes on, and seeking in a film is no download; yet nobody passes the limit by leaving out the first byte.
Whether one has begun, Redis knows; while it is away, everything counts.
"""

import hashlib
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from redis import RedisError

from accounts.callers import Caller
from accounts.limiter import network_of
from activity.services import Who, tell
from assets.models import Link
from assets.record import target
from assets.refusals import DownloadLimitReached
from assets.rows import ask
from cloudbox.counters import counters
from cloudbox.http import Content

PREFIX = "cloudbox:link:"
GOES_ON = 24 * 3600  # seconds within which a download may go on

_DOWNLOAD = """
UPDATE assets_link SET downloads = downloads + 1, last_used_at = statement_timestamp()
 WHERE id = %s AND revoked_at IS NULL AND taken_down_at IS NULL
   AND (download_limit IS NULL OR downloads < download_limit) RETURNING downloads = download_limit
"""

log = structlog.get_logger(__name__)


def count_visit(link_id: UUID) -> None:
    """Count that somebody has opened the link; that it was the first time is told."""
    with transaction.atomic():
        if Link.objects.filter(pk=link_id, visits=0).update(visits=1, last_used_at=Now()):
            link = _with_asset(link_id)
            tell("link_opened", **_whom(link), link_id=str(link_id), label=link.label)
        else:
            Link.objects.filter(pk=link_id).update(visits=F("visits") + 1, last_used_at=Now())


def count_upload(by: Caller) -> None:
    """Count what came through a link, if it did, in the transaction that stores it."""
    if by.link_id:
        Link.objects.filter(pk=by.link_id).update(uploads=F("uploads") + 1, last_used_at=Now())


def counted(content: Content, by: Caller, what: UUID) -> Content:
    """Return the content so that sending it counts on the link through which `by` comes, if they do.

    `what` is the version, or whatever else is sent. It is not sent by its store, whose address would be good for many.
    """
    if by.link_id is None:
        return content
    return replace(content, admit=partial(count_download, by.link_id, what, by.address), link=lambda _headers: None)


def count_download(link_id: UUID, what: UUID, address: str, start: int) -> None:
    """Count a download whose bytes begin at `start`. Raises DownloadLimitReached; one of a crowd gets the last."""
    key = _key(link_id, what, address)
    if start and _has_begun(key):
        return
    with transaction.atomic():
        counted_now = ask(_DOWNLOAD, [link_id])
        if not counted_now:
            raise DownloadLimitReached
        if counted_now[0][0]:
            link = _with_asset(link_id)
            tell("link_used_up", **_whom(link), link_id=str(link_id), label=link.label)
    _begin(key)


def check_limit(by: Caller) -> None:
    """Raise DownloadLimitReached to somebody who comes by a link that gives nothing more."""
    if by.link_id and Link.objects.filter(pk=by.link_id, downloads__gte=F("download_limit")).exists():
        raise DownloadLimitReached


def _with_asset(link_id: UUID) -> Link:
    return Link.objects.select_related("asset").get(pk=link_id)


def _whom(link: Link) -> dict[str, Any]:
    """Return whom news of the link concerns, and of what it is: its maker, and whose the asset is."""
    asset = link.asset
    return {"by": Who(), "target": target(asset), "owner_id": asset.owner_id, "audience": [link.maker_id]}


def _has_begun(key: str) -> bool:
    try:
        return bool(counters().exists(key))
    except RedisError as error:
        log.warning("link_downloads_unknown", error=type(error).__name__)
        return False


def _begin(key: str) -> None:
    try:
        counters().set(key, 1, ex=GOES_ON)
    except RedisError as error:
        log.warning("link_downloads_unknown", error=type(error).__name__)


def _key(link_id: UUID, what: UUID, address: str) -> str:
    return PREFIX + hashlib.sha256(f"{link_id} {what} {network_of(address)}".encode()).hexdigest()
