"""Partial uploads that become one file."""

import pytest

from assets import joining, streams
from assets.services import people, resumable
from tests.assets.tus.conftest import UPLOADS, Tus, id_of
from tests.people import client_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def test_partial_uploads_become_one_file_without_a_byte_copied(tus, me, store, monkeypatch):
    monkeypatch.setattr(streams, "PIECE", 3)
    first, second = tus.partial(b"hello"), tus.partial(b" world")
    before = {row.key for row in store.stored()}

    answer = tus.post(filename="film.txt", Upload_Concat=f"final;{first} {second}")

    assert (answer.status_code, answer["Upload-Offset"]) == (201, "11")
    assert tus.content(answer["X-CloudBox-File"]) == b"hello world"
    assert tus.file(answer["X-CloudBox-File"])["content_type"] == "text/plain"
    assert {row.key for row in store.stored()} == before
    assert me.space() == (11, 0)
    final = tus.head(answer["Location"])
    assert (final["Upload-Concat"], final["Upload-Length"]) == (f"final;{first} {second}", "11")
    assert (tus.head(first).status_code, tus.names()) == (404, ["film.txt"])


def test_a_partial_upload_has_no_name_and_rests_when_it_has_all_its_bytes(tus, me):
    where = tus.begin(4, Upload_Concat="partial", filename="")
    tus.patch(where, 0, b"data")

    answer = tus.head(where)

    assert (answer["Upload-Concat"], answer["Upload-Offset"], "X-CloudBox-File" in answer) == ("partial", "4", False)
    assert (tus.names(), me.space()) == ([], (0, 4))


def test_whoever_asks_again_for_the_final_upload_is_answered_the_same(tus, me):
    concat = f"final;{tus.partial(b'a')} {tus.partial(b'b')}"

    first, again = (tus.post(filename="film", Upload_Concat=concat) for _ in range(2))

    assert (again.status_code, again["Location"]) == (201, first["Location"])
    assert again["X-CloudBox-File"] == first["X-CloudBox-File"]
    assert (tus.names(), me.space()) == (["film"], (2, 0))


def test_absolute_addresses_are_understood_and_so_are_empty_parts(tus):
    parts_of_it = [f"https://cloud.example.org{tus.partial(data)}/" for data in (b"", b"a", b"")]

    answer = tus.post(filename="film", Upload_Concat=f"final;{' '.join(parts_of_it)}")

    assert tus.content(answer["X-CloudBox-File"]) == b"a"


def test_a_final_upload_takes_no_bytes(tus):
    answer = tus.post(filename="film", Upload_Concat=f"final;{tus.partial(b'a')}")

    refused = tus.patch(answer["Location"], 1, b"b")

    assert (refused.status_code, refused.json()["code"]) == (403, "access_denied")


def test_what_cannot_be_concatenated_is_refused_by_name(tus):
    where = tus.partial(b"a")

    for concat in (
        *("final;", "final", "final;nonsense", "final;/api/v1/uploads/../x", "final;http://[x"),
        *(f"final;/elsewhere/{id_of(where)}", f"final;{where} {where}"),
    ):
        answer = tus.post(filename="film", Upload_Concat=concat)
        assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Concat")
    assert tus.offset(where) == 1


def test_only_complete_partial_uploads_are_concatenated(tus):
    whole, half = tus.begin(4, filename="whole"), tus.begin(4, Upload_Concat="partial")
    tus.patch(half, 0, b"ha")
    gone = f"{UPLOADS}00000000-0000-7000-8000-000000000000"

    assert tus.post(filename="film", Upload_Concat=f"final;{whole}").json()["field"] == "Upload-Concat"
    assert tus.post(filename="film", Upload_Concat=f"final;{half}").json()["offset"] == 2
    assert tus.post(filename="film", Upload_Concat=f"final;{gone}").status_code == 404
    assert tus.post(4, filename="film", Upload_Concat=f"final;{half}").json()["field"] == "Upload-Length"
    assert (tus.offset(half), tus.names()) == (2, [])


def test_a_final_upload_that_cannot_be_finished_keeps_all_and_is_tried_again(tus, me, monkeypatch):
    concat = f"final;{tus.partial(b'a')} {tus.partial(b'b')}"
    monkeypatch.setattr(resumable, "check_early", lambda *_: None)  # the name is taken in the last moment
    me.file("film", data=b"other")

    assert tus.post(filename="film", Upload_Concat=concat).json()["code"] == "name_taken"
    assert me.space() == (5, 2)
    where = f"{UPLOADS}{joining.id_of([id_of(one) for one in concat.removeprefix('final;').split()])}"
    tried = tus.patch(f"{where}?on_conflict=replace", 2)

    assert tus.content(tried["X-CloudBox-File"]) == b"ab"
    assert me.space() == (7, 0)


def test_what_was_uploaded_in_ones_own_folder_may_become_a_file_in_anothers(tus, me, colleague, bob, alice):
    folder = colleague.folder("ours")
    people.add_people(by=colleague.caller, asset_id=folder.id, role="editor", names=["alice"])
    concat = f"final;{tus.partial(b'a')} {tus.partial(b'b')}"

    answer = tus.post(filename="film", folder=str(folder.id), Upload_Concat=concat)

    assert answer.status_code == 201
    assert (me.space(), colleague.space()) == ((0, 0), (2, 0))


def test_many_ask_for_the_final_upload_and_one_file_comes(transactional_db, tus, alice, me):
    concat = f"final;{tus.partial(b'a')} {tus.partial(b'b')}"
    callers = [Tus(client_for(alice)) for _ in range(4)]

    answers = at_once(4, lambda number: callers[number].post(filename="film", Upload_Concat=concat))

    assert {answer.status_code for answer in answers} <= {201, 404, 409}
    assert 201 in {answer.status_code for answer in answers}
    assert (tus.names(), me.space()) == (["film"], (2, 0))
