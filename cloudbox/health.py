"""`/healthz`: this process answers. `/readyz`: everything it needs answers too."""

import tempfile
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from celery.signals import heartbeat_sent, worker_ready
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from cloudbox import strict_json

log = structlog.get_logger(__name__)
WORKER_KEY = "worker-lives"
WORKER_FORGOTTEN_AFTER = 30  # seconds; a worker tells every two that it lives
_told: set[str] = set()  # what this process has logged as down; whoever watches asks every second


class WorkerSilent(Exception):
    """No worker has told for a while that it lives."""


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
    return _answer({"status": "ready", "down": []}, HTTPStatus.OK)


def down() -> list[str]:
    """Return the names of what does not answer."""
    return [name for name, check in CHECKS.items() if not _passes(name, check)]


@worker_ready.connect
@heartbeat_sent.connect
def worker_lives(**_: Any) -> None:
    """Tell that this worker lives."""
    try:
        cache.set(WORKER_KEY, 1, WORKER_FORGOTTEN_AFTER)
    except RedisError as error:
        log.warning("worker_cannot_tell_it_lives", error=type(error).__name__)


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_redis() -> None:
    cache.set("readiness", 1, 1)


def _check_worker() -> None:
    if cache.get(WORKER_KEY) is None:
        raise WorkerSilent


def _check_storage() -> None:
    directory = settings.CLOUDBOX_DATA / "blobs"
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory) as file:
        file.write(b"CloudBox")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "redis": _check_redis,
    "worker": _check_worker,
    "storage": _check_storage,
}


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except (DatabaseError, RedisError, OSError, WorkerSilent) as error:
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
