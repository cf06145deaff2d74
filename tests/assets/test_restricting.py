"""Folders that inherit nothing: who has a role above has none in them, and their owner sees all."""

import io
import zipfile
from contextlib import closing
from functools import partial

import pytest
from django.test import Client

from accounts.services import invitations, teams
from activity.models import AuditEntry
from assets.filters import Filters
from assets.models import Asset
from assets.placing import OnConflict
from assets.services import archives, content, copying, finding, labels, people, trash, tree
from assets.services.content import Body
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound, PreconditionFailed
from tests.assets.by_link import by as visiting_by
from tests.assets.by_link import token_to
from tests.assets.conftest import Hand
from tests.people import caller_for, client_for, with_key
from tests.threads import at_once

STORE = "/api/v1/store"
JSON = "application/json"


@pytest.fixture
def photos(store, me, bob):
    """A folder that bob edits."""
    folder = me.folder("Photos")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    return folder


@pytest.fixture
def private(me, photos):
    """A folder in it, with a file in it, that inherits nothing."""
    folder = me.folder("Private", photos)
    me.file("a.txt", folder, data=b"salt")
    return restrict(me, folder)


def restrict(hand: Hand, view, *, inherits: bool = False, **more):
    return people.set_inherits(by=hand.caller, asset_id=view.id, inherits=inherits, **more)


def role_of(hand: Hand, view) -> str | None:
    try:
        return tree.get(by=hand.caller, asset_id=view.id).role
    except (NotFound, NotAuthenticated):
        return None


def file_in(folder) -> Asset:
    return Asset.objects.get(parent=folder.id, kind="file")


def test_who_has_a_role_above_sees_nothing_of_it_and_its_owner_all(me, colleague, photos, private):
    file = file_in(private)

    assert (role_of(colleague, photos), role_of(colleague, private), role_of(colleague, file)) == ("editor", None, None)
    assert (colleague.names(photos), me.names(photos), me.names(private)) == ([], ["Private"], ["a.txt"])
    assert (role_of(me, private), me.read(file)) == ("owner", b"salt")


def test_nothing_can_be_done_in_it_by_its_id(colleague, photos, private):
    by, file = colleague.caller, file_in(private)
    for attempt in (
        partial(colleague.file, "new", private),
        partial(colleague.folder, "new", private),
        partial(colleague.names, private),
        partial(colleague.read, file),
        partial(content.replace_content, by=by, file_id=file.id, body=Body([b"x"])),
        partial(tree.rename, by=by, asset_id=private.id, name="Ours"),
        partial(tree.move, by=by, asset_id=file.id, folder_id=photos.id),
        partial(trash.trash, by=by, asset_id=file.id),
        partial(people.add_people, by=by, asset_id=private.id, role="editor", names=["bob"]),
        partial(people.set_any_one_access, by=by, asset_id=private.id, access="editor"),
        partial(people.set_inherits, by=by, asset_id=private.id, inherits=True),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert [file.name for file in Asset.objects.filter(parent=private.id)] == ["a.txt"]


def test_what_is_granted_on_it_or_below_it_counts(me, colleague, stranger, photos, private):
    file = file_in(private)
    people.add_people(by=me.caller, asset_id=private.id, role="viewer", names=["bob"])
    people.add_people(by=me.caller, asset_id=file.id, role="viewer", names=["charlie"])

    assert (role_of(colleague, private), role_of(colleague, file)) == ("viewer", "viewer")
    assert (role_of(stranger, private), role_of(stranger, file)) == (None, "viewer")
    assert colleague.names(photos) == ["Private"]
    with pytest.raises(AccessDenied):
        colleague.file("new", private)


def test_of_two_in_each_other_each_cuts_off_what_is_above_it(me, colleague, photos, private):
    inner = restrict(me, me.folder("Inner", private))
    people.add_people(by=me.caller, asset_id=private.id, role="viewer", names=["bob"])
    assert (role_of(colleague, private), role_of(colleague, inner)) == ("viewer", None)
    assert colleague.names(private) == ["a.txt"]

    restrict(me, inner, inherits=True)
    assert role_of(colleague, inner) == "viewer"

    restrict(me, private, inherits=True)
    assert (role_of(colleague, private), role_of(colleague, inner)) == ("editor", "editor")


def test_what_is_open_to_anyone_above_is_not_open_in_it(me, colleague, stranger, nobody, photos, private):
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="editor")
    hands = (colleague, stranger, nobody)
    assert [role_of(hand, photos) for hand in hands] == ["editor", "editor", "viewer"]
    assert [role_of(hand, private) for hand in hands] == [None, None, None]
    assert [hand.names(photos) for hand in hands] == [[], [], []]

    people.set_any_one_access(by=me.caller, asset_id=private.id, access="viewer")
    assert [role_of(hand, private) for hand in hands] == ["viewer", "viewer", "viewer"]


def test_a_team_above_is_out_and_a_team_on_it_is_in(me, alice, charlie, photos, private):
    team = teams.create(by=me.caller, name="Otters")
    invited = invitations.invite(by=me.caller, team_id=team.id, username="charlie")
    invitations.accept(by=caller_for(charlie), invitation_id=invited.id)
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", team_ids=[team.id])
    member = Hand(caller_for(charlie))
    assert (role_of(member, photos), role_of(member, private)) == ("editor", None)

    people.add_people(by=me.caller, asset_id=private.id, role="viewer", team_ids=[team.id])
    assert role_of(member, private) == "viewer"


def test_inheriting_again_undoes_it(me, colleague, photos, private):
    assert not tree.get(by=me.caller, asset_id=private.id).inherits

    assert restrict(me, private, inherits=True).inherits
    assert (role_of(colleague, private), colleague.names(photos)) == ("editor", ["Private"])


def test_it_stays_so_wherever_it_is_put(me, colleague, photos, private):
    ours = me.folder("Ours")
    people.add_people(by=me.caller, asset_id=ours.id, role="editor", names=["bob"])

    moved = tree.move(by=me.caller, asset_id=private.id, folder_id=ours.id)
    assert (moved.inherits, role_of(colleague, private), colleague.names(ours)) == (False, None, [])
    trash.trash(by=me.caller, asset_id=private.id)
    with pytest.raises(NotFound):
        trash.restore(by=colleague.caller, asset_id=private.id)
    assert not trash.restore(by=me.caller, asset_id=private.id).inherits
    assert not tree.rename(by=me.caller, asset_id=private.id, name="Mine").inherits


def test_its_name_stays_taken_for_those_who_do_not_see_it(colleague, photos, private):
    assert colleague.folder("Private", photos, on_conflict=OnConflict.RENAME).name == "Private (1)"


def test_only_its_owner_says_so(me, colleague, stranger, nobody, alice, photos):
    for hand, refusal in ((colleague, AccessDenied), (stranger, NotFound), (nobody, NotAuthenticated)):
        with pytest.raises(refusal):
            restrict(hand, photos)
    for scopes in (("read",), ("read", "write", "share")):
        with pytest.raises(AccessDenied):
            restrict(Hand(with_key(alice, *scopes)), photos)
    with pytest.raises(NotFound):
        restrict(Hand(with_key(alice, "read", "write", "delete", "share", folder=me.folder("Other").id)), photos)
    assert tree.get(by=me.caller, asset_id=photos.id).inherits


def test_files_and_the_root_inherit_as_they_are(me, photos):
    with pytest.raises(BadInput):
        restrict(me, me.file("a", photos))
    with pytest.raises(AccessDenied):
        restrict(me, tree.get(by=me.caller, asset_id=None))


def test_it_is_recorded_once_and_is_a_revision(me, photos):
    before = tree.get(by=me.caller, asset_id=photos.id).revision
    for _ in range(2):
        assert restrict(me, photos).revision == before + 1
    with pytest.raises(PreconditionFailed):
        restrict(me, photos, inherits=True, tags=(str(before),))

    (entry,) = AuditEntry.objects.filter(verb="inheritance_set")
    assert (entry.target_label, entry.facts) == ("Photos", {"inherits": False})


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_the_last_one_counts_and_each_change_is_recorded(me, photos):
    answers = at_once(8, lambda number: restrict(me, photos, inherits=number % 2 == 0))

    folder = Asset.objects.get(pk=photos.id)
    changes = list(AuditEntry.objects.filter(verb="inheritance_set").order_by("id"))
    assert {view.inherits for view in answers} == {True, False}
    assert folder.revision == tree.get(by=me.caller, asset_id=photos.id).revision == 1 + len(changes)
    assert folder.inherits == changes[-1].facts["inherits"]


# The door


def test_the_owner_sets_it_over_http(alice, bob, photos):
    address = f"{STORE}/assets/{photos.id}/inheritance/"
    answer = client_for(alice).put(address, {"inherits": False}, JSON, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["inherits"], answer["ETag"]) == (200, False, '"2"')
    assert client_for(bob).put(address, {"inherits": True}, JSON).status_code == 403
    assert Client().put(address, {"inherits": True}, JSON).status_code == 401
    assert client_for(alice).put(address, {"inherits": True}, JSON, headers={"If-Match": '"1"'}).status_code == 412


@pytest.mark.parametrize("body", [{}, {"inherits": None}, {"inherits": "maybe"}, {"inherits": False, "deep": True}, []])
def test_nonsense_is_refused_and_changes_nothing(alice, photos, body):
    answer = client_for(alice).put(f"{STORE}/assets/{photos.id}/inheritance", body, JSON)

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_input")
    assert Asset.objects.get(pk=photos.id).inherits


# Wherever else it could come to light


def test_it_is_in_no_search_and_in_no_list_of_those_above(me, colleague, photos, private):
    file = file_in(private)
    labels.like(by=colleague.caller, asset_id=photos.id)
    people.add_people(by=me.caller, asset_id=file.id, role="viewer", names=["bob"])
    labels.like(by=colleague.caller, asset_id=file.id)
    people.remove_people(by=me.caller, asset_id=file.id, role="viewer", names=["bob"])

    def found(hand: Hand) -> list[list[str]]:
        by = hand.caller
        pages = [
            finding.search(by=by, filters=Filters(word="a.txt")),
            finding.search(by=by, filters=Filters(word="priv"), folder_id=photos.id),
            finding.recent(by=by),
            finding.favourites(by=by),
        ]
        return [[view.name for view in page.items] for page in pages]

    assert found(colleague) == [[], [], [], ["Photos"]]
    assert found(me) == [["a.txt"], ["Private"], ["a.txt"], []]


def test_it_is_not_in_what_those_above_download_or_copy(me, colleague, photos, private):
    me.file("b.txt", photos)
    with closing(archives.archive_of(by=colleague.caller, asset_ids=[photos.id])) as made:
        names = zipfile.ZipFile(io.BytesIO(b"".join(made.chunks))).namelist()
    copied = copying.copy(by=colleague.caller, asset_id=photos.id, folder_id=colleague.folder("Mine").id)

    assert names == ["Photos/", "Photos/b.txt"]
    assert colleague.names(copied) == ["b.txt"]


def test_a_link_to_what_lies_above_does_not_lead_into_it(me, photos, private):
    for role in ("viewer", "editor"):
        visitor = visiting_by(token_to(me, photos, role))

        assert (role_of(visitor, private), visitor.names(photos)) == (None, [])
