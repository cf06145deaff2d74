"""Where files are kept: each of the three stores, one after the other, one that is away, and redirects to it."""

import hashlib
from io import StringIO

import pytest
import requests
from django.core.management import call_command

from activity.models import AuditEntry
from assets import storage
from assets.models import Blob, BlobPart, Upload
from assets.services import content, people
from tests.people import client_for
from tests.s3 import TestBucket

NAME = "Grüße an alle.png"
PICTURE = b"\x89PNG" + b"0123456789" * 10


@pytest.fixture
def stores(settings, tmp_path, moto_bucket):
    """All three stores, and no spool: what is stored goes straight to the primary."""
    settings.CLOUDBOX_STORES = {
        "local": f"local://{tmp_path}/blobs",
        "database": "database:",
        "s3": moto_bucket.url(attempts=1),
    }
    settings.CLOUDBOX_SPOOL = None


@pytest.fixture
def at_s3(settings, stores):
    settings.CLOUDBOX_STORE = "s3"


@pytest.fixture
def redirecting(settings, at_s3):
    settings.CLOUDBOX_S3_REDIRECT = True


def address(file, what="content"):
    return f"/api/v1/store/files/{file.id}/{what}"


@pytest.mark.django_db
@pytest.mark.usefixtures("stores")
def test_a_file_remembers_its_store_so_a_switch_keeps_it_readable(settings, me):
    files = {}
    for name in ("local", "s3", "database"):
        settings.CLOUDBOX_STORE = name
        files[name] = me.file(name, data=name.encode() * 1000)

    assert dict(Blob.objects.values_list("store", "size")) == {name: len(name) * 1000 for name in files}
    for primary in files:
        settings.CLOUDBOX_STORE = primary
        assert {name: me.read(file) for name, file in files.items()} == {name: name.encode() * 1000 for name in files}


@pytest.mark.django_db
@pytest.mark.usefixtures("at_s3")
def test_a_file_at_s3_is_streamed_with_ranges(alice, me):
    file, client = me.file("a.bin", data=PICTURE), client_for(alice)

    whole, part = client.get(address(file)), client.get(address(file), headers={"range": "bytes=4-9"})

    assert (whole.status_code, whole.content) == (200, PICTURE)
    assert (part.status_code, part.content) == (206, PICTURE[4:10])
    assert whole.headers["Repr-Digest"].startswith("sha-256=")


@pytest.mark.django_db
def test_a_store_that_is_away_is_503_and_takes_no_room(settings, alice, me, moto_bucket):
    nobody = TestBucket(moto_bucket.server, moto_bucket.name).url(endpoint="http://127.0.0.1:9", attempts=1)
    settings.CLOUDBOX_SPOOL = None
    settings.CLOUDBOX_STORES = {"s3": moto_bucket.url()}
    settings.CLOUDBOX_STORE = "s3"
    file, client = me.file("a", data=b"data"), client_for(alice)
    settings.CLOUDBOX_STORES = {"s3": nobody}

    read = client.get(address(file))
    stored = client.put("/api/v1/store/folders/files/b", b"new", content_type="text/plain")

    for answer in (read, stored):
        assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["detail"] == "The store s3 does not answer: EndpointConnectionError."
    assert me.space() == (4, 0)
    assert not Upload.objects.exists()


# Redirects


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
@pytest.mark.parametrize(("what", "kind"), [("content", "attachment"), ("view", "inline")])
def test_a_download_is_redirected_to_the_bucket_which_answers_as_we_do(alice, me, what, kind):
    file, client = me.file(NAME, data=PICTURE), client_for(alice)

    answer = client.get(address(file, what))
    there = requests.get(answer.headers["Location"], timeout=10)

    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert hashlib.sha256(there.content).hexdigest() == file.sha256
    assert there.headers["Content-Type"] == "image/png"
    assert there.headers["Content-Disposition"] == (
        f"{kind}; filename=\"Gr__e an alle.png\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20an%20alle.png"
    )
    assert there.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
def test_a_range_is_redirected_and_one_outside_is_refused_here(alice, me):
    file, client = me.file("a", data=PICTURE), client_for(alice)
    asked = {"range": "bytes=4-9"}

    there = requests.get(client.get(address(file), headers=asked).headers["Location"], headers=asked, timeout=10)

    assert (there.status_code, there.content) == (206, PICTURE[4:10])
    assert client.get(address(file), headers={"range": "bytes=999-"}).status_code == 416


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
def test_what_the_bucket_would_judge_otherwise_is_answered_here(alice, me):
    file, client = me.file("a", data=PICTURE), client_for(alice)
    etag = client.head(address(file)).headers["ETag"]

    assert client.head(address(file)).status_code == 200
    assert client.get(address(file), headers={"if-match": etag}).status_code == 200
    assert client.get(address(file), headers={"if-none-match": etag}).status_code == 304
    long_ago = "Sat, 01 Jan 2000 00:00:00 GMT"  # the bytes of a version may be older than it is
    assert client.get(address(file), headers={"if-modified-since": long_ago}).status_code == 200
    assert client.get(address(file), headers={"if-range": etag, "range": "bytes=4-9"}).status_code == 206
    for ignored in ("bytes=0-1,4-9", "bytes=9-4", "lines=1-2"):
        assert client.get(address(file), headers={"range": ignored}).content == PICTURE


@pytest.mark.django_db
@pytest.mark.usefixtures("stores")
def test_who_reads_from_another_machine_is_known_to_wait_for_it(settings, me):
    far = {}
    for settings.CLOUDBOX_STORE in ("local", "database", "s3"):
        opened = content.open_file(by=me.caller, file_id=me.file(settings.CLOUDBOX_STORE).id)
        far[settings.CLOUDBOX_STORE] = opened.remote

    assert far == {"local": False, "database": False, "s3": True}


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
def test_what_has_no_address_of_its_own_is_streamed(settings, alice, me):
    settings.CLOUDBOX_STORE = "local"
    near = me.file("near", data=PICTURE)
    settings.CLOUDBOX_STORE = "s3"
    far = me.file("far", data=PICTURE)
    part = Blob.objects.get(store="s3")
    whole = Blob.objects.create(kind="composite", store="s3", size=part.size)
    BlobPart.objects.create(blob=whole, position=0, start=0, part=part)
    part.versions.update(blob=whole)

    assert client_for(alice).get(address(near)).content == PICTURE
    assert b"".join(client_for(alice).get(address(far))) == PICTURE


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
def test_a_download_that_is_redirected_is_recorded(bob, me):
    file = me.file("a", data=PICTURE)
    people.set_any_one_access(by=me.caller, asset_id=file.id, access="viewer")

    assert client_for(bob).get(address(file)).status_code == 302
    assert AuditEntry.objects.filter(verb="file_downloaded").count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("at_s3")
def test_nothing_is_redirected_unless_a_setting_says_so(alice, me):
    assert client_for(alice).get(address(me.file("a", data=PICTURE))).status_code == 200


# The places


def test_the_bucket_is_made_at_the_start(settings, tmp_path, moto_bucket):
    fresh = TestBucket(moto_bucket.server, f"{moto_bucket.name}-new")
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs", "s3": fresh.url()}
    said = StringIO()

    call_command("make_stores", stdout=said)

    assert said.getvalue() == "Every store can be used: local, s3, spool.\n"
    assert fresh.objects() == {}
    assert (tmp_path / "blobs").is_dir()


def test_a_bucket_that_may_not_be_used_is_told_with_the_reason_and_the_others_are_made(
    settings, tmp_path, rclone_bucket
):
    settings.CLOUDBOX_STORE = "s3"
    settings.CLOUDBOX_STORES = {
        "s3": rclone_bucket.url(secret_key="another-one", attempts=1),
        "local": f"local://{tmp_path}/blobs",
    }
    said = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("make_stores", stdout=said)

    assert ended.value.code == 1
    assert said.getvalue() == (
        "The store s3 cannot be used just now. The store s3 answers 403 SignatureDoesNotMatch: "
        "the secret key is wrong. New files wait in the spool.\n"
    )
    assert "another-one" not in said.getvalue()
    assert (tmp_path / "blobs").is_dir()


def test_only_files_of_the_local_store_are_for_nginx(settings, tmp_path, moto_bucket):
    settings.CLOUDBOX_STORES = {
        "local": f"local://{tmp_path}/blobs",
        "second": f"local://{tmp_path}/second",
        "database": "database:",
        "s3": moto_bucket.url(),
    }

    places = {store.name: store.place("0" * 32) for store in storage.stores()}

    assert {name for name, place in places.items() if place} == {"local"}


@pytest.mark.django_db
@pytest.mark.usefixtures("redirecting")
@pytest.mark.parametrize("wanted", ["image", "video", "iframe", "empty"])
def test_what_a_page_shows_comes_from_us_for_it_may_show_nothing_else(alice, me, wanted):
    file, client = me.file("a.png", data=PICTURE), client_for(alice)

    assert client.get(address(file, "view"), headers={"sec-fetch-dest": wanted}).content == PICTURE
    assert client.get(address(file, "view"), headers={"sec-fetch-dest": "document"}).status_code == 302
