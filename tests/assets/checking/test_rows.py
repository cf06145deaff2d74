"""What fsck finds in versions, files, the tree and the counters."""

import pytest
from django.utils import timezone

from accounts.models import Usage
from assets.checking import Difference
from assets.models import Asset, Blob, Version
from cloudbox.embedded.bootstrap import ROOT
from tests.assets.checking.fsck import change, found, fsck, mended, row, stays

pytestmark = pytest.mark.django_db


# Versions and files


def test_a_version_gets_the_length_of_its_blob_and_its_file_and_owner_with_it(me, file):
    version = Version.objects.get()
    Version.objects.update(size=7)

    assert found() == {
        "version_size": [str(version.id)],
        "current_wrong": [str(file.id)],
        "usage_wrong": [str(me.caller.user_id)],
    }
    assert fsck("--repair")[0] == 0
    assert fsck()[0] == 0
    assert me.space() == (5, 0)


def test_the_length_of_damaged_bytes_is_not_taken_for_right(file, blob, store):
    store.path(blob.key).write_bytes(b"apples")
    Blob.objects.update(size=7)

    fsck("--repair")

    assert Version.objects.get().size == 5


@pytest.mark.parametrize("columns", [{"size": 7}, {"content_type": "a/b"}, {"hidden": True}, {"current": None}])
def test_a_file_that_says_something_else_than_its_newest_version_is_set_right(me, file, columns):
    change(file.id, **columns)

    assert mended("current_wrong", file.id)
    assert me.read(file) == b"apple"


def test_a_file_whose_current_version_is_not_its_newest_is_set_right(me, file):
    me.file("a.txt", row_view(me, "inner"), data=b"pears")
    old = Version.objects.get(seq=1)
    change(file.id, current=old, modified_at=old.created_at)

    assert mended("current_wrong", file.id)
    assert me.read(file) == b"pears"


def test_a_file_without_any_version_is_told(me, file):
    change(file.id, current=None, size=0)
    Version.objects.all().delete()
    Usage.objects.update(used=0)
    Blob.objects.all().delete()

    assert "content_missing" in found()
    assert found()["content_missing"] == [str(file.id)]


def test_what_is_being_purged_is_not_a_difference(me, file, store):
    change(row("outer").id, purging_at=timezone.now())
    change(file.id, current=None)
    Version.objects.all().delete()
    Usage.objects.update(used=0)
    fsck("--repair")  # of the blob that lost its version

    assert fsck()[0] == 0


def row_view(me, name):
    """Return the folder as the services show it."""
    return type("View", (), {"id": row(name).id})


# The tree


def test_a_path_that_is_not_what_the_parents_say_is_rebuilt(me, file):
    outer, inner = row("outer"), row("inner")
    change(outer.id, path=[outer.id])
    change(inner.id, path=[outer.id, inner.id])

    assert mended("path_wrong", outer.id, inner.id)
    assert row("inner").path == [outer.parent_id, outer.id, inner.id]


def test_folders_in_a_circle_are_told(me, file):
    outer, inner = row("outer"), row("inner")
    change(outer.id, parent=inner)

    assert stays("root_unreached", outer.id, inner.id)


def test_a_child_that_belongs_to_somebody_else_is_told(me, colleague, file):
    change(file.id, owner=colleague.caller.user_id)

    assert found()["owner_wrong"] == [str(file.id)]
    assert fsck("--repair")[1]["left"] == {"owner_wrong": 1}


def test_a_user_without_a_root_gets_one(stranger, store):
    Asset.objects.filter(owner=stranger.caller.user_id).delete()

    assert mended("root_missing", stranger.caller.user_id)
    assert stranger.names() == []


def test_something_in_a_file_is_told(me, file):
    other = me.file("b.txt", data=b"b")
    change(other.id, parent=file.id)

    assert stays("parent_wrong", other.id)


def test_a_file_beside_a_folder_of_its_name_is_told(me, file):
    other = me.file("b.txt")
    change(other.id, name="outer", fold="outer", sort_key="outer", grams=["out", "ute", "ter"])

    assert found() == {"twins": [str(other.id)], "name_columns": [str(other.id)]}


def test_a_twin_in_the_trash_is_none(me, file):
    folder = me.folder("b.txt")
    change(folder.id, trashed_at=timezone.now())
    me.file("b.txt")

    assert fsck()[0] == 0


def test_folders_that_are_too_deep_are_told(me, store):
    parent = Asset.objects.get(parent=None)
    for _ in range(100):
        above, parent = parent, Asset(kind="folder", owner_id=me.caller.user_id, parent=parent, name="d")
        parent.fold = parent.sort_key = "d"
        parent.path = [*(above.path or []), parent.id]
        parent.save()

    assert stays("too_deep", parent.id)


@pytest.mark.parametrize("columns", [{"fold": "b"}, {"sort_key": "b"}, {"grams": []}])
def test_what_is_derived_from_a_name_is_derived_again(me, file, columns):
    change(file.id, **columns)

    assert mended("name_columns", file.id)


# Counters


@pytest.mark.parametrize("columns", [{"used": 7}, {"reserved": 3}])
def test_counters_that_are_wrong_are_set_right(me, file, columns):
    Usage.objects.filter(owner_id=me.caller.user_id).update(**columns)

    assert mended("usage_wrong", me.caller.user_id)
    assert me.space() == (5, 0)


def test_somebody_who_is_not_counted_is_counted(me, file):
    Usage.objects.filter(owner_id=me.caller.user_id).delete()

    assert mended("usage_missing", me.caller.user_id)
    assert me.space() == (5, 0)


def test_every_kind_of_difference_has_a_name_that_is_documented():
    page = (ROOT / "docs/operations.md").read_text()

    assert [kind for kind in Difference if f"`{kind}`" not in page] == []
