"""Which moves are made when: a store that fails is tried later and later, and what waits is counted."""

from datetime import timedelta
from uuid import uuid4

import pytest
from celery import Celery
from celery._state import get_current_app
from django.utils import timezone

from assets import carrying, moving, resting
from assets.carrying import Outcome
from assets.models import Move
from cloudbox.errors import NotFound
from tests.assets.conftest import break_down, claimed
from tests.threads import at_once


@pytest.fixture
def empty_queue(settings):
    """Queue tasks where no other test does; return what empties that queue."""
    house = get_current_app()
    alone = Celery("alone", broker=settings.CELERY_BROKER_URL, set_as_current=False)
    alone.conf.broker_transport_options = {"global_keyprefix": f"test:{uuid4().hex}:"}
    alone.conf.task_routes = settings.CELERY_TASK_ROUTES
    alone.set_current()

    def empty():
        with alone.connection_for_write() as broker:
            broker.default_channel.queue_purge(moving.QUEUE)  # type: ignore[attr-defined]  # its types are too narrow

    yield empty
    empty()
    house.set_current()


def test_a_store_that_does_not_answer_is_tried_again_later_and_later(far, waiting):
    _, blob = waiting
    mend = break_down(far)
    waits = []
    for _ in range(9):
        assert carrying.move(blob.pk) is Outcome.FAILED
        waits.append((Move.objects.get().retry_at - timezone.now()).total_seconds())
        resting.wake("far")

    move = Move.objects.get()
    told = "The disk of the files takes nothing just now: Not a directory."
    assert (move.attempts, move.error, move.key) == (9, told, None)
    assert 3 < waits[0] < 7
    assert 200 < waits[-1] <= 360
    mend()
    assert carrying.move(blob.pk) is Outcome.MOVED


def test_a_store_that_keeps_failing_rests_and_others_do_not(far, me, waiting):
    _, blob = waiting
    break_down(far)
    for _ in range(resting.FAILURES):
        assert not resting.rests("far")
        carrying.move(blob.pk)

    assert resting.rests("far")
    assert carrying.move(blob.pk) is Outcome.LEFT
    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))
    assert moving.queue_due() == 0
    Move.objects.update(store="local")
    assert moving.queue_due() == 1


def test_a_store_may_be_found_well_in_the_moment_in_which_it_fails(far):
    told = at_once(8, lambda number: [(resting.answers if number % 2 else resting.failed)("far") for _ in range(50)])

    assert [outcome for outcome in told if isinstance(outcome, Exception)] == []


def test_a_failing_store_is_asked_for_one_blob_at_a_time_and_then_for_all(far, me, waiting):
    _, blob = waiting
    for name in "bcd":
        me.file(name)
    mend = break_down(far)
    for _ in range(resting.FAILURES):
        carrying.move(blob.pk)
    resting.wake("far")
    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))
    assert (moving.queue_due(), moving.queue_due()) == (1, 1)

    mend()
    carrying.move(blob.pk)

    assert (moving.queue_due(), resting.is_failing("far")) == (3, False)


def test_a_move_is_queued_again_when_its_time_has_come_and_once_until_then(far, waiting):
    assert moving.queue_due() == 0  # its task has just been queued

    Move.objects.update(retry_at=timezone.now() - timedelta(minutes=5))

    assert (moving.queue_due(), moving.queue_due()) == (1, 0)


def test_the_staff_try_a_move_at_once(far, waiting, django_capture_on_commit_callbacks):
    _, blob = waiting
    for _ in range(resting.FAILURES):
        resting.failed("far")

    with django_capture_on_commit_callbacks() as queued:
        moving.try_now(blob.pk)

    assert (len(queued), resting.rests("far")) == (1, False)
    carrying.move(blob.pk)
    with pytest.raises(NotFound):
        moving.try_now(blob.pk)


def test_the_backlog_is_counted(far, me, waiting):
    assert (moving.backlog().blobs, moving.backlog().bytes, moving.backlog().failing) == (1, 300_000, 0)

    Move.objects.update(created_at=timezone.now() - timedelta(minutes=2), error="No route to host")

    assert (moving.backlog().oldest_seconds, moving.backlog().failing) == (120, 1)


def test_a_store_that_has_taken_a_blob_rests_no_more(far, me, waiting):
    _, blob = waiting
    attempt = claimed(blob)
    for _ in range(resting.FAILURES):
        resting.failed("far")

    carrying.switch(attempt, carrying.carry(attempt, lambda _: None))
    carrying._go_on("far", [])

    assert not resting.rests("far")


@pytest.mark.django_db(transaction=True)
def test_no_more_tasks_wait_than_a_batch_however_long_they_wait(far, me, monkeypatch, empty_queue):
    monkeypatch.setattr(moving, "BATCH", 3)
    for name in "abcde":
        me.file(name)
    empty_queue()
    long_ago = timezone.now() - timedelta(minutes=5)

    queued = []
    for _ in range(3):  # no worker takes one
        Move.objects.update(retry_at=long_ago)
        queued.append(moving.queue_due())
    empty_queue()  # as when Redis has forgotten them
    queued.append(moving.queue_due())

    assert queued == [3, 0, 0, 3]
