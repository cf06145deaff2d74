import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cloudbox.errors import BadInput, QuotaExceeded
from jobs import idempotency, services
from jobs.idempotency import Answer, IdempotencyInProgress, IdempotencyKeyReused
from jobs.models import Idempotency, Job

pytestmark = pytest.mark.django_db


def create():
    services.create("effect", {})
    return Answer(status=201, body='{"b": 1, "a": 2}')


def post(user, key="k", sha="1" * 64, run=create):
    return idempotency.once(user_id=user.id, key=key, request_sha256=sha, run=run)


def effects():
    return Job.objects.filter(kind="effect").count()


def test_a_repeat_gets_the_first_answer_and_does_nothing(owner):
    first, second = post(owner), post(owner)

    assert (first.replayed, second.replayed) == (False, True)
    assert (second.status, second.body) == (first.status, first.body)
    assert effects() == 1


def test_a_key_belongs_to_one_user(owner, stranger):
    post(owner)

    assert post(stranger).replayed is False
    assert effects() == 2


def test_a_key_with_another_request_is_refused(owner):
    post(owner)

    with pytest.raises(IdempotencyKeyReused):
        post(owner, sha="2" * 64)
    assert effects() == 1


def test_a_refused_request_may_be_tried_again_under_its_key(owner):
    def refuse():
        create()
        raise QuotaExceeded(needed=2, free=1)

    with pytest.raises(QuotaExceeded):
        post(owner, run=refuse)

    assert effects() == 0
    assert post(owner).replayed is False


def test_a_key_can_be_used_anew_after_a_day(owner):
    post(owner)
    Idempotency.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert post(owner, sha="2" * 64).replayed is False
    assert post(owner, sha="2" * 64).replayed is True


def test_old_answers_are_forgotten(owner):
    post(owner, key="old")
    Idempotency.objects.update(created_at=timezone.now() - timedelta(hours=25))
    post(owner, key="new")

    idempotency.prune()

    assert list(Idempotency.objects.values_list("key", flat=True)) == ["new"]


def test_of_many_requests_at_once_under_one_key_one_is_done(transactional_db, owner):
    ready, answers = threading.Barrier(8), []

    def request():
        try:
            ready.wait(10)
            answers.append(post(owner).replayed)
        except IdempotencyInProgress:
            answers.append("in progress")
        finally:
            connection.close()

    requests = [threading.Thread(target=request) for _ in range(8)]
    for thread in requests:
        thread.start()
    for thread in requests:
        thread.join()

    assert effects() == 1
    assert answers.count(False) == 1
    assert len(answers) == 8


@pytest.mark.parametrize(
    ("header", "key"),
    [(None, None), ("abc", "abc"), ('"8e03978e-40d5"', "8e03978e-40d5"), (r'"a\"b\\c"', 'a"b\\c')],
)
def test_the_key_is_read_with_or_without_quotes(header, key):
    assert idempotency.key_of(header) == key


@pytest.mark.parametrize("header", ["", '""', "a b", "é", "a" * 256, "a\tb"])
def test_a_key_that_cannot_be_is_refused_by_name(header):
    with pytest.raises(BadInput) as refused:
        idempotency.key_of(header)
    assert refused.value.field == "Idempotency-Key"
