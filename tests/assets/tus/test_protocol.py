"""What the tus protocol 1.0.0 says, its core and each extension, at the door."""

import base64
import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.quotas import usage_of
from assets.models import Upload
from tests.assets.conftest import nothing_is_left
from tests.assets.tus.conftest import BYTES, UPLOADS, VERSION, metadata
from tests.people import client_for

pytestmark = pytest.mark.django_db


def checksum(algorithm: str, data: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


# The core


def test_anyone_learns_what_the_server_can_do():
    answer = Client().options(UPLOADS, headers={"Authorization": "Bearer nonsense"})

    assert answer.status_code == 204
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {
        *("creation", "creation-with-upload", "creation-defer-length"),
        *("termination", "expiration", "checksum", "concatenation"),
    }
    assert {"sha1", "md5", "sha256"} <= set(answer["Tus-Checksum-Algorithm"].split(","))
    assert int(answer["Tus-Max-Size"]) == 5 * 2**40


def test_an_upload_goes_on_where_it_ended_and_becomes_a_file_with_its_last_byte(tus):
    where = tus.begin(10, filename="film.mp4")
    assert tus.offset(where) == 0

    first = tus.patch(where, 0, b"01234")
    second = tus.patch(where, 5, b"56789")

    assert (first.status_code, first["Upload-Offset"]) == (204, "5")
    assert "X-CloudBox-File" not in first
    assert (second.status_code, second["Upload-Offset"]) == (204, "10")
    assert tus.content(second["X-CloudBox-File"]) == b"0123456789"
    assert tus.file(second["X-CloudBox-File"])["content_type"] == "video/mp4"


def test_a_finished_upload_still_tells_its_length_its_metadata_and_its_file(tus):
    where = tus.begin(4, filename="Möwe 🦦.bin", note="of mine")
    file_id = tus.patch(where, 0, b"data")["X-CloudBox-File"]

    answer = tus.head(where)

    assert (answer["Upload-Offset"], answer["Upload-Length"], answer["X-CloudBox-File"]) == ("4", "4", file_id)
    assert answer["Upload-Metadata"] == metadata(filename="Möwe 🦦.bin", note="of mine")
    assert "Upload-Expires" not in answer
    assert tus.file(file_id)["name"] == "Möwe 🦦.bin"
    assert tus.client.get(where).json()["file"] == file_id


def test_an_answer_about_an_upload_is_kept_by_no_cache_and_names_the_version(tus):
    where = tus.begin(4)

    for answer in (tus.head(where), tus.patch(where, 9), tus.patch(where, 0, b"da"), tus.patch(where, 2, b"ta")):
        assert (answer["Cache-Control"], answer["Tus-Resumable"]) == ("no-store", "1.0.0")


def test_another_version_is_refused_and_told_which_one_it_is(tus):
    where = tus.begin(4)

    for version in ({}, {"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": "nonsense"}):
        for method in ("post", "head", "patch", "delete"):
            headers = {"Upload-Offset": "0"} | version
            answer = getattr(tus.client, method)(UPLOADS if method == "post" else where, headers=headers)
            assert (answer.status_code, answer["Tus-Version"]) == (412, "1.0.0")
    assert tus.offset(where) == 0


def test_bytes_that_do_not_go_on_where_it_ended_are_refused(tus):
    where = tus.begin(10)
    tus.patch(where, 0, b"01234")

    for offset in (0, 4, 6, 10, 10**17):
        answer = tus.patch(where, offset, b"x")
        assert (answer.status_code, answer.json()["code"], answer.json()["offset"]) == (409, "offset_mismatch", 5)
    assert tus.offset(where) == 5


def test_an_offset_that_is_none_is_refused_by_name(tus):
    where = tus.begin(10)

    for offset in (None, "", "-1", "1e3", "٣", "9" * 30, "0x0"):
        headers = VERSION if offset is None else VERSION | {"Upload-Offset": offset}
        answer = tus.client.patch(where, b"x", BYTES, headers=headers)
        assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Offset")


def test_bytes_of_another_type_are_refused(tus):
    where = tus.begin(10)

    for kind in ("application/octet-stream", "text/plain", ""):
        patched = tus.client.patch(where, b"x", kind, headers=VERSION | {"Upload-Offset": "0"})
        headers = VERSION | {"Upload-Length": "1", "Upload-Metadata": metadata(filename="a")}
        begun = tus.client.post(UPLOADS, b"x", kind, headers=headers)
        assert (patched.status_code, patched.json()["code"]) == (415, "unsupported_media_type")
        assert begun.status_code == 415


def test_more_bytes_than_announced_are_refused(tus):
    where = tus.begin(4)

    assert tus.patch(where, 0, b"12345").json()["code"] == "length_mismatch"
    assert tus.offset(where) == 0


def test_an_upload_that_never_was_is_not_found_and_has_no_offset(tus):
    where = f"{UPLOADS}00000000-0000-7000-8000-000000000000"

    for answer in (tus.head(where), tus.patch(where, 0, b"x"), tus.delete(where)):
        assert answer.status_code == 404
        assert "Upload-Offset" not in answer


# Creation


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_location_is_below_the_address_that_was_asked(tus, slash):
    headers = VERSION | {"Upload-Length": "4", "Upload-Metadata": metadata(filename="a")}

    answer = tus.client.post(UPLOADS.rstrip("/") + slash, b"", BYTES, headers=headers)

    assert answer["Location"].startswith(UPLOADS)
    assert (answer.content, tus.offset(answer["Location"] + slash)) == (b"", 0)


def test_an_empty_file_is_there_at_once(tus, me):
    answer = tus.post(0, filename="empty")

    assert (answer.status_code, answer["Upload-Offset"]) == (201, "0")
    assert tus.file(answer["X-CloudBox-File"])["size"] == 0
    assert tus.head(answer["Location"])["X-CloudBox-File"] == answer["X-CloudBox-File"]
    assert me.space() == (0, 0)


CANNOT_BEGIN = [
    ({}, "Upload-Length"),
    ({"Upload-Length": "4", "Upload-Defer-Length": "1"}, "Upload-Length"),
    ({"Upload-Length": "-4"}, "Upload-Length"),
    ({"Upload-Length": "four"}, "Upload-Length"),
    ({"Upload-Defer-Length": "2"}, "Upload-Defer-Length"),
    ({"Upload-Length": "4", "Upload-Metadata": "filename YQ==,filename YQ=="}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "filename YQ"}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "filename /w=="}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "file\tname YQ=="}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "note YQ=="}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "filename"}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": "filename YQ==," + "x" * 9000}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Metadata": metadata(filename="a/b")}, "name"),
    ({"Upload-Length": "4", "Upload-Metadata": metadata(filename="a\0b")}, "name"),
    ({"Upload-Length": "4", "Upload-Metadata": metadata(filename="a", folder="nowhere")}, "folder"),
    ({"Upload-Length": "4", "Upload-Metadata": metadata(filename="a", on_conflict="ask")}, "on_conflict"),
    ({"Upload-Length": "4", "Upload-Metadata": metadata(filename="a", sha256="ab")}, "Upload-Metadata"),
    ({"Upload-Length": "4", "Upload-Concat": "nonsense"}, "Upload-Concat"),
    ({"Upload-Length": "4", "Repr-Digest": "nonsense"}, "Repr-Digest"),
]


def test_what_cannot_begin_is_refused_by_name_and_leaves_nothing(tus, alice, store):
    for headers, field in CANNOT_BEGIN:
        told = VERSION | {"Upload-Metadata": metadata(filename="a")} | headers
        answer = tus.client.post(UPLOADS, b"", BYTES, headers=told)
        assert (headers, answer.status_code, answer.json()["field"]) == (headers, 400, field)
    assert nothing_is_left(store, alice)


def test_a_parameter_that_there_is_not_is_refused_by_name(tus):
    assert tus.post(4, filename="a", query="?colour=red").json()["field"] == "colour"


def test_metadata_without_a_value_is_given_back(tus):
    headers = VERSION | {"Upload-Length": "4", "Upload-Metadata": "filename YQ==,is_confidential"}

    answer = tus.client.post(UPLOADS, b"", BYTES, headers=headers)

    assert tus.head(answer["Location"])["Upload-Metadata"] == "filename YQ==,is_confidential"


def test_the_names_that_uppy_gives_are_understood(tus):
    answer = tus.post(0, name="photo", type="image/png", relativePath="null")

    file = tus.file(answer["X-CloudBox-File"])
    assert (file["name"], file["content_type"]) == ("photo", "image/png")


def test_an_upload_too_large_for_anyone_is_refused(tus):
    answer = tus.post(5 * 2**40 + 1, filename="a")

    assert (answer.status_code, answer.json()["code"], answer.json()["limit"]) == (413, "body_too_large", 5 * 2**40)


# Creation with upload


def test_the_first_bytes_may_come_with_the_beginning(tus):
    answer = tus.post(10, b"0123", filename="film")

    assert (answer.status_code, answer["Upload-Offset"]) == (201, "4")
    finished = tus.patch(answer["Location"], 4, b"456789")
    assert tus.content(finished["X-CloudBox-File"]) == b"0123456789"


def test_all_bytes_may_come_with_the_beginning(tus):
    answer = tus.post(4, b"data", filename="film")

    assert (answer["Upload-Offset"], tus.content(answer["X-CloudBox-File"])) == ("4", b"data")


def test_first_bytes_that_are_refused_leave_nothing(tus, alice, store):
    wrong = tus.post(4, b"data", filename="film", Upload_Checksum=checksum("sha1", b"DATA"))
    long = tus.post(3, b"data", filename="film")

    assert (wrong.status_code, long.status_code) == (460, 400)
    assert nothing_is_left(store, alice)


# Deferred length


def test_a_length_may_be_told_later(tus, me):
    where = tus.begin(Upload_Defer_Length="1")
    assert (tus.head(where)["Upload-Defer-Length"], "Upload-Length" in tus.head(where)) == ("1", False)
    tus.patch(where, 0, b"0123")

    finished = tus.patch(where, 4, b"4567", Upload_Length="8")

    assert tus.content(finished["X-CloudBox-File"]) == b"01234567"
    assert me.space() == (8, 0)


def test_a_length_that_was_told_is_not_changed(tus):
    where = tus.begin(Upload_Defer_Length="1")
    tus.patch(where, 0, b"01", Upload_Length="8")

    assert tus.patch(where, 2, b"2", Upload_Length="9").status_code == 409
    assert tus.patch(where, 2, b"2", Upload_Length="8").status_code == 204
    assert tus.head(where)["Upload-Length"] == "8"


def test_a_length_that_comes_with_bytes_for_elsewhere_is_not_taken(tus):
    where = tus.begin(Upload_Defer_Length="1")

    assert tus.patch(where, 3, b"01", Upload_Length="8").status_code == 409
    assert "Upload-Length" not in tus.head(where)


def test_a_length_below_what_has_come_is_refused(tus):
    where = tus.begin(Upload_Defer_Length="1")
    tus.patch(where, 0, b"0123")

    assert tus.patch(where, 4, b"", Upload_Length="3").json()["code"] == "length_mismatch"


# Expiration


def test_each_answer_tells_until_when_the_upload_lives(tus):
    where = tus.begin(4)

    for answer in (tus.head(where), tus.patch(where, 0, b"da"), tus.post(4, filename="b")):
        left = parsedate_to_datetime(answer["Upload-Expires"]) - timezone.now()
        assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


# Checksum


def test_bytes_that_match_their_checksum_are_taken(tus):
    where = tus.begin(80)

    for number, algorithm in enumerate(("sha1", "md5", "sha256", "sha512")):
        assert tus.patch(where, 4 * number, b"data", Upload_Checksum=checksum(algorithm, b"data")).status_code == 204
    assert tus.offset(where) == 16


def test_bytes_that_do_not_match_their_checksum_are_not_kept(tus, me):
    where = tus.begin(8)

    answer = tus.patch(where, 0, b"data", Upload_Checksum=checksum("sha1", b"DATA"))

    assert (answer.status_code, answer.json()["code"], answer.json()["algorithm"]) == (460, "checksum_mismatch", "sha1")
    assert (tus.offset(where), me.space()) == (0, (0, 8))


def test_a_checksum_that_is_none_is_refused_by_name(tus):
    where = tus.begin(8)

    for value in ("crc32 AAAAAA==", "sha1", "sha1 AAAA", "sha1 %%%", "sha1=AAAA", "SHA1 AAAA"):
        answer = tus.patch(where, 0, b"data", Upload_Checksum=value)
        assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Checksum")


def test_two_digests_that_contradict_each_other_are_refused(tus):
    where = tus.begin(8)
    other = f"sha-256=:{base64.b64encode(hashlib.sha256(b'DATA').digest()).decode()}:"

    answer = tus.patch(where, 0, b"data", Upload_Checksum=checksum("sha256", b"data"), Content_Digest=other)

    assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Checksum")


# Termination


def test_an_upload_that_is_given_up_is_gone_and_its_room_free(tus, alice, store):
    where = tus.begin(8)
    tus.patch(where, 0, b"data")

    assert tus.delete(where).status_code == 204
    assert tus.head(where).status_code == 404
    assert not Upload.objects.exists()
    space = usage_of(alice.id)
    assert (space.used, space.reserved) == (0, 0)


def test_what_is_finished_is_not_given_up(tus):
    answer = tus.post(4, b"data", filename="film")

    assert tus.delete(answer["Location"]).status_code == 404
    assert tus.content(answer["X-CloudBox-File"]) == b"data"


# Other methods


def test_a_post_may_be_a_patch_or_a_delete(tus):
    where = tus.begin(8)
    headers = VERSION | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}

    assert tus.client.post(where, b"data", BYTES, headers=headers)["Upload-Offset"] == "4"
    headers["X-HTTP-Method-Override"] = "DELETE"
    assert tus.client.post(where, headers=headers).status_code == 204
    assert tus.head(where).status_code == 404


def test_nothing_else_may_say_to_be_another_method(tus):
    where = tus.begin(8)

    for method, override in (("post", "PUT"), ("post", ""), ("get", "DELETE"), ("head", "DELETE"), ("delete", "PATCH")):
        answer = getattr(tus.client, method)(where, headers=VERSION | {"X-HTTP-Method-Override": override})
        assert answer.status_code == 400
    assert tus.offset(where) == 0


def test_a_beginning_is_no_other_method(tus):
    assert tus.post(4, filename="a", X_HTTP_Method_Override="PATCH").json()["field"] == "X-HTTP-Method-Override"


def test_other_methods_are_not_taken(tus):
    assert tus.client.put(tus.begin(4)).status_code == 405


def test_a_session_without_its_token_begins_nothing(alice, store):
    signed_in = Client(enforce_csrf_checks=True)
    signed_in.force_login(alice)

    answer = signed_in.post(
        UPLOADS, headers=VERSION | {"Upload-Length": "4", "Upload-Metadata": metadata(filename="a")}
    )

    assert answer.status_code in {401, 403}
    assert not Upload.objects.exists()


def test_pages_of_a_site_that_is_named_may_upload(alice, store, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    client, site = client_for(alice), {"Origin": "https://app.example.org"}
    asked = "authorization,content-type,tus-resumable,upload-checksum,upload-concat,upload-defer-length,upload-length"
    asked += ",upload-metadata,upload-offset,x-http-method-override"
    preflight = site | {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": asked}

    for address in (UPLOADS, f"{UPLOADS}00000000-0000-7000-8000-000000000000"):
        allowed = Client().options(address, headers=preflight)
        assert allowed.status_code == 200
        assert set(asked.split(",")) <= set(allowed["Access-Control-Allow-Headers"].split(", "))
        assert {"PATCH", "DELETE", "POST"} <= set(allowed["Access-Control-Allow-Methods"].split(", "))
    headers = VERSION | site | {"Upload-Length": "4", "Upload-Metadata": metadata(filename="a")}
    begun = client.post(UPLOADS, b"", BYTES, headers=headers)
    exposed = set(begun["Access-Control-Expose-Headers"].split(", "))
    assert {"location", "upload-offset", "upload-length", "upload-expires", "x-cloudbox-file"} <= exposed
    assert {"tus-resumable", "tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm"} <= exposed
    assert {"upload-metadata", "upload-concat", "upload-defer-length", "etag", "repr-digest"} <= exposed
