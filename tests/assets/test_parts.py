"""Files that come in numbered parts: which whole they make, in which order, and under which name."""

import hashlib

import pytest
from django.db import connection

from assets import parts
from assets.composites import Chosen
from assets.digests import Expected
from assets.models import Blob, BlobPart, Condemned, Version
from assets.placing import OnConflict
from assets.services import parts as services
from assets.services.content import Body
from assets.services.parts import Ending
from cloudbox.errors import (
    BadInput,
    DigestMismatch,
    NameTaken,
    PartMissing,
    PreconditionFailed,
)
from cloudbox.ranges import Conditions
from tests.assets.sending import begun, sha256


def test_parts_sent_in_any_order_become_one_file_in_the_order_of_their_numbers(store, me):
    film = begun(me)
    for number, data in ((3, b"three"), (1, b"one "), (2, b"two ")):
        film.part(number, data)

    finished = film.finish(content_type="video/mp4")

    assert me.read(finished.file) == b"one two three"
    assert (finished.file.name, finished.file.size, finished.file.content_type) == ("film", 13, "video/mp4")
    assert finished.is_new
    assert me.space() == (13, 0)


def test_a_version_knows_its_upload_its_parts_and_the_tag_of_its_door(store, me):
    film = begun(me)
    film.part(1, b"one")
    film.part(7, b"seventh")

    finished = film.finish(1, 7, etag="abc-2")

    version = Version.objects.get(asset=finished.file.id)
    assert (version.part_sizes, version.upload_id, version.etag) == ([3, 7], film.id, "abc-2")
    assert finished.file.etag == finished.etag == "abc-2"


def test_a_stream_of_pieces_has_no_sizes_of_parts_and_a_tag_that_depends_on_its_bytes(store, me):
    tags = []
    for data in (b"two", b"two", b"2"):
        film = begun(me)
        film.parts(b"one", data)
        tags.append(film.finish(on_conflict=OnConflict.REPLACE).etag)

    assert tags[0] == tags[1] != tags[2]
    assert tags[0].endswith("-1")
    assert len(tags[0]) == 34
    assert set(Version.objects.values_list("part_sizes", flat=True)) == {None}


def test_finishing_reads_no_byte_and_costs_as_many_statements_for_many_parts_as_for_three(store, me, tmp_path):
    statements: list[int] = []
    for count in (3, 12):
        film = begun(me, name=f"film {count}")
        film.parts(*(b"%03d" % number for number in range(count)))
        counted: list[str] = []
        store.root.rename(tmp_path / "out of reach")
        with connection.execute_wrapper(_counting(counted)):
            finished = film.finish()
        (tmp_path / "out of reach").rename(store.root)
        statements.append(len(counted))
        assert me.read(finished.file) == b"".join(b"%03d" % number for number in range(count))

    assert statements[0] == statements[1]


def _counting(statements: list[str]):
    def count(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    return count


def test_a_single_part_becomes_a_plain_blob(store, me):
    film = begun(me)
    part = film.part(1, b"all of it")

    finished = film.finish(1)

    assert Version.objects.get(asset=finished.file.id).blob_id == part.blob_id
    assert finished.file.sha256 == sha256(b"all of it").hex()
    assert not BlobPart.objects.exists()


@pytest.mark.parametrize("size", [0, None])
def test_an_empty_upload_becomes_an_empty_file(store, me, size):
    film = begun(me, size)

    finished = film.finish()

    assert (me.read(finished.file), finished.file.size, me.space()) == (b"", 0, (0, 0))
    assert finished.file.sha256 == sha256(b"").hex()
    assert Blob.objects.get().kind == "plain"


def test_an_empty_last_part_is_no_harm(store, me):
    film = begun(me)
    film.parts(b"one", b"")

    assert me.read(film.finish(1, 2).file) == b"one"


def test_a_file_of_that_name_gets_a_new_version_or_the_new_one_a_number_as_asked(store, me):
    old = me.file("film", data=b"old")
    replacing, numbered, failing = begun(me), begun(me), begun(me)
    for film in (replacing, numbered, failing):
        film.parts(b"new ", b"film")

    replaced = replacing.finish(on_conflict=OnConflict.REPLACE)
    second = numbered.finish(on_conflict=OnConflict.RENAME)
    with pytest.raises(NameTaken):
        failing.finish(on_conflict=OnConflict.FAIL)

    assert (replaced.file.id, replaced.is_new, me.read(replaced.file)) == (old.id, False, b"new film")
    assert me.read(old, seq=1) == b"old"
    assert (second.file.name, second.is_new) == ("film (1)", True)
    assert failing.numbers() == [1, 2]
    with pytest.raises(PreconditionFailed):
        failing.finish(on_conflict=OnConflict.REPLACE, conditions=Conditions(if_none_match="*"))


def test_a_name_that_is_taken_is_told_before_the_parts_travel(store, me):
    me.file("film")

    with pytest.raises(NameTaken):
        services.begin(by=me.caller, folder_id=None, name="film", size=10)

    assert me.space() == (4, 0)


# Choosing


def test_a_hole_is_refused_and_the_upload_goes_on(store, me):
    film = begun(me)
    film.part(1, b"one ")
    film.part(3, b"three")

    with pytest.raises(PartMissing) as refusal:
        film.finish()

    assert refusal.value.facts == {"number": 2}
    film.part(2, b"two ")
    assert me.read(film.finish().file) == b"one two three"


def test_a_part_that_never_came_is_refused(store, me):
    film = begun(me)
    film.part(1, b"one")

    with pytest.raises(PartMissing):
        film.finish(1, 2)

    assert film.numbers() == [1]


def test_a_part_that_is_not_as_chosen_is_refused(store, me):
    film = begun(me)
    former = film.part(1, b"former")
    latter = film.part(1, b"latter")

    def finish(md5):
        return services.finish(by=me.caller, upload_id=film.id, ending=Ending(parts=[Chosen(1, md5)]))

    with pytest.raises(PartMissing):
        finish(former.md5)
    assert latter.md5 == hashlib.md5(b"latter").hexdigest()
    assert me.read(finish(latter.md5).file) == b"latter"


@pytest.mark.parametrize("numbers", [[2, 1], [1, 1], []])
def test_parts_out_of_order_are_refused(store, me, numbers):
    film = begun(me)
    film.parts(b"one", b"two")

    with pytest.raises(BadInput) as refusal:
        services.finish(by=me.caller, upload_id=film.id, ending=Ending(parts=[Chosen(number) for number in numbers]))

    assert refusal.value.field == "parts"


def test_parts_that_are_not_chosen_go_and_give_their_room_back(store, me):
    film = begun(me)
    film.parts(b"one", b"unwanted")
    film.part(5, b" five")
    unwanted = film.part(9, b"also")

    finished = film.finish(1, 5)

    assert me.read(finished.file) == b"one five"
    assert me.space() == (8, 0)
    assert not Blob.objects.filter(pk=unwanted.blob_id).exists()
    assert Condemned.objects.count() == 2


@pytest.mark.parametrize("number", [0, -1, parts.MOST_PARTS + 1])
def test_a_part_has_a_number_in_bounds(store, me, number):
    with pytest.raises(BadInput, match="1 to 10000"):
        begun(me).part(number, b"data")


def test_the_parts_are_listed_from_a_number_on(store, me):
    film = begun(me)
    for number in (4, 2, 9):
        film.part(number, b"x" * number)

    def listed(**asked):
        return [(part.number, part.size) for part in services.parts_of(by=me.caller, upload_id=film.id, **asked)]

    assert listed() == [(2, 2), (4, 4), (9, 9)]
    assert listed(after=2, limit=1) == [(4, 4)]


# Parts that come again


def test_a_part_that_is_sent_again_takes_the_place_of_the_former_and_its_room(store, me):
    film = begun(me)
    former = film.part(1, b"a longer beginning ")
    film.part(2, b"end")

    film.part(1, b"beginning ")

    assert me.space() == (0, 13)
    assert Condemned.objects.count() == 1
    assert not Blob.objects.filter(pk=former.blob_id).exists()
    assert me.read(film.finish().file) == b"beginning end"


def test_a_part_whose_second_sending_fails_stays_as_it_was(store, me):
    film = begun(me)
    film.part(1, b"right")

    with pytest.raises(DigestMismatch):
        film.part(1, b"wrong", sha256=sha256(b"other"))

    assert me.space() == (0, 5)
    assert len(list(store.stored())) == 1
    assert me.read(film.finish(1).file) == b"right"


def test_of_two_sendings_of_a_part_the_one_that_was_complete_last_counts(store, me):
    film = begun(me)

    def overtaken():
        yield b"first to come, "
        film.part(1, b"in between")
        yield b"last to end"

    body = Body(overtaken(), Expected(26))
    services.put_part(by=me.caller, upload_id=film.id, number=1, body=body)

    assert me.space() == (0, 26)
    assert me.read(film.finish().file) == b"first to come, last to end"
