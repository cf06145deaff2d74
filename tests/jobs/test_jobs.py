import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cloudbox.errors import NotFound
from jobs import services
from jobs.models import Job
from jobs.services import CancelRequested, JobFinished, LeaseLost

pytestmark = pytest.mark.django_db


def expire(job):
    """Let the lease of the job be over, as if its worker had been killed a while ago."""
    Job.objects.filter(pk=job.id).update(lease_until=timezone.now() - timedelta(seconds=1))


def take(job):
    """Take a job that is free."""
    lease = services.take(job.id)
    assert lease
    return lease


def state_of(job):
    return Job.objects.get(pk=job.id).state


@pytest.fixture
def job(owner):
    return services.create("assets.purge", {"folder": "1"}, owner_id=owner.id, total=10, unit="files")


def test_a_job_is_taken_once(job):
    lease = take(job)

    assert (lease.arguments, lease.attempt) == ({"folder": "1"}, 1)
    assert services.take(job.id) is None


def test_an_owner_waits_for_what_is_not_over(job, owner, stranger):
    assert (services.unfinished_of(owner.id), services.unfinished_of(stranger.id)) == (1, 0)

    services.finish(take(job))

    assert services.unfinished_of(owner.id) == 0


def test_of_many_takers_at_once_one_gets_the_job(transactional_db):
    job = services.create("assets.purge", {})
    ready, leases = threading.Barrier(8), []

    def take():
        try:
            ready.wait(10)
            leases.append(services.take(job.id))
        finally:
            connection.close()

    takers = [threading.Thread(target=take) for _ in range(8)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()

    assert len([lease for lease in leases if lease]) == 1


def test_the_job_of_a_killed_worker_is_taken_up_once(job):
    take(job)
    expire(job)

    assert take(job).attempt == 2
    assert services.take(job.id) is None


def test_a_worker_that_was_thought_dead_writes_nothing(job):
    dead = take(job)
    expire(job)
    alive = take(job)

    for write in (services.renew, services.finish, services.stop):
        with pytest.raises(LeaseLost):
            write(dead)
    with pytest.raises(LeaseLost):
        services.fail(dead, "late")
    services.renew(alive, done=1)
    assert Job.objects.get(pk=job.id).done == 1


def test_the_effects_of_a_worker_that_lost_its_lease_are_undone(job):
    dead = take(job)
    expire(job)
    services.sweep()

    @transaction.atomic
    def work_on():
        services.create("effect", {})
        services.renew(dead)

    with pytest.raises(LeaseLost):
        work_on()

    assert not Job.objects.filter(kind="effect").exists()


def test_progress_and_result_are_shown_to_the_owner(job, owner):
    lease = take(job)
    services.renew(lease, done=4, total=8)
    running = services.get(owner.id, job.id)
    services.finish(lease, {"deleted": 8})
    done = services.get(owner.id, job.id)

    assert (running.state, running.done, running.total, running.unit) == ("running", 4, 8, "files")
    assert (done.state, done.result) == ("done", {"deleted": 8})
    assert done.started_at
    assert done.finished_at
    assert done.created_at <= done.started_at <= done.finished_at


def test_a_finished_job_is_not_taken_again(job):
    services.finish(take(job))
    expire(job)

    assert services.take(job.id) is None
    assert services.sweep() == 0


def test_the_sweep_queues_what_nobody_works_on_and_only_once(job):
    assert services.sweep() == 0  # its task was queued just now

    expire(job)

    assert (services.sweep(), services.sweep()) == (1, 0)


def test_the_sweep_leaves_a_worker_with_a_lease_alone(job):
    lease = take(job)

    assert services.sweep() == 0
    services.renew(lease)


def test_a_job_that_kills_every_worker_is_given_up(job, owner):
    for _ in range(services.MOST_ATTEMPTS):
        take(job)
        expire(job)

    services.sweep()

    assert services.take(job.id) is None
    assert services.get(owner.id, job.id).error == "worker_lost"


def test_a_job_that_fails_is_tried_again_until_the_last_attempt(job):
    states = []
    for _ in range(services.MOST_ATTEMPTS):
        services.try_again(take(job), "OSError")
        states.append(state_of(job))

    assert states == ["queued"] * (services.MOST_ATTEMPTS - 1) + ["failed"]


def test_a_queued_job_is_cancelled_at_once(job, owner):
    assert services.cancel(owner.id, job.id).state == "cancelled"
    assert services.take(job.id) is None


def test_a_running_job_is_asked_to_stop(job, owner):
    lease = take(job)

    info = services.cancel(owner.id, job.id)

    assert (info.state, info.cancel_requested) == ("running", True)
    with pytest.raises(CancelRequested):
        services.renew(lease)
    services.stop(lease)
    assert state_of(job) == "cancelled"


def test_a_cancelled_job_whose_worker_died_is_over(job, owner):
    take(job)
    services.cancel(owner.id, job.id)
    expire(job)

    assert services.sweep() == 0
    assert state_of(job) == "cancelled"


def test_a_job_that_is_over_cannot_be_cancelled(job, owner):
    services.finish(take(job))

    with pytest.raises(JobFinished):
        services.cancel(owner.id, job.id)


def test_a_stranger_is_told_there_is_no_such_job(job, stranger):
    for ask in (services.get, services.cancel, services.items):
        with pytest.raises(NotFound):
            ask(stranger.id, job.id)
    assert services.page(stranger.id).items == []
    assert state_of(job) == "queued"


def test_the_owners_jobs_come_in_pages_newest_first(owner, django_assert_num_queries):
    ids = [services.create("kind", {}, owner_id=owner.id).id for _ in range(5)]

    first = services.page(owner.id, limit=3)
    with django_assert_num_queries(1):
        second = services.page(owner.id, limit=3, cursor=first.next)

    assert [job.id for job in first.items + second.items] == ids[::-1]
    assert second.next is None


def test_a_job_tells_what_became_of_each_item(owner):
    job = services.create("kind", {}, owner_id=owner.id, subjects=["a.txt", "b.txt", "c.txt"])
    services.mark(take(job), 1, "failed", "name_taken")

    first = services.items(owner.id, job.id, limit=2)
    second = services.items(owner.id, job.id, limit=2, cursor=first.next)

    shown = [(item.subject, item.state, item.code) for item in first.items + second.items]
    assert shown == [("a.txt", "waiting", ""), ("b.txt", "failed", "name_taken"), ("c.txt", "waiting", "")]


def test_an_unknown_job_is_nobodys_work():
    assert services.take(uuid4()) is None


def test_old_jobs_are_forgotten_and_unfinished_ones_kept(job, owner):
    old = services.create("kind", {}, owner_id=owner.id)
    services.finish(take(old))
    Job.objects.filter(pk=old.id).update(finished_at=timezone.now() - timedelta(days=91))

    services.prune(timedelta(days=90))

    assert [info.id for info in services.page(owner.id).items] == [job.id]
