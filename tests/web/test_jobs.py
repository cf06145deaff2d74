"""/jobs: what is under way, how it ended, and a button that ends it."""

import pytest
from django.test import Client

from accounts.callers import Caller
from assets.services import bulk, trash, tree
from jobs import services
from tests.web.browsing import sign_in, text_of

MOST_QUERIES = 15


@pytest.fixture
def copying(alice):
    """A job of alice's that nobody works on yet: two folders are to be copied into a third."""
    by = Caller(user_id=alice.id, username="alice")
    made = [tree.make_folder(by=by, parent_id=None, name=name).id for name in ("one", "two", "there")]
    trash.trash(by=by, asset_id=made[1])
    return bulk.begin(by=by, asset_ids=made[:2], action="copy", folder=made[2])


def do_it(job: services.JobInfo) -> services.Lease:
    lease = services.take(job.id)
    assert lease
    return lease


def test_jobs_are_listed_with_how_far_they_are(alices, copying, django_assert_max_num_queries):
    services.renew(do_it(copying), done=1)

    with django_assert_max_num_queries(MOST_QUERIES):
        page = alices.get("/jobs")

    assert "Copying Under way 1 of 2" in text_of(page)


def test_a_job_names_each_thing_and_says_why_it_failed(alices, copying, django_assert_max_num_queries):
    lease = do_it(copying)
    services.mark(lease, 0, services.DONE)
    services.mark(lease, 1, services.FAILED, "name_taken")
    services.finish(lease, services.tally(lease))

    with django_assert_max_num_queries(MOST_QUERIES):
        page = text_of(alices.get(f"/jobs/{copying.id}"))

    assert "1 of 2 failed" in page
    assert "one Done" in page
    assert "two The folder already has something of that name. Failed" in page


def test_a_button_cancels_a_job(alices, alice, copying):
    answer = alices.post(f"/jobs/{copying.id}/cancel", follow=True)

    assert "is being cancelled" in text_of(answer)
    assert services.get(alice.id, copying.id).state == "cancelled"


def test_who_cancels_what_is_over_is_told_so(alices, copying):
    services.finish(do_it(copying))

    assert "The job is over." in text_of(alices.post(f"/jobs/{copying.id}/cancel", follow=True))


def test_nobody_sees_or_cancels_the_jobs_of_others(bob, copying):
    bobs = sign_in(Client(), "bob")

    assert bobs.get(f"/jobs/{copying.id}").status_code == 404
    assert bobs.post(f"/jobs/{copying.id}/cancel").status_code == 404
    assert "Nothing is under way" in text_of(bobs.get("/jobs"))
    assert Client().get("/jobs").status_code == 302


def test_every_page_knows_whether_jobs_are_under_way(alices, alice, copying):
    assert 'data-jobs="1"' in alices.get("/files").content.decode()
    services.cancel(alice.id, copying.id)
    assert 'data-jobs="0"' in alices.get("/files").content.decode()
