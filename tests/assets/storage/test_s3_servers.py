"""The S3 store before servers and lines that are slower, or say things otherwise, than those of the other tests."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assets.storage import s3
from assets.storage.parts import SMALLEST as PART
from assets.storage.s3 import S3Store
from cloudbox import settings
from cloudbox.errors import StoreUnavailable
from cloudbox.stores import Bucket
from tests.faults.proxy import Fault, Proxy
from tests.s3 import S3Server, TestBucket

MIB = 2**20


class Answers(BaseHTTPRequestHandler):
    """Answers as S3 does; what comes in parts has the tag `whole`. Subclasses say things otherwise."""

    protocol_version = "HTTP/1.1"
    whole = '"0123456789abcdef0123456789abcdef-2"'  # as long as one that follows from the bytes
    begun = b"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><UploadId>u1</UploadId></R>"
    listed = b"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><IsTruncated>false</IsTruncated></R>"
    sizes: dict[str, int]  # of what came, by its path

    def do_POST(self) -> None:
        self._body()
        self.answer(200, self.begun if self.path.endswith("?uploads") else b"<R><ETag>any</ETag></R>")

    def do_PUT(self) -> None:
        body = self._body()
        path, _, query = self.path.partition("?")
        self.sizes[path] = self.sizes.get(path, 0) + len(body) if query else len(body)
        self.answer(200, ETag=f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"')

    def do_HEAD(self) -> None:
        if self.path.partition("?")[0] in self.sizes:
            self.answer(200, ETag=self.whole, **{"Content-Length": str(self.sizes[self.path])})
        else:
            self.answer(200)

    def do_GET(self) -> None:
        self.answer(200, self.listed)

    def do_DELETE(self) -> None:
        self.answer(204)

    def answer(self, status: int, body: bytes = b"", /, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))


@contextmanager
def a_server(kind: type[Answers], **said: object) -> Iterator[S3Store]:
    """Run a server, and give a store that is there."""
    handler = type("Handler", (kind,), {"sizes": {}, **said})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield S3Store("odd", Bucket(name="files", access_key="k", secret_key="s", endpoint=address, attempts=1))
        server.shutdown()


def body(size: int) -> Iterator[bytes]:
    return (b"x" * MIB for _ in range(size // MIB))


@pytest.fixture
def proxy(rclone_s3: S3Server) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", rclone_s3.port)) as one:
        yield one


def test_a_part_may_take_longer_to_send_than_a_connection_to_come_about(proxy: Proxy, rclone_bucket: TestBucket):
    store = S3Store("far", rclone_bucket.place(endpoint=proxy.url, connect_timeout=1, attempts=1))
    with proxy.suffering(Fault.SLOW, 1.0, "PUT"):
        assert store.write("k1", body(6 * MIB), 6 * MIB) == 6 * MIB

    assert b"".join(store.read("k1")) == b"x" * 6 * MIB


def test_what_came_in_parts_may_have_a_tag_that_does_not_follow_from_the_bytes():
    with a_server(Answers) as store:
        assert store.write("k1", body(PART + MIB), PART + MIB) == PART + MIB


def test_what_came_in_parts_and_is_shorter_was_not_kept():
    class Forgetful(Answers):
        def do_PUT(self) -> None:
            super().do_PUT()
            self.sizes[self.path.partition("?")[0]] = MIB

    with a_server(Forgetful) as store, pytest.raises(StoreUnavailable, match="has not kept what was sent"):
        store.write("k1", body(PART + MIB), PART + MIB)


@pytest.mark.parametrize("garbled", [b"<R><a></b></R>", b"<R>&#0;</R>", b"<html><body>Log in here</p></html>"])
def test_an_answer_that_is_no_xml_is_that_of_a_store_that_fails(garbled):
    with a_server(Answers, listed=garbled, begun=garbled) as store:
        for asking in (
            lambda: list(store.stored()),
            lambda: store.delete("k1"),
            lambda: store.write("k1", body(PART + MIB)),
        ):
            with pytest.raises(StoreUnavailable):
                asking()


def test_an_answer_without_what_every_s3_server_says_is_that_of_a_store_that_fails():
    class NoServerOfS3(Answers):
        begun = b"<html></html>"

        def do_GET(self) -> None:
            self.close_connection = True
            self.answer(200, b"no end is told", **{"Content-Length": "", "Connection": "close"})

        def do_HEAD(self) -> None:
            self.answer(200, **{"Content-Length": ""})

    with a_server(NoServerOfS3) as store:
        for asking, missing in (
            (lambda: store.write("k1", body(PART + MIB)), "UploadId"),
            (lambda: b"".join(store.read("k1")), "ContentLength"),
            (lambda: store.size("k1"), "ContentLength"),
        ):
            with pytest.raises(StoreUnavailable, match=missing):
                asking()


def test_a_list_that_cannot_be_gone_on_with_is_no_whole_list():
    listed = b"<R xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><IsTruncated>true</IsTruncated></R>"  # of version 1
    with a_server(Answers, listed=listed) as store, pytest.raises(StoreUnavailable):
        list(store.stored())


def test_a_server_that_is_another_one_for_a_while_has_not_lost_the_blobs():
    class Elsewhere(Answers):
        def do_GET(self) -> None:
            self.answer(404 if self.path.startswith("/files/k") else 200, b"<html>Not found</html>")

        def do_HEAD(self) -> None:
            self.answer(404)

        def do_DELETE(self) -> None:
            self.answer(404)

    with a_server(Elsewhere) as store:
        for asking in (lambda: store.read("k1"), lambda: store.size("k1"), lambda: store.delete("k1")):
            with pytest.raises(StoreUnavailable, match="404"):
                asking()


@pytest.mark.django_db
def test_a_store_that_is_full_is_named_by_readyz(client, settings):
    class Full(Answers):
        def do_HEAD(self) -> None:
            self.answer(507)

    with a_server(Full) as store:
        settings.CLOUDBOX_STORES, settings.CLOUDBOX_STORE = {"odd": store._bucket.url}, "odd"
        settings.CLOUDBOX_SPOOL = None

        assert "storage" in client.get("/readyz").json()["down"]


@pytest.mark.parametrize("asking", ["stored", "delete", "read", "size", "check", "make", "write", "link"])
def test_a_machine_whose_own_settings_are_wrong_is_told_like_a_store_that_is_away(moto_bucket, monkeypatch, asking):
    monkeypatch.setenv("AWS_PROFILE", "nobody-has-written-it")
    s3._session.cache_clear()
    store = S3Store("s3", moto_bucket.place())
    ask = {
        "stored": lambda: list(store.stored()),
        "delete": lambda: store.delete("k1"),
        "read": lambda: store.read("k1"),
        "size": lambda: store.size("k1"),
        "check": store.check,
        "make": store.make,
        "write": lambda: store.write("k1", [b"x"]),
        "link": lambda: store.link("k1", seconds=60, headers={}),
    }[asking]

    with pytest.raises(StoreUnavailable, match="ProfileNotFound"):
        ask()

    monkeypatch.delenv("AWS_PROFILE")
    store.check()


def test_every_thread_of_a_process_may_read_at_once_over_connections_that_are_kept(moto_bucket, caplog):
    store, threads = S3Store("s3", moto_bucket.place()), settings.CLOUDBOX_THREADS
    store.write("k1", [b"x" * MIB])
    together = threading.Barrier(threads)

    def reading():
        blocks = store.read("k1")
        together.wait()
        assert sum(map(len, blocks)) == MIB

    readers = [threading.Thread(target=reading) for _ in range(threads)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()

    assert caplog.messages == []  # of connections that are thrown away
