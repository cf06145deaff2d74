import pytest

from accounts.callers import Caller
from assets.services import history, labels, people, tree, versions
from cloudbox.errors import NotAuthenticated, NotFound
from tests.assets.conftest import Hand
from tests.people import caller_for, client_for

pytestmark = pytest.mark.usefixtures("alice", "bob", "charlie")


@pytest.fixture
def mine(alice):
    return Hand(caller_for(alice))


@pytest.fixture
def file(mine):
    """A file of alice's that bob views, renamed before, and restored to its first version by her."""
    file = mine.file("old.txt", data=b"one")
    tree.rename(by=mine.caller, asset_id=file.id, name="new.txt")
    mine.file("new.txt", data=b"two")
    versions.restore(by=mine.caller, file_id=file.id, seq=1)
    people.add_people(by=mine.caller, asset_id=file.id, role="viewer", names=["bob"])
    return file


def verbs(caller, asset_id, **page):
    return [entry.verb for entry in history.entries_about(by=caller, asset_id=asset_id, **page).items]


def test_its_owner_reads_what_happened_to_an_asset_newest_first(mine, file):
    assert verbs(mine.caller, file.id) == ["file_shared", "version_restored", "file_renamed"]


def test_a_viewer_is_not_told_with_whom_it_is_shared(bob, file):
    assert verbs(caller_for(bob), file.id) == ["version_restored", "file_renamed"]


def test_nobody_else_is_told_anything(charlie, file):
    with pytest.raises(NotFound):
        verbs(caller_for(charlie), file.id)
    with pytest.raises(NotAuthenticated):
        verbs(Caller.anonymous(), file.id)


def test_where_others_came_from_is_not_shown(alice, bob, mine, file):
    people.add_people(by=mine.caller, asset_id=file.id, role="editor", names=["bob"])
    labels.set_tags(by=caller_for(bob), asset_id=file.id, tags=["red"])

    told = history.entries_about(by=mine.caller, asset_id=file.id).items
    assert [(entry.actor, entry.address) for entry in told][:2] == [("bob", ""), ("alice", mine.caller.address)]


def test_the_list_goes_on_by_its_cursor(alice, file):
    address = f"/api/v1/store/assets/{file.id}/activity/"
    first = client_for(alice).get(address, {"limit": 2}).json()
    rest = client_for(alice).get(address, {"limit": 2, "cursor": first["next"]}).json()

    assert [entry["verb"] for entry in first["items"] + rest["items"]] == verbs(caller_for(alice), file.id)
    assert rest["next"] is None
