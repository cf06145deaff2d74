"""Queue a task by its name, once the transaction has been committed, and tell how many wait."""

from typing import Any

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

log = structlog.get_logger(__name__)
type_of_json = str | int | float | bool | list["type_of_json"] | dict[str, "type_of_json"] | None


def later(task_name: str, *args: type_of_json, countdown: float = 0) -> None:
    """Queue `task_name(*args)` on commit, to run after `countdown` seconds at the earliest. Never raises.

    A task that is lost because Redis is down is only logged: work that must not be lost has a row
    (Job, Upload, Condemned, outbox) that a scheduled sweep queues again.
    """

    def queue() -> None:
        try:
            current_app.signature(task_name, args=args).apply_async(countdown=countdown)
        except (KombuError, OSError) as error:
            log.warning("task_not_queued", task=task_name, error=type(error).__name__)

    transaction.on_commit(queue, robust=True)


def waiting_in(queue: str) -> int:
    """Return how many tasks of a queue no worker has taken yet. Raises KombuError or OSError when Redis is down."""
    with current_app.connection_for_read() as broker:
        channel: Any = broker.default_channel  # whose types are too narrow
        return int(channel.queue_declare(queue).message_count)
