"""Files and what they contain: versions, conditions, types and who reads them."""

import hashlib

import pytest

from activity.models import AuditEntry
from assets.blobs import place_of
from assets.digests import BlockChecksums
from assets.models import Asset, Blob, BlobPart, Version
from assets.placing import OnConflict
from assets.services import content, people, versions
from assets.services.content import Body
from cloudbox.errors import (
    AccessDenied,
    NameTaken,
    NotFound,
    PreconditionFailed,
)
from cloudbox.ranges import Conditions
from tests.assets.conftest import put


def test_what_was_stored_is_what_is_read(store, me):
    file = me.file("notes.txt", data=b"hello world")

    assert me.read(file) == b"hello world"
    assert (file.size, file.sha256) == (11, hashlib.sha256(b"hello world").hexdigest())
    assert (file.version, file.content_type) == (1, "text/plain")


def test_an_empty_file_is_a_file(store, me):
    assert me.read(me.file("empty", data=b"")) == b""


@pytest.mark.parametrize("data", [b"", b"hello", b"x" * (2**20 + 1)])
def test_what_was_stored_has_a_checksum_for_each_mebibyte(store, me, data):
    me.file("a", data=data)

    checksums = BlockChecksums()
    checksums.update(data)
    assert Blob.objects.get().crcs == checksums.value()


def test_a_name_taken_is_told_before_the_first_byte_is_read(store, me):
    me.file("a")

    with pytest.raises(NameTaken):
        put(me, "a", iter([]), size=1)


def test_only_new_means_only_new(store, me):
    me.file("a")

    with pytest.raises(PreconditionFailed):
        put(me, "a", [b"x"], conditions=Conditions(if_none_match="*"))


def test_a_file_does_not_replace_a_folder(store, me):
    me.folder("a")

    with pytest.raises(NameTaken):
        put(me, "a", [b"x"], on_conflict=OnConflict.REPLACE)


def test_replacing_makes_a_version_and_both_are_charged(store, me, alice):
    file = me.file("a", data=b"first")

    again = content.replace_content(by=me.caller, file_id=file.id, body=Body([b"second!"]))

    assert (again.id, again.version, me.read(file)) == (file.id, 2, b"second!")
    assert (me.read(file, seq=1), me.space()) == (b"first", (12, 0))
    found = versions.versions_of(by=me.caller, file_id=file.id).items
    assert [(version.seq, version.size, version.is_current) for version in found] == [(2, 7, True), (1, 5, False)]


def test_versions_come_in_pages(store, me, django_assert_num_queries):
    for number in range(5):
        file = me.file("a", data=b"x" * number)

    first = versions.versions_of(by=me.caller, file_id=file.id, limit=3)
    with django_assert_num_queries(3):  # the gate, the bytes, the versions
        second = versions.versions_of(by=me.caller, file_id=file.id, limit=3, cursor=first.next)

    assert [version.seq for version in [*first.items, *second.items]] == [5, 4, 3, 2, 1]
    assert second.next is None


def test_a_replacement_of_what_was_replaced_meanwhile_is_refused(store, me):
    file = me.file("a", data=b"first")
    seen = Conditions(if_match=f'"{file.etag}"')
    content.replace_content(by=me.caller, file_id=file.id, body=Body([b"second"]), conditions=seen)

    with pytest.raises(PreconditionFailed):
        content.replace_content(by=me.caller, file_id=file.id, body=Body([b"third"]), conditions=seen)

    assert me.read(file) == b"second"


def test_an_editor_stores_a_file_at_the_owners_cost(store, me, colleague, alice, bob):
    photos = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    file = colleague.file("sea.jpg", photos, data=b"1234")

    row = Asset.objects.get(pk=file.id)
    assert (row.owner_id, row.created_by_id) == (alice.id, bob.id)
    assert (me.space(), colleague.space()) == ((4, 0), (0, 0))


def test_a_file_that_keeps_to_itself_is_not_replaced_through_its_folder(store, me, colleague):
    photos = me.folder("Photos")
    file = me.file("secret", photos, data=b"mine")
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    Asset.objects.filter(pk=file.id).update(inherits=False)

    with pytest.raises(NotFound):
        colleague.file("secret", photos, data=b"yours")

    assert me.read(file) == b"mine"


def test_a_list_and_a_download_tell_one_time(store, me):
    me.file("a")
    file = me.file("a", data=b"newer")

    assert content.open_file(by=me.caller, file_id=file.id).modified == file.modified_at


def test_the_anonymous_read_what_is_open_and_are_recorded_once_an_hour(store, me, nobody):
    file = me.file("a", data=b"open")
    people.set_any_one_access(by=me.caller, asset_id=file.id, access="viewer")

    assert [nobody.read(file) for _ in range(3)] == [b"open"] * 3

    downloads = AuditEntry.objects.filter(verb="file_downloaded", target_id=str(file.id))
    assert [entry.download.count for entry in downloads] == [3]


def test_owners_downloads_are_their_own_affair(store, me):
    me.read(me.file("a"))

    assert not AuditEntry.objects.filter(verb="file_downloaded").exists()


def test_a_viewer_does_not_replace(store, me, colleague):
    file = me.file("a")
    people.add_people(by=me.caller, asset_id=file.id, role="viewer", names=["bob"])

    with pytest.raises(AccessDenied):
        content.replace_content(by=colleague.caller, file_id=file.id, body=Body([b"x"]))


def test_opening_a_file_costs_one_query(store, me, django_assert_num_queries):
    file = me.file("a")

    with django_assert_num_queries(1):
        content.open_file(by=me.caller, file_id=file.id)


@pytest.mark.parametrize(
    ("announced", "name", "expected"),
    [
        ("text/plain", "a.bin", "text/plain"),
        ("", "a.png", "image/png"),
        ("application/x-www-form-urlencoded", "a.png", "image/png"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        ("text/html; charset=utf-8", "a", "text/html; charset=utf-8"),
        ("no type at all\r\nX: y", "a", "application/octet-stream"),
        ("text/plain;\r\n x=y", "a", "application/octet-stream"),
        ("text/\u212aml", "a", "application/octet-stream"),  # a Kelvin sign, which is a k in lower case
        (f"text/{'x' * 100}; y={'z' * 150}", "a", "application/octet-stream"),  # longer than a column holds
    ],
)
def test_the_type_is_what_the_client_says_or_the_name_suggests(announced, name, expected):
    assert content.content_type_of(announced, name) == expected


def composite(*parts: bytes, store) -> Blob:
    whole = Blob.objects.create(kind="composite", store=store.name, size=sum(map(len, parts)))
    start = 0
    for position, data in enumerate(parts):
        store.write(f"part{position}", [data])
        plain = Blob.objects.create(store=store.name, key=f"part{position}", size=len(data))
        BlobPart.objects.create(blob=whole, position=position, start=start, part=plain)
        start += len(data)
    return whole


@pytest.mark.parametrize("span", [(0, 9), (0, 3), (2, 4), (3, 6), (5, 9), (4, 4), (8, 9)])
def test_a_composite_blob_reads_as_one(store, me, span):
    file = me.file("a")
    whole = composite(b"012", b"345", b"678", store=store)
    Version.objects.filter(asset=file.id).update(blob=whole, size=9)

    opened = content.open_file(by=me.caller, file_id=file.id)

    assert b"".join(opened.open(*span)) == b"012345678"[slice(*span)]


def test_a_plain_blob_has_a_place_that_nginx_may_send_and_a_composite_has_none(store, me):
    file = me.file("whole", data=b"hello")
    blob = Blob.objects.get()

    opened = content.open_file(by=me.caller, file_id=file.id)

    assert opened.path is not None
    assert (store.root / opened.path).read_bytes() == b"hello"
    assert place_of(Blob(kind="composite", store=blob.store, size=5)) is None
