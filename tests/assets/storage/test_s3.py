"""The S3 store, against real servers, and through a proxy that does what networks do."""

import gzip
import os
import threading
import tracemalloc
from collections.abc import Iterator

import pytest
import requests

from assets.storage.parts import SMALLEST as PART
from assets.storage.s3 import S3Store
from cloudbox.errors import StoreUnavailable
from cloudbox.stores import Bucket
from tests.assets.storage.contract import StoreContract
from tests.faults.proxy import Fault, Proxy
from tests.s3 import ACCESS_KEY, SECRET_KEY, RcloneS3, S3Server, TestBucket

MIB = 2**20
LARGE = os.urandom(PART + 3 * MIB)  # two parts


def chunks(body: bytes = LARGE) -> Iterator[bytes]:
    return (body[at : at + MIB] for at in range(0, len(body), MIB))


class TestRclone(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, rclone_bucket):
        self.store = S3Store("s3", rclone_bucket.place())


class TestMoto(StoreContract):
    @pytest.fixture(autouse=True)
    def _store(self, moto_bucket):
        self.store = S3Store("s3", moto_bucket.place(prefix="blobs/", checksums="when_supported"))


@pytest.fixture
def proxy(rclone_s3: S3Server) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", rclone_s3.port)) as one:
        yield one


@pytest.fixture
def far(proxy: Proxy, rclone_bucket: TestBucket) -> S3Store:
    """A store behind the proxy."""
    return S3Store("far", rclone_bucket.place(endpoint=proxy.url, read_timeout=2))


@pytest.fixture
def near(moto_bucket: TestBucket) -> S3Store:
    """A store at a server that knows all of the protocol."""
    return S3Store("near", moto_bucket.place())


def test_a_body_within_a_part_is_one_request(proxy, far):
    far.write("k1", [LARGE[:PART]])

    assert dict(proxy.passed) == {"PUT": 1}


@pytest.mark.parametrize("known", [True, False])
def test_a_larger_body_is_sent_in_parts(near, moto_bucket, known):
    assert near.write("k1", chunks(), len(LARGE) if known else None) == len(LARGE)

    head = moto_bucket.server.client.head_object(Bucket=moto_bucket.name, Key="k1")
    assert head["ETag"].endswith('-2"')
    assert b"".join(near.read("k1")) == LARGE
    assert b"".join(near.read("k1", PART - 5, PART + 5)) == LARGE[PART - 5 : PART + 5]


def test_a_large_body_takes_one_part_of_memory(near):
    near.check()  # so that the client is not measured
    tracemalloc.start()
    try:
        near.write("k1", (b"x" * MIB for _ in range(24)), 24 * MIB)
        assert sum(map(len, near.read("k1"))) == 24 * MIB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 2 * PART


def test_what_is_sent_is_stored_as_it_is(near, moto_bucket):
    archive = gzip.compress(b"text " * 1000)
    near.write("k1", [archive])

    head = moto_bucket.server.client.head_object(Bucket=moto_bucket.name, Key="k1")
    assert "ContentEncoding" not in head
    assert b"".join(near.read("k1")) == archive


def test_the_storage_class_is_a_setting(moto_bucket):
    S3Store("cold", moto_bucket.place(storage_class="STANDARD_IA")).write("k1", [b"cold"])

    head = moto_bucket.server.client.head_object(Bucket=moto_bucket.name, Key="k1")
    assert head["StorageClass"] == "STANDARD_IA"


# What goes wrong on the way up


@pytest.mark.parametrize("body", [LARGE[:MIB], LARGE], ids=["one request", "parts"])
def test_bytes_that_are_altered_on_the_way_are_refused(proxy, far, body):
    with proxy.suffering(Fault.SPOILT_UP, 1.0, "PUT"), pytest.raises(StoreUnavailable):
        far.write("k1", chunks(body))

    assert list(far.stored()) == []


def test_bytes_that_the_server_altered_itself_are_noticed_by_their_tag(moto_s3, moto_bucket):
    with Proxy(("127.0.0.1", moto_s3.port)) as proxy, proxy.suffering(Fault.SPOILT_UP, 1.0, "PUT"):
        store = S3Store("near", moto_bucket.place(endpoint=proxy.url))
        with pytest.raises(StoreUnavailable):
            store.write("k1", [LARGE[:MIB]])


def test_a_third_of_all_requests_that_fail_is_got_over(proxy, rclone_bucket):
    store = S3Store("far", rclone_bucket.place(endpoint=proxy.url, attempts=8))
    with proxy.suffering(Fault.ERROR, 0.3):
        assert store.write("k1", chunks()) == len(LARGE)
        assert b"".join(store.read("k1")) == LARGE

    assert proxy.counts[Fault.ERROR] > 0


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.ERROR])
def test_the_end_of_an_upload_counts_once_it_is_there_whatever_was_answered(proxy, far, fault):
    broken = proxy.suffering(fault, 1.0, "POST")

    def body():
        yield from chunks()
        broken.__enter__()

    try:
        if fault is Fault.LOST:
            assert far.write("k1", body(), len(LARGE)) == len(LARGE)
        else:
            with pytest.raises(StoreUnavailable):
                far.write("k1", body(), len(LARGE))
    finally:
        broken.__exit__(None, None, None)

    assert [row.size for row in far.stored()] == ([len(LARGE)] if fault is Fault.LOST else [])


def test_a_write_that_fails_leaves_no_parts(near):
    def breaking():
        yield from chunks()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        near.write("k1", breaking(), len(LARGE))

    assert list(near.stored()) == []


def test_an_unfinished_write_is_listed_and_deleted_by_its_key(near, moto_bucket):
    elsewhere = S3Store("near", moto_bucket.place())  # another process knows as little of the writer
    listed: list[str] = []

    def body():
        yield from chunks()
        listed.extend(row.key for row in elsewhere.stored())
        elsewhere.delete("k1")
        yield LARGE

    with pytest.raises(OSError):  # noqa: PT011  moto answers 500 where S3 says that there is no such upload
        near.write("k1", body())

    assert listed == ["k1"]
    assert list(near.stored()) == []


@pytest.mark.parametrize("more", [PART, 1], ids=["at the next part", "at the end"])
def test_a_writer_whose_upload_another_process_has_ended_is_told(rclone_bucket, more):
    store, begun = S3Store("s3", rclone_bucket.place()), []
    after = "after-call.s3.CreateMultipartUpload"
    store._client().meta.events.register(after, lambda parsed, **_: begun.append(parsed["UploadId"]))

    def body():
        yield LARGE[:PART]
        yield LARGE[PART:]
        upload = {"Bucket": rclone_bucket.name, "Key": "k1", "UploadId": begun[0]}
        rclone_bucket.server.client.abort_multipart_upload(**upload)
        yield LARGE[:more]

    with pytest.raises(FileNotFoundError):
        store.write("k1", body())

    assert list(store.stored()) == []


def test_deleting_a_key_leaves_an_unfinished_write_of_another_that_begins_like_it(near):
    def body():
        yield from chunks()
        near.delete("k1")
        yield b"end"

    assert near.write("k12", body()) == len(LARGE) + 3


# What goes wrong on the way down


def test_a_body_that_breaks_off_is_read_on_from_there(proxy, far):
    body = LARGE[: 3 * MIB]
    far.write("k1", [body])

    with proxy.suffering(Fault.CUT, 0.6, "GET"):
        assert b"".join(far.read("k1", 100, len(body) - 100)) == body[100:-100]
    assert proxy.counts[Fault.CUT] > 0


def test_a_body_that_breaks_off_each_time_is_told_and_never_just_ends(proxy, far, monkeypatch):
    monkeypatch.setattr("assets.storage.s3.PAUSE", 0)
    far.write("k1", [LARGE[:MIB]])

    with proxy.suffering(Fault.CUT, 1.0, "GET"):
        blocks = far.read("k1")
        with pytest.raises(StoreUnavailable):
            list(blocks)


def test_a_body_is_not_read_on_from_other_bytes(moto_s3, moto_bucket):
    with Proxy(("127.0.0.1", moto_s3.port)) as proxy:
        store = S3Store("near", moto_bucket.place(endpoint=proxy.url))
        store.write("k1", [LARGE[:MIB]])
        with proxy.suffering(Fault.CUT, 1.0, "GET"):
            blocks = store.read("k1")
            next(blocks)
        moto_bucket.server.client.put_object(Bucket=moto_bucket.name, Key="k1", Body=LARGE[MIB : 2 * MIB])

        with pytest.raises(StoreUnavailable, match="412"):
            list(blocks)


def test_a_reader_that_stops_leaves_nothing_for_the_next(far):
    far.write("k1", [LARGE[: 3 * MIB]])

    for _ in range(3):
        blocks = far.read("k1")
        next(blocks)
        blocks.close()

    assert b"".join(far.read("k1")) == LARGE[: 3 * MIB]


# Who is asked, and what it may say


def test_all_of_many_objects_are_listed(rclone_s3, rclone_bucket):
    folder = rclone_s3.directory / "objects" / rclone_bucket.name
    keys = {f"{n:032x}" for n in range(1100)}
    for key in keys:
        (folder / key).write_bytes(b"x")

    assert {row.key for row in S3Store("s3", rclone_bucket.place()).stored()} == keys


def test_stores_in_one_bucket_keep_to_their_prefix(moto_bucket):
    outer, inner = S3Store("outer", moto_bucket.place()), S3Store("inner", moto_bucket.place(prefix="inner/"))
    outer.write("k1", [b"outer"])
    inner.write("k1", [b"inner"])

    assert [(row.key, row.size) for row in outer.stored()] == [("k1", 5)]
    inner.delete("k1")

    assert b"".join(outer.read("k1")) == b"outer"
    assert moto_bucket.objects() == {"k1": 5}


def test_a_link_is_answered_with_the_headers_that_it_was_given(near):
    near.write("k1", [b"0123456789"])
    headers = {
        "Content-Type": "image/png",
        "Content-Disposition": "attachment; filename*=UTF-8''%C3%A4.png",
        "Cache-Control": "private, no-cache",
    }

    whole = requests.get(near.link("k1", seconds=60, headers=headers), timeout=10)
    part = requests.get(near.link("k1", seconds=60, headers={}), headers={"Range": "bytes=2-4"}, timeout=10)

    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert {name: whole.headers[name] for name in headers} == headers
    assert (part.status_code, part.content) == (206, b"234")


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ({"endpoint": "https://s3.example.org/v1"}, "https://s3.example.org/v1/files/pre/k1?"),
        ({"endpoint": "https://s3.example.org", "addressing": "virtual"}, "https://files.s3.example.org/pre/k1?"),
        ({"region": "eu-central-1"}, "https://s3.eu-central-1.amazonaws.com/files/pre/k1?"),
        ({"region": "eu-central-1", "addressing": "auto"}, "https://files.s3.eu-central-1.amazonaws.com/pre/k1?"),
        ({"endpoint": "https://s3.example.org", "addressing": "auto"}, "https://s3.example.org/files/pre/k1?"),
    ],
)
def test_endpoint_region_and_addressing_say_where_a_bucket_is(told, address):
    store = S3Store("s3", Bucket(name="files", prefix="pre/", access_key="key", secret_key="hunter2", **told))

    link = store.link("k1", seconds=60, headers={})

    assert link.startswith(address)
    assert f"%2F{told.get('region', 'us-east-1')}%2Fs3%2Faws4_request" in link
    assert "hunter2" not in link


def test_a_bucket_that_is_missing_is_told_and_made(moto_bucket):
    nowhere = TestBucket(moto_bucket.server, f"{moto_bucket.name}-new")
    store = S3Store("s3", nowhere.place(region="eu-central-1"))
    for asking in (store.check, lambda: store.size("k1"), lambda: store.read("k1"), lambda: list(store.stored())):
        with pytest.raises(StoreUnavailable, match="it has no such bucket"):
            asking()

    store.make()
    store.make()

    store.check()
    assert store.write("k1", [b"there"]) == 5


def test_a_wrong_key_is_told_without_the_right_one_or_the_place(rclone_bucket):
    store = S3Store("s3", rclone_bucket.place(secret_key="hunter2-hunter2"))
    for asking in (store.check, store.make, lambda: store.write("k1", [b"x"]), lambda: store.read("k1")):
        with pytest.raises(StoreUnavailable) as refused:
            asking()

        assert "403" in str(refused.value)
        for hidden in ("hunter2", SECRET_KEY, rclone_bucket.server.endpoint, rclone_bucket.name):
            assert hidden not in str(refused.value)


def test_no_key_at_all_is_told(rclone_bucket, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # a machine with a role would have one
    store = S3Store("s3", rclone_bucket.place(access_key="", secret_key=""))

    with pytest.raises(StoreUnavailable, match="nothing gives an access key for it"):
        store.check()

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    store.check()  # as on a machine whose role comes a little later


def test_a_server_that_is_away_is_told_and_nothing_is_lost(tmp_path):
    server = RcloneS3(tmp_path)
    server.start()
    try:
        bucket = server.make_bucket()
        store = S3Store("s3", bucket.place(attempts=1))
        store.write("k1", [b"kept"])
        server.kill()
        for asking in (
            store.check,
            lambda: store.write("k2", [b"x"]),
            lambda: store.read("k1"),
            lambda: store.delete("k1"),
        ):
            with pytest.raises(StoreUnavailable, match="does not answer"):
                asking()

        server.start()

        assert b"".join(store.read("k1")) == b"kept"
    finally:
        server.kill()


def test_a_server_that_hangs_is_given_up(proxy, far, monkeypatch):
    monkeypatch.setattr("assets.storage.s3.QUICK", 0.5)
    with proxy.suffering(Fault.SILENT), pytest.raises(StoreUnavailable, match="ReadTimeoutError"):
        far.check()


def test_threads_share_one_client(near):
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(near._client())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, seen))) == 1
