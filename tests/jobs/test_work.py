import pytest

from cloudbox.errors import QuotaExceeded
from jobs import services
from jobs.models import Job
from jobs.work import work

pytestmark = pytest.mark.django_db


@work("tests.count")
def count(lease, *, to, cancel_at=None, refuse=False, crash=False, rest=False):
    """Count; on the way do what the arguments ask for."""
    for number in range(1, to + 1):
        if number == cancel_at:
            services.cancel_any(lease.job_id)
        services.renew(lease, done=number)
    if refuse:
        raise QuotaExceeded(needed=2, free=1)
    if rest:
        raise services.TurnOver
    if crash:
        raise OSError("/a/path/of/this/machine")
    return {"counted": to}


def run(**arguments):
    job = services.create("tests.count", arguments)
    count(str(job.id))
    return Job.objects.get(pk=job.id)


def test_the_task_of_a_job_works_under_its_lease_and_keeps_the_result():
    job = run(to=3)

    assert (job.state, job.done, job.result) == ("done", 3, {"counted": 3})


def test_the_task_stops_when_the_owner_asks():
    job = run(to=3, cancel_at=2)

    assert (job.state, job.done) == ("cancelled", 2)


def test_a_refusal_fails_the_job_with_its_code():
    job = run(to=1, refuse=True)

    assert (job.state, job.error) == ("failed", "quota_exceeded")


def test_an_accident_gives_the_job_back_and_tells_the_owner_no_secret():
    job = run(to=1, crash=True)

    assert (job.state, job.error) == ("queued", "OSError")


def test_a_job_whose_turn_is_over_is_queued_behind_the_others_and_may_fail_as_often_as_a_new_one():
    job = run(to=2, rest=True)

    assert (job.state, job.done, job.attempts) == ("queued", 2, 0)


def test_the_same_task_twice_does_the_work_once():
    job = run(to=3)
    Job.objects.filter(pk=job.pk).update(done=0)

    count(str(job.pk))

    assert Job.objects.get(pk=job.pk).done == 0
