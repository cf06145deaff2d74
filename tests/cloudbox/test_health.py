"""`/healthz` and `/readyz`."""

import pytest
from django.core.cache import cache
from django.test import override_settings

from cloudbox.health import worker_lives


@pytest.fixture
def worker():
    worker_lives()
    yield
    cache.delete_many(["worker-lives:celery", "worker-lives:moves"])


def test_a_process_that_answers_is_healthy(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
@pytest.mark.usefixtures("worker")
def test_it_is_ready_when_everything_answers(client):
    response = client.get("/readyz")

    nothing = {"blobs": 0, "bytes": 0, "oldest_seconds": 0}
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ready", "down": [], "backlog": nothing, "mail": "none"},
    )


@pytest.mark.django_db
def test_a_worker_that_is_silent_is_named(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()["down"]) == (503, ["worker"])
    assert response.headers["Retry-After"] == "5"


@pytest.mark.django_db
@pytest.mark.usefixtures("worker")
def test_a_directory_that_cannot_be_written_is_named(client, settings, tmp_path):
    (tmp_path / "blobs").write_text("a file where a directory should be")
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}

    assert client.get("/readyz").json()["down"] == ["storage"]


@pytest.mark.django_db
def test_redis_that_is_down_is_named_with_what_depends_on_it(client, tmp_path):
    nobody = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{tmp_path}/no"}
    }
    with override_settings(CACHES=nobody):
        response = client.get("/readyz")

    assert response.json()["down"] == ["redis", "worker"]
    assert str(tmp_path) not in response.text


@pytest.mark.django_db
def test_a_worker_without_redis_goes_on(tmp_path):
    nobody = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"unix://{tmp_path}/no"}
    }
    with override_settings(CACHES=nobody):
        assert worker_lives() is None
