"""Who sees an upload, goes on with it and gives it up, and the list of those that are not finished."""

import pytest
from django.test import Client

from assets.models import Version
from assets.services import people, resumable, trash
from tests.assets.tus.conftest import UPLOADS, Tus, id_of
from tests.people import key_of

pytestmark = pytest.mark.django_db


def test_nobody_else_sees_goes_on_with_or_gives_up_an_upload(tus, others_tus):
    where = tus.begin(8)

    for answer in (others_tus.head(where), others_tus.patch(where, 0, b"x"), others_tus.delete(where)):
        assert answer.status_code == 404
    assert others_tus.client.get(UPLOADS).json() == {"items": [], "next": None}
    assert others_tus.post(filename="a", Upload_Concat=f"final;{tus.partial(b'a')}").status_code == 404
    assert tus.offset(where) == 0


def test_without_credentials_everything_but_options_is_401(tus):
    nobody, where = Tus(Client()), tus.begin(8)

    for answer in (
        nobody.post(8, filename="a"),
        nobody.head(where),
        nobody.patch(where, 0, b"x"),
        nobody.delete(where),
        nobody.client.get(UPLOADS),
        nobody.client.get(where),
        nobody.head(f"{UPLOADS}00000000-0000-7000-8000-000000000000"),
    ):
        assert answer.status_code == 401


def test_only_who_may_add_uploads_into_a_folder(tus, others_tus, me, bob):
    folder = me.folder("mine")
    assert others_tus.post(4, filename="a", folder=str(folder.id)).status_code == 404
    people.add_people(by=me.caller, asset_id=folder.id, role="viewer", names=["bob"])
    assert others_tus.post(4, filename="a", query=f"?folder={folder.id}").status_code == 403
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])

    answer = others_tus.post(4, b"data", filename="a", query=f"?folder={folder.id}")

    assert answer.status_code == 201
    assert me.space() == (4, 0)


def test_the_owner_of_the_room_may_give_up_what_another_began(tus, others_tus, me, bob):
    folder = me.folder("ours")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    where = others_tus.begin(4, folder=str(folder.id))

    assert [item["id"] for item in tus.client.get(UPLOADS).json()["items"]] == [str(id_of(where))]
    assert (me.space(), tus.delete(where).status_code, me.space()) == ((0, 4), 204, (0, 0))


def test_somebody_who_was_put_out_meanwhile_finishes_nothing(tus, others_tus, me, bob):
    folder = me.folder("ours")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    where = others_tus.begin(4, folder=str(folder.id))
    people.remove_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])

    assert others_tus.patch(where, 0, b"data").status_code == 404
    assert Version.objects.count() == 0


def test_somebody_who_was_put_out_meanwhile_takes_no_more_of_the_owners_room(tus, others_tus, me, bob):
    folder = me.folder("ours")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    where = others_tus.begin(folder=str(folder.id), Upload_Defer_Length="1")
    assert others_tus.patch(where, 0, b"data").status_code == 204
    people.remove_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])

    further = others_tus.patch(where, 4, b"more")
    said = others_tus.patch(where, 4, Upload_Length="1000000")

    assert (further.status_code, said.status_code, me.space()) == (404, 404, (0, 4))
    assert (others_tus.delete(where).status_code, me.space()) == (204, (0, 0))


def test_a_folder_that_was_trashed_meanwhile_gets_nothing(tus, me):
    folder = me.folder("ours")
    where = tus.begin(4, folder=str(folder.id))
    trash.trash(by=me.caller, asset_id=folder.id)

    assert tus.patch(where, 0, b"data").status_code == 404
    assert me.space() == (0, 4)


def test_an_access_key_uploads_where_it_may_and_sees_no_other_upload(tus, alice, me):
    folder, elsewhere = me.folder("inside"), tus.begin(4, filename="elsewhere")
    key = key_of(alice, "read", "write", folder=folder.id)
    narrow = Tus(Client(headers={"Authorization": f"Bearer {key.token}"}))

    assert narrow.post(4, filename="a").status_code == 404
    where = narrow.begin(4, filename="a", folder=str(folder.id))
    assert [item["name"] for item in narrow.client.get(UPLOADS).json()["items"]] == ["a"]
    for answer in (narrow.head(elsewhere), narrow.patch(elsewhere, 0, b"x"), narrow.delete(elsewhere)):
        assert answer.status_code == 404
    assert narrow.patch(where, 0, b"data")["X-CloudBox-File"]


def test_an_access_key_that_may_not_write_does_nothing(tus, alice):
    reader, where = Tus(Client(headers={"Authorization": f"Bearer {key_of(alice, 'read').token}"})), tus.begin(4)

    for answer in (
        reader.post(4, filename="a"),
        reader.head(where),
        reader.patch(where, 0, b"x"),
        reader.delete(where),
        reader.client.get(UPLOADS),
    ):
        assert answer.status_code == 403
    assert tus.offset(where) == 0


# The list


def test_the_list_tells_what_is_not_finished_the_latest_first(tus):
    where = tus.begin(8, filename="first")
    tus.patch(where, 0, b"data")
    tus.begin(Upload_Defer_Length="1", filename="second")
    tus.post(4, b"data", filename="finished")

    items = tus.client.get(UPLOADS).json()["items"]

    assert [(item["name"], item["size"], item["offset"]) for item in items] == [("second", None, 0), ("first", 8, 4)]
    assert items[1]["id"] == str(id_of(where))
    assert items[1]["expires_at"] > items[1]["created_at"]


def test_the_list_comes_in_pages_and_each_takes_one_query(me, tus, django_assert_num_queries):
    for number in range(5):
        tus.begin(4, filename=f"{number}")
    seen, cursor = [], None
    while True:
        with django_assert_num_queries(1):
            page = resumable.unfinished(by=me.caller, limit=2, cursor=cursor)
        seen += [one.name for one in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ["4", "3", "2", "1", "0"]


def test_a_page_that_cannot_be_is_refused(tus):
    for asked in ("?limit=0", "?cursor=nonsense", "?colour=red", "?limit=" + "9" * 30):
        assert tus.client.get(UPLOADS + asked).status_code == 400
