"""A store on another machine may take its time to answer, or never do: nothing waits for it that need not."""

from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from assets import damage, gone, uploads
from assets.models import Asset, Blob, Condemned, Upload
from assets.words import Harm
from tests.people import caller_for, client_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(settings, tmp_path) -> Iterator[list[int]]:
    """Let an S3 server that knows no key be the store `far`; return how many connections were held at each request."""
    seen: list[int] = []

    class Noting(BaseHTTPRequestHandler):
        def answer(self) -> None:
            stats = connection.pool.get_stats()  # type: ignore[attr-defined]  # of this process
            seen.append(stats["pool_size"] - stats["pool_available"])
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_HEAD = do_PUT = do_DELETE = answer  # noqa: N815  the names that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Noting) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http%3A%2F%2F127.0.0.1%3A{server.server_port}"
        far = f"s3://KEY:SECRET@bucket/?endpoint={endpoint}&attempts=1"
        settings.CLOUDBOX_STORES = {"far": far, "near": f"local://{tmp_path}"}
        settings.CLOUDBOX_STORE, settings.CLOUDBOX_SPOOL = "far", None
        yield seen
        server.shutdown()


def test_what_is_deleted_is_deleted_without(held):
    gone.condemn([("far", "key", 1)])
    assert Condemned.objects.exists()

    gone.delete_bytes("far", "key")

    assert held
    assert not any(held)


def test_what_is_said_to_be_missing_is_looked_for_without(held):
    blob = Blob.objects.create(store="far", key="key", size=1)

    damage.report(blob.pk, Harm.MISSING)

    assert held
    assert not any(held)


def test_an_upload_that_fails_is_given_up_without(held, alice):
    answer = client_for(alice).put("/api/v1/store/folders/files/a", b"data", content_type="application/octet-stream")

    assert answer.status_code == 503
    assert held
    assert not any(held)


def test_whether_it_takes_bytes_is_asked_without(held, client):
    assert "storage" in client.get("/readyz").json()["down"]

    assert held
    assert not any(held)


def test_a_store_that_deletes_nothing_is_asked_for_a_few_keys_and_then_left_alone(held):
    gone.condemn([*(("far", f"key{number}", 1) for number in range(20)), ("near", "key", 1)])
    Condemned.objects.update(delete_at=timezone.now())

    assert gone.delete_condemned() == 1

    assert len(held) == gone.PATIENCE
    assert Condemned.objects.count() == 20


def test_keys_that_cannot_be_deleted_hold_up_no_others(store):
    for number in range(8):
        gone.condemn([("local", f"key{number}", 1)])
        if number % 2:
            (store.root / "unfinished" / f"key{number}").mkdir(parents=True)  # no file, so it cannot be unlinked
    Condemned.objects.update(delete_at=timezone.now())

    assert gone.delete_condemned() == 4


def test_uploads_that_died_before_such_a_store_are_given_up_all_the_same(held, alice):
    folder = Asset.objects.get(owner=alice, parent=None)
    for number in range(10):
        uploads._open(by=caller_for(alice), folder=folder, name=str(number), size=1)
    Upload.objects.update(lease_until=timezone.now() - timedelta(minutes=5))

    assert uploads.sweep() == 10

    assert len(held) == gone.PATIENCE
    assert (Upload.objects.count(), Condemned.objects.count()) == (0, 10)
