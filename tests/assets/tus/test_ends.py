"""How an upload ends: as a file, refused with all its bytes kept, or seen by those who may and nobody else."""

import base64
import hashlib
from datetime import timedelta

import pytest
from django.db.models import F

from assets import streams, uploads
from assets.digests import Expected
from assets.models import Upload, Version
from tests.assets.conftest import nothing_is_left
from tests.assets.tus.conftest import Tus, id_of
from tests.people import client_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def repr_digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


# A name that is taken


def test_a_name_that_is_taken_is_refused_before_anything_is_sent(tus, me):
    me.file("film")

    answer = tus.post(4, filename="film")

    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert not Upload.objects.exists()


def test_a_name_that_is_taken_meanwhile_costs_no_byte_and_another_try_may_number_it(tus, me):
    where = tus.begin(4, filename="film")
    me.file("film", data=b"other")

    refused = tus.patch(where, 0, b"data")
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")
    asked = tus.head(where)
    assert (asked.status_code, "Upload-Offset" in asked) == (409, False)  # or a client would take it for finished
    assert tus.client.get(where).json()["offset"] == 4
    tried = tus.patch(f"{where}?on_conflict=rename", 4)

    assert tried.status_code == 204
    assert tus.file(tried["X-CloudBox-File"])["name"] == "film (1)"
    assert tus.content(tried["X-CloudBox-File"]) == b"data"
    assert me.space() == (9, 0)


@pytest.mark.parametrize(("on_conflict", "names"), [("rename", ["film", "film (1)"]), ("replace", ["film"])])
@pytest.mark.parametrize("told", ["query", "metadata"])
def test_what_to_do_about_a_name_is_told_at_the_beginning(tus, me, on_conflict, names, told):
    me.file("film", data=b"old")
    way = {"query": f"?on_conflict={on_conflict}"} if told == "query" else {"on_conflict": on_conflict}

    answer = tus.post(4, b"data", filename="film", **way)

    assert tus.content(answer["X-CloudBox-File"]) == b"data"
    assert tus.names() == names


# The whole


@pytest.mark.parametrize("told", ["header", "metadata"])
def test_a_whole_that_is_what_was_announced_becomes_a_file_that_knows_its_digest(tus, monkeypatch, told):
    monkeypatch.setattr(streams, "PIECE", 3)
    digest = hashlib.sha256(b"01234567").hexdigest()
    way = {"Repr_Digest": repr_digest(b"01234567")} if told == "header" else {"sha256": digest}
    where = tus.begin(8, **way)
    tus.patch(where, 0, b"01234")

    finished = tus.patch(where, 5, b"567")

    assert tus.file(finished["X-CloudBox-File"])["sha256"] == digest


def test_a_whole_that_is_not_what_was_announced_becomes_no_file_and_stays_to_be_given_up(tus, me, alice, store):
    where = tus.begin(8, Repr_Digest=repr_digest(b"another"))
    tus.patch(where, 0, b"0123")

    refused = tus.patch(where, 4, b"4567")

    assert (refused.status_code, refused.json()["code"]) == (400, "file_digest_mismatch")
    assert (tus.names(), tus.head(where).status_code, me.space()) == ([], 400, (0, 8))
    assert tus.delete(where).status_code == 204
    assert me.space() == (0, 0)


def test_digests_of_the_whole_that_contradict_each_other_are_refused(tus, alice, store):
    answer = tus.post(8, filename="a", Repr_Digest=repr_digest(b"a"), sha256=hashlib.sha256(b"b").hexdigest())

    assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Metadata")
    assert nothing_is_left(store, alice)


def test_an_upload_that_was_stopped_before_its_end_is_finished_when_its_client_asks(tus, me):
    where = tus.begin(4)
    streams.append(id_of(where), 0, [b"data"], Expected(4))  # and the process dies

    answer = tus.head(where)

    assert (answer["Upload-Offset"], answer["Upload-Length"]) == ("4", "4")
    assert tus.content(answer["X-CloudBox-File"]) == b"data"


def test_bytes_for_a_file_are_refused_and_the_end_may_be_asked_for_again(tus):
    where = tus.begin(4)
    finished = tus.patch(where, 0, b"data")

    assert tus.patch(where, 0, b"data").json()["offset"] == 4
    assert tus.patch(where, 4, b"more").status_code == 409
    assert tus.patch(where, 4)["X-CloudBox-File"] == finished["X-CloudBox-File"]


def test_of_many_last_patches_at_once_one_file_comes(transactional_db, tus, alice, me):
    where = tus.begin(4)
    callers = [Tus(client_for(alice)) for _ in range(6)]

    answers = at_once(6, lambda number: callers[number].patch(where, 0, b"data"))

    assert {answer.status_code for answer in answers} <= {204, 409, 404}
    assert tus.head(where)["X-CloudBox-File"]
    assert (tus.names(), me.space(), Version.objects.count()) == (["film"], (4, 0), 1)


# Room


def test_a_full_quota_is_refused_before_a_byte_is_sent(tus):
    answer = tus.post(2**42, filename="film")

    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert {"needed", "free"} <= answer.json().keys()


# Time


def pass_days(where: str, days: int) -> None:
    """Let the upload be older by so many days."""
    past = timedelta(days=days)
    moments = {name: F(name) - past for name in ("created_at", "expires_at", "lease_until")}
    Upload.objects.filter(pk=id_of(where)).update(**moments)


def test_an_upload_goes_on_after_six_days_and_is_over_after_eight(tus, me):
    kept, late = tus.begin(8, filename="kept"), tus.begin(8, filename="late")
    for where in (kept, late):
        tus.patch(where, 0, b"data")
    pass_days(kept, 6)
    pass_days(late, 8)

    assert uploads.sweep() == 1

    assert (tus.offset(kept), tus.head(late).status_code, me.space()) == (4, 404, (0, 8))
    finished = tus.patch(kept, 4, b"more")
    assert (tus.content(finished["X-CloudBox-File"]), me.space()) == (b"datamore", (8, 0))


# Many small pieces


def test_an_upload_in_too_many_pieces_is_refused(tus, monkeypatch):
    monkeypatch.setattr(streams, "MOST_PIECES", 2)
    where = tus.begin(8)
    for offset in range(2):
        assert tus.patch(where, offset, b"x").status_code == 204

    assert tus.patch(where, 2, b"x").status_code == 413
