"""Folders, names and places: the rules, whatever the door."""

from uuid import UUID

import pytest

from accounts.callers import Caller
from assets import names
from assets.models import Asset
from assets.placing import OnConflict
from assets.services import content, trash, tree
from assets.services.content import Body
from cloudbox.errors import AccessDenied, BadInput, NameTaken, NotAuthenticated, NotFound, PreconditionFailed
from cloudbox.pages import cursor_of
from tests.people import caller_for


@pytest.fixture
def me(alice):
    return caller_for(alice)


def folder(by, name, parent=None):
    return tree.make_folder(by=by, parent_id=parent and parent.id, name=name)


def file(by, name, parent=None, data=b"data"):
    stored, _ = content.store_file(by=by, folder_id=parent and parent.id, name=name, body=Body([data]))
    return stored


def names_in(by, parent=None, **asked):
    return [view.name for view in tree.content_of(by=by, folder_id=parent and parent.id, **asked).items]


def path_of(view):
    return Asset.objects.get(pk=view.id).path


def test_every_user_begins_with_a_root_of_their_own(alice, bob):
    roots = [tree.get(by=caller_for(user), asset_id=None) for user in (alice, bob)]

    assert [root.owner.id for root in roots] == [alice.id, bob.id]
    assert [root.parent for root in roots] == [None, None]


def test_a_folder_goes_below_its_parent(me):
    photos = folder(me, "Photos")
    summer = folder(me, "Summer", photos)

    root = tree.get(by=me, asset_id=None)
    assert (photos.parent, summer.parent) == (root.id, photos.id)
    assert path_of(summer) == [root.id, photos.id, summer.id]


@pytest.mark.parametrize("taken", [folder, file])
@pytest.mark.parametrize("wanted", [folder, file])
def test_a_name_is_taken_once_whether_by_a_folder_or_a_file(me, taken, wanted):
    taken(me, "Plans")

    with pytest.raises(NameTaken):
        wanted(me, "Plans")


def test_names_that_differ_in_case_are_two_names(me):
    folder(me, "plans")
    folder(me, "Plans")

    assert sorted(names_in(me)) == ["Plans", "plans"]


def test_a_taken_name_gets_the_smallest_free_number(me):
    made = [
        content.store_file(by=me, folder_id=None, name="a.txt", body=Body([b""]), on_conflict=OnConflict.RENAME)[0].name
        for _ in range(3)
    ]

    assert made == ["a.txt", "a (1).txt", "a (2).txt"]


@pytest.mark.parametrize("name", ["x" * 251 + ".txt", "\N{SNOWMAN}" * 85])
def test_a_name_of_full_length_gets_as_many_numbers_as_there_are_twins(me, name):
    made = [tree.make_folder(by=me, parent_id=None, name=name, on_conflict=OnConflict.RENAME).name for _ in range(21)]

    assert len(set(made)) == 21
    assert max(len(name.encode()) for name in made) == 255


def test_folders_are_never_replaced(me):
    folder(me, "Photos")

    with pytest.raises(BadInput):
        tree.make_folder(by=me, parent_id=None, name="Photos", on_conflict=OnConflict.REPLACE)


def test_folders_go_a_hundred_deep_and_not_deeper(me):
    deepest = None
    for _ in range(names.DEPTH - 1):
        deepest = folder(me, "d", deepest)

    with pytest.raises(BadInput):
        folder(me, "d", deepest)


def test_a_file_lies_in_the_deepest_folder_however_that_got_there(me):
    deepest = folder(me, "d")
    for _ in range(names.DEPTH - 3):
        deepest = folder(me, "d", deepest)
    photos = folder(me, "Photos")
    file(me, "before", photos)

    tree.move(by=me, asset_id=photos.id, folder_id=deepest.id)
    file(me, "after", photos)

    assert len(path_of(photos)) == names.DEPTH
    assert names_in(me, photos) == ["after", "before"]


def test_nothing_goes_into_a_file(me):
    note = file(me, "note")

    with pytest.raises(BadInput):
        folder(me, "below", note)


def test_a_rename_touches_one_row(me, django_assert_num_queries):
    photos = folder(me, "Photos")
    summer = folder(me, "Summer", photos)
    before = path_of(summer)

    renamed = tree.rename(by=me, asset_id=photos.id, name="Pictures")

    assert (renamed.name, renamed.id, path_of(summer)) == ("Pictures", photos.id, before)
    assert renamed.revision == photos.revision + 1


def test_a_rename_to_its_own_name_is_no_clash(me):
    photos = folder(me, "Photos")

    assert tree.rename(by=me, asset_id=photos.id, name="Photos").name == "Photos"


def test_a_root_may_be_renamed(me):
    assert tree.rename(by=me, asset_id=None, name="All mine").name == "All mine"


def test_a_change_of_something_changed_meanwhile_is_refused(me):
    photos = folder(me, "Photos")
    tree.rename(by=me, asset_id=photos.id, name="Pictures")

    with pytest.raises(PreconditionFailed):
        tree.rename(by=me, asset_id=photos.id, name="Images", tags=(str(photos.revision),))


def test_a_move_takes_all_below_along(me):
    photos, archive = folder(me, "Photos"), folder(me, "Archive")
    summer = folder(me, "Summer", photos)
    picture = file(me, "sea.jpg", summer)

    tree.move(by=me, asset_id=photos.id, folder_id=archive.id)

    root = tree.get(by=me, asset_id=None)
    assert path_of(summer) == [root.id, archive.id, photos.id, summer.id]
    assert tree.get(by=me, asset_id=picture.id).parent == summer.id
    assert (names_in(me), names_in(me, archive)) == (["Archive"], ["Photos"])


def test_a_folder_is_not_moved_into_itself(me):
    photos = folder(me, "Photos")
    summer = folder(me, "Summer", photos)

    for target in (photos, summer):
        with pytest.raises(BadInput):
            tree.move(by=me, asset_id=photos.id, folder_id=target.id)


def test_a_move_to_a_taken_name_is_refused_or_numbered(me):
    archive = folder(me, "Archive")
    file(me, "a.txt", archive)
    other = file(me, "a.txt")

    with pytest.raises(NameTaken):
        tree.move(by=me, asset_id=other.id, folder_id=archive.id)

    moved = tree.move(by=me, asset_id=other.id, folder_id=archive.id, on_conflict=OnConflict.RENAME)
    assert (moved.name, moved.parent) == ("a (1).txt", archive.id)


def test_a_move_may_rename(me):
    archive = folder(me, "Archive")
    note = file(me, "note.txt")

    assert tree.move(by=me, asset_id=note.id, folder_id=archive.id, name="old.txt").name == "old.txt"


def test_a_root_is_not_moved(me, bob):
    photos = folder(me, "Photos")
    root = tree.get(by=me, asset_id=None)

    with pytest.raises(AccessDenied):
        tree.move(by=me, asset_id=root.id, folder_id=photos.id)


def test_folders_come_first_then_names_in_order_whatever_their_case(me):
    for name in ("b.txt", "A.txt", "c.txt"):
        file(me, name)
    for name in ("z", "Y"):
        folder(me, name)

    assert names_in(me) == ["Y", "z", "A.txt", "b.txt", "c.txt"]
    assert names_in(me, sort="-name") == ["z", "Y", "c.txt", "b.txt", "A.txt"]


def test_a_list_is_sorted_by_size_and_by_time(me):
    for name, size in (("a", 3), ("b", 1), ("c", 2)):
        file(me, name, data=b"x" * size)

    assert names_in(me, sort="size") == ["b", "c", "a"]
    assert names_in(me, sort="-modified") == ["c", "b", "a"]


def test_a_list_shows_one_kind_if_asked(me):
    folder(me, "f")
    file(me, "a")

    assert (names_in(me, kind="folder"), names_in(me, kind="file")) == (["f"], ["a"])


def test_a_list_tells_what_is_called_so_and_nothing_else_if_asked(me):
    photos = folder(me, "Photos")
    file(me, "a.txt")
    file(me, "A.txt")
    file(me, "a.txt", photos)

    assert (names_in(me, name="a.txt"), names_in(me, name="Photos"), names_in(me, name="b")) == (
        ["a.txt"],
        ["Photos"],
        [],
    )


@pytest.mark.parametrize("sort", ["name", "-name", "modified", "-modified", "size", "-size"])
def test_pages_together_are_the_whole_list_each_thing_once(me, sort):
    for number in range(4):
        folder(me, f"folder {number}")
        file(me, f"file {number}", data=b"x" * (number // 2))
    whole = names_in(me, sort=sort, limit=100)

    paged, cursor = [], None
    while True:
        page = tree.content_of(by=me, folder_id=None, sort=sort, cursor=cursor, limit=3)
        paged += [view.name for view in page.items]
        cursor = page.next
        if cursor is None:
            break

    assert (paged, len(whole)) == (whole, 8)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJmaWxlIiwxLDJd", "WyJmaWxlIiwiYSIsIm5vIGlkIl0", cursor_of("thing", "a", UUID(int=1))]
)
def test_a_cursor_of_nothing_is_refused_by_name(me, cursor):
    with pytest.raises(BadInput) as refusal:
        tree.content_of(by=me, folder_id=None, cursor=cursor)

    assert refusal.value.facts["field"] == "cursor"


def test_a_list_costs_as_many_queries_for_many_as_for_few(me, django_assert_num_queries):
    photos = folder(me, "Photos")
    for number in range(20):
        file(me, f"{number}", photos)

    with django_assert_num_queries(3):  # the gate, the folders, the files
        assert len(names_in(me, photos)) == 20


def test_somebody_elses_list_costs_no_more(me, bob, django_assert_num_queries):
    photos = tree.make_folder(by=me, parent_id=None, name="Photos", any_one_access="viewer")
    for number in range(20):
        file(me, f"{number}", photos)
    stranger = caller_for(bob)

    with django_assert_num_queries(3):
        assert len(names_in(stranger, photos)) == 20


def test_a_stranger_is_told_there_is_no_such_folder(me, charlie):
    photos = folder(me, "Photos")

    with pytest.raises(NotFound):
        tree.get(by=caller_for(charlie), asset_id=photos.id)


def test_the_anonymous_are_asked_to_sign_in_for_hidden_and_missing_alike(me):
    photos = folder(me, "Photos")
    nobody = Caller.anonymous()

    with pytest.raises(NotAuthenticated):
        tree.get(by=nobody, asset_id=photos.id)
    Asset.objects.filter(pk=photos.id).delete()
    with pytest.raises(NotAuthenticated):
        tree.get(by=nobody, asset_id=photos.id)


def test_what_is_in_the_trash_is_nowhere_else(me):
    photos = folder(me, "Photos")
    summer = folder(me, "Summer", photos)
    trash.trash(by=me, asset_id=photos.id)

    assert names_in(me) == []
    for gone in (photos, summer):
        with pytest.raises(NotFound):
            tree.get(by=me, asset_id=gone.id)
    with pytest.raises(NotFound):
        folder(me, "new", summer)
