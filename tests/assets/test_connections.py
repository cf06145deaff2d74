"""No connection to the database is held while a store on another machine is asked, however long it takes."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connection

from assets import damage, gone
from assets.models import Blob, Condemned
from assets.words import Harm
from tests.people import client_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(settings) -> Iterator[list[int]]:
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
        settings.CLOUDBOX_STORES = {"far": f"s3://KEY:SECRET@bucket/?endpoint={endpoint}&attempts=1"}
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
