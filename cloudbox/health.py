"""`/healthz`: this process answers. `/readyz`: everything it needs answers too."""

from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import Any

import structlog
from celery import current_app
from celery.signals import heartbeat_sent, worker_ready
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from assets import moving, previews, spool, storage
from cloudbox import strict_json
from cloudbox.errors import StorageFull
from cloudbox.http import release_connection

log = structlog.get_logger(__name__)
SPARED = {previews.QUEUE, "webhooks"}  # queues without which files are stored and found all the same
WORKER_FORGOTTEN_AFTER = 30  # seconds; a worker tells every two that it lives
_told: set[str] = set()  # what this process has logged as down; whoever watches asks every second


class WorkerSilent(Exception):
    """No worker of some queue has told for a while that it lives."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes one
    """Say that this process answers."""
    return _answer({"status": "ok"}, HTTPStatus.OK)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes one
    """Say whether everything is there, or name what is down."""
    missing = down()
    if missing:
        return _answer({"status": "not ready", "down": missing}, HTTPStatus.SERVICE_UNAVAILABLE)
    waiting = moving.backlog()
    backlog = {"blobs": waiting.blobs, "bytes": waiting.bytes, "oldest_seconds": waiting.oldest_seconds}
    mail = settings.CLOUDBOX_MAILING.way if settings.CLOUDBOX_MAILING.reaches_people else "none"
    return _answer({"status": "ready", "down": [], "backlog": backlog, "mail": mail}, HTTPStatus.OK)


def down(besides: Collection[str] = ()) -> list[str]:
    """Return the names of what does not answer, `besides` what need not be asked."""
    return [name for name, check in CHECKS.items() if name not in besides and not _passes(name, check)]


@worker_ready.connect
@heartbeat_sent.connect
def worker_lives(**_: Any) -> None:
    """Tell that this worker lives, for each queue that it takes tasks from."""
    try:
        cache.set_many(
            {_worker_key(queue): 1 for queue in current_app.amqp.queues.consume_from}, WORKER_FORGOTTEN_AFTER
        )
    except RedisError as error:
        log.warning("worker_cannot_tell_it_lives", error=type(error).__name__)


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_redis() -> None:
    cache.set("readiness", 1, 1)


def _check_worker() -> None:
    needed = [queue.name for queue in settings.CELERY_TASK_QUEUES if queue.name not in SPARED]
    keys = [_worker_key(name) for name in needed]
    if len(cache.get_many(keys)) < len(keys):
        raise WorkerSilent


def _worker_key(queue: str) -> str:
    return f"worker-lives:{queue}"


def _check_storage() -> None:
    """See that bytes can be taken; a spool that is full can, as long as the store behind it takes them."""
    release_connection()  # which _check_database has taken, and a store may take its time
    storage.landing().check()
    if storage.spool() and spool.is_full():
        storage.primary().check()


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "redis": _check_redis,
    "worker": _check_worker,
    "storage": _check_storage,
}


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, RedisError, OSError, StorageFull, WorkerSilent) as error:
        if name not in _told:
            log.warning("not_ready", what=name, error=type(error).__name__)
        _told.add(name)
        return False
    _told.discard(name)
    return True


def _answer(facts: dict[str, Any], status: int) -> HttpResponse:
    response = HttpResponse(strict_json.dumps(facts), "application/json", status)
    response.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = "5"
    return response
