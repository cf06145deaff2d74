"""Queueing tasks: after the commit, never before, and never with an exception."""

from collections.abc import Iterator

import pytest
from celery import Celery, current_app
from celery._state import get_current_app
from celery.signals import before_task_publish
from django.db import transaction

from cloudbox.later import later

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Iterator[list[tuple[str, list[object]]]]:
    """The (name, arguments) of each task that reaches the queue."""
    seen: list[tuple[str, list[object]]] = []

    def note(sender: str, body: tuple[list[object], object, object], **_: object) -> None:
        seen.append((sender, list(body[0])))

    before_task_publish.connect(note)
    yield seen
    before_task_publish.disconnect(note)
    with current_app.connection_for_write() as connection:
        connection.SimpleQueue("celery").clear()


def test_a_task_is_queued_once_the_transaction_is_committed(django_capture_on_commit_callbacks, published):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        later("assets.no_such_task", "key", 5)
        assert published == []

    assert published == [("assets.no_such_task", ["key", 5])]


def test_a_task_is_not_queued_when_the_transaction_is_rolled_back(django_capture_on_commit_callbacks, published):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        later("assets.no_such_task")
        transaction.set_rollback(True)

    assert published == []


def test_redis_that_is_down_stops_nobody(django_capture_on_commit_callbacks, tmp_path, settings, caplog):
    house = get_current_app()
    nowhere = Celery("nowhere", broker=f"redis+socket://{tmp_path}/nobody.sock", set_as_current=False)
    nowhere.conf.task_publish_retry_policy = settings.CELERY_TASK_PUBLISH_RETRY_POLICY
    nowhere.conf.broker_transport_options = {"socket_connect_timeout": 1}
    nowhere.set_current()
    try:
        with django_capture_on_commit_callbacks(execute=True):
            later("assets.no_such_task", "key")
    finally:
        house.set_current()

    assert "task_not_queued" in caplog.text
