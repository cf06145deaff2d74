import pytest

from accounts.callers import Caller
from assets.services import people, trash, versions
from assets.services.details import Below, details_of
from cloudbox.errors import NotAuthenticated, NotFound

pytestmark = pytest.mark.django_db


def test_details_say_who_made_a_file_and_who_changed_it(me, colleague):
    folder = me.folder("shared")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    file = me.file("a.txt", folder)
    colleague.file("a.txt", folder, data=b"more")

    details = details_of(by=me.caller, asset_id=file.id)

    assert details.made_by
    assert details.changed_by
    assert (details.made_by.username, details.changed_by.username) == ("alice", "bob")
    assert (details.retention.kept, details.retention.days) == (20, 90)


def test_a_folder_counts_all_below_it_but_the_trash_and_old_versions(me):
    top = me.folder("top")
    below = me.folder("below", top)
    gone = me.folder("gone", top)
    for folder in (top, below, gone):
        me.file("a.txt", folder, data=b"12345")
    me.file("a.txt", below, data=b"123")
    trash.trash(by=me.caller, asset_id=gone.id)
    trash.trash(by=me.caller, asset_id=me.file("b.txt", top).id)

    assert details_of(by=me.caller, asset_id=top.id).below == Below(folders=1, files=2, bytes=8)


def test_what_is_below_a_folder_is_counted_for_its_owner_only(me, colleague):
    folder = me.folder("shared")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])

    assert details_of(by=colleague.caller, asset_id=folder.id).below is None


def test_a_file_keeps_versions_as_its_folder_says(me):
    folder = me.folder("folder")
    versions.set_retention(by=me.caller, folder_id=folder.id, versions_kept=3, versions_days=None)

    retention = details_of(by=me.caller, asset_id=me.file("a.txt", folder).id).retention
    assert (retention.kept, retention.days) == (3, 90)


def test_details_are_for_those_who_see_the_asset(me, stranger):
    file = me.file("a.txt")

    with pytest.raises(NotFound):
        details_of(by=stranger.caller, asset_id=file.id)
    with pytest.raises(NotAuthenticated):
        details_of(by=Caller.anonymous(), asset_id=file.id)


def test_details_cost_as_many_queries_however_much_there_is(me, django_assert_max_num_queries):
    folder = me.folder("folder")
    for number in range(3):
        me.file(f"{number}.txt", me.folder(f"{number}", folder))

    with django_assert_max_num_queries(4):
        details_of(by=me.caller, asset_id=folder.id)
