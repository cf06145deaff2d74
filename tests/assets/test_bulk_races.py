"""A job of many assets that somebody cancels or takes over while it works."""

import pytest
from django.db import transaction

from assets import tasks
from assets.models import Asset
from assets.services import bulk
from jobs import services as jobs
from jobs.models import Job, JobItem
from tests.threads import at_once, behind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("store")]


@pytest.fixture
def job(me):
    """A job that trashes three files."""
    files = [me.file(name).id for name in ("a", "b", "c")]
    return bulk.begin(by=me.caller, action="trash", asset_ids=files)


def states(job) -> list[str]:
    return list(JobItem.objects.filter(job=job.id).order_by("position").values_list("state", flat=True))


def test_a_cancelled_job_stops_and_what_it_has_begun_is_not_done(me, alice, job):
    with transaction.atomic():
        Asset.objects.select_for_update().get(name="b")
        working = behind(lambda: tasks.do_with_many(str(job.id)))
        jobs.cancel(alice.id, job.id)
    working.result(30)

    assert jobs.get(alice.id, job.id).state == "cancelled"
    assert (states(job), me.names()) == (["done", "waiting", "waiting"], ["b", "c"])


def test_a_worker_that_lost_its_lease_leaves_nothing_behind(me, alice, job):
    with transaction.atomic():
        Asset.objects.select_for_update().get(name="b")
        working = behind(lambda: tasks.do_with_many(str(job.id)))
        Job.objects.filter(pk=job.id).update(fence=99)
    working.result(30)

    assert (states(job), me.names()) == (["done", "waiting", "waiting"], ["b", "c"])


def test_a_job_that_is_queued_twice_is_done_once(me, alice):
    there = me.folder("there")
    files = [me.file(str(number)).id for number in range(9)]
    job = bulk.begin(by=me.caller, action="copy", asset_ids=files, folder=there.id)

    at_once(4, lambda _: tasks.do_with_many(str(job.id)))

    assert (states(job), len(me.names(there))) == (["done"] * 9, 9)
    assert Job.objects.get(pk=job.id).attempts == 1
