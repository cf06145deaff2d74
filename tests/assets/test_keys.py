"""An access key only narrows: to its scopes, and maybe to one folder and what lies below."""

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from accounts.bearers import proven
from accounts.callers import Caller, Limits
from accounts.keys import KeyBearer
from accounts.refusals import KeyNotEnough
from accounts.services import keys
from assets.access import asset_for, enter
from assets.digests import Expected
from assets.models import Asset, Upload
from assets.placing import OnConflict
from assets.services import bulk, content, links, parts, people, trash, tree
from assets.services.content import Body
from assets.words import ABILITIES, SCOPES, Ability, Role, reach_of
from cloudbox.errors import AccessDenied, BadInput, NotFound, Refusal
from tests.assets.conftest import Hand
from tests.people import caller_for, key_of, with_key

pytestmark = pytest.mark.django_db
ALL = ("read", "write", "delete", "share")


@pytest.fixture
def photos(store, me):
    """A folder with a file and a folder, beside which there is more."""
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    me.folder("below", folder)
    me.file("outside.txt")
    return folder


@pytest.fixture
def key(alice, photos):
    """Return a hand of alice that holds a key, by default for the photos only."""

    def key(*scopes: str, folder=photos.id) -> Hand:
        return Hand(with_key(alice, *scopes, folder=folder))

    return key


def child(folder, name):
    return Asset.objects.get(parent_id=folder.id, name=name, trashed_at=None)


# Scopes


@given(scopes=st.frozensets(st.sampled_from([*ALL, "documents"])))
@run(max_examples=40)
def test_abilities_follow_from_scopes_and_none_from_a_key_that_may_not_read(scopes):
    reach = reach_of(scopes)

    assert reach == {ability for ability in Ability if set(SCOPES[ability]) <= scopes}
    assert bool(reach) is ("read" in scopes)
    assert (Ability.OWN in reach) is scopes.issuperset(ALL)


@pytest.mark.parametrize("need", list(Ability))
@pytest.mark.parametrize("lacking", ALL)
def test_what_a_key_lacks_is_told_by_the_name_of_the_scope(key, photos, need, lacking):
    by = key(*(scope for scope in ALL if scope != lacking)).caller

    if lacking == "read":
        with pytest.raises(NotFound):
            asset_for(by, photos.id, need)
    elif lacking in SCOPES[need]:
        with pytest.raises(KeyNotEnough) as refused:
            asset_for(by, photos.id, need)
        assert refused.value.facts == {"missing": [lacking]}
    else:
        assert asset_for(by, photos.id, need).abilities == ABILITIES[Role.OWNER] & reach_of(by.limits.scopes)


def test_what_is_shown_says_what_the_key_may_do(key, photos):
    hand = key("read", "write")

    seen = [tree.get(by=hand.caller, asset_id=photos.id), *tree.content_of(by=hand.caller, folder_id=photos.id).items]
    made = hand.file("new.jpg", photos)

    assert {view.abilities for view in [*seen, made]} == {("add", "change", "read")}
    assert made == tree.get(by=hand.caller, asset_id=made.id)


def test_a_key_gives_nothing_that_its_user_does_not_have(alice, bob, me, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])
    by = with_key(bob, *ALL)

    assert tree.get(by=by, asset_id=photos.id).abilities == ("read",)
    with pytest.raises(AccessDenied) as refused:
        tree.rename(by=by, asset_id=photos.id, name="mine")
    assert refused.value.code == "access_denied"


# A folder


def test_a_key_for_a_folder_sees_it_and_what_lies_below_and_nothing_else(key, photos, me):
    hand = key("read")
    outside = [me.caller.user_id, Asset.objects.get(name="outside.txt").id, photos.parent, uuid4()]

    assert hand.names(photos) == ["below", "a.jpg"]
    assert hand.read(child(photos, "a.jpg")) == b"bytes of a"
    assert tree.get(by=hand.caller, asset_id=photos.id).parent is None
    assert tree.get(by=hand.caller, asset_id=child(photos, "below").id).parent == photos.id
    for asset_id in outside:
        with pytest.raises(NotFound):
            tree.get(by=hand.caller, asset_id=asset_id)
    for look in (tree.get, lambda by, asset_id: tree.content_of(by=by, folder_id=asset_id)):
        with pytest.raises(NotFound):
            look(by=hand.caller, asset_id=None)


def test_what_anyone_may_see_is_hidden_from_a_key_for_another_folder(key, me):
    open_to_all = me.folder("open", any_one_access="viewer")

    with pytest.raises(NotFound):
        tree.get(by=key(*ALL).caller, asset_id=open_to_all.id)


def test_a_key_for_the_root_is_one_for_everything_of_ones_own(alice, me, photos, colleague):
    theirs = colleague.folder("theirs")
    people.add_people(by=colleague.caller, asset_id=theirs.id, role="editor", names=["alice"])
    hand = Hand(with_key(alice, *ALL, folder=photos.parent))

    assert hand.names() == me.names()
    with pytest.raises(NotFound):
        tree.get(by=hand.caller, asset_id=theirs.id)


def test_a_key_may_be_for_a_folder_that_others_share(alice, bob, me, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    hand = Hand(with_key(bob, "read", "write", folder=photos.id))

    assert hand.file("from bob", photos).name == "from bob"
    with pytest.raises(NotFound):
        hand.file("mine")


def test_sharing_that_ends_ends_the_key_that_was_for_it(bob, me, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    by = with_key(bob, *ALL, folder=photos.id)
    people.remove_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])

    with pytest.raises(NotFound):
        tree.get(by=by, asset_id=photos.id)


@pytest.mark.parametrize("what", ["missing", "of somebody else", "a file", "in the trash"])
def test_a_key_is_made_only_for_a_folder_that_its_user_sees(alice, me, stranger, photos, what):
    if what == "in the trash":
        trash.trash(by=me.caller, asset_id=photos.id)
    folder_id = {
        "missing": uuid4(),
        "of somebody else": stranger.folder("theirs").id,
        "a file": child(photos, "a.jpg").id,
        "in the trash": photos.id,
    }[what]

    with pytest.raises(BadInput) as refused:
        key_of(alice, "read", folder=folder_id)
    assert refused.value.field == "folder"
    assert keys.page(by=caller_for(alice)).items == []


def test_both_ends_of_a_move_lie_in_the_folder(key, me, photos):
    hand, root = key(*ALL), photos.parent
    inside, outside = child(photos, "a.jpg").id, Asset.objects.get(name="outside.txt").id
    below = child(photos, "below").id

    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=inside, folder_id=root)
    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=outside, folder_id=below)
    with pytest.raises(NotFound):
        tree.move(by=hand.caller, asset_id=photos.id, folder_id=root, name="up")

    assert tree.move(by=hand.caller, asset_id=inside, folder_id=below).parent == below
    assert me.names() == ["photos", "outside.txt"]


def test_what_is_moved_out_of_the_folder_is_out_of_reach(key, me, photos):
    hand, file = key("read"), child(photos, "a.jpg")
    assert hand.read(file)

    tree.move(by=me.caller, asset_id=file.id, folder_id=photos.parent)

    with pytest.raises(NotFound):
        hand.read(file)


# The trash


def test_a_key_sees_of_the_trash_what_lay_in_its_folder(key, me, photos):
    inside, outside = child(photos, "a.jpg").id, me.file("b").id
    below = child(photos, "below").id
    for asset_id in (inside, outside, below):
        trash.trash(by=me.caller, asset_id=asset_id)
    hand = key(*ALL)

    assert {view.id for view in trash.trash_page(by=hand.caller).items} == {inside, below}
    for act in (trash.restore, trash.purge_from_trash):
        with pytest.raises(NotFound):
            act(by=hand.caller, asset_id=outside)
    assert trash.restore(by=hand.caller, asset_id=inside).parent == photos.id


def test_a_key_empties_of_the_trash_what_lay_in_its_folder(key, me, photos):
    outside = me.file("b").id
    for asset_id in (child(photos, "a.jpg").id, outside):
        trash.trash(by=me.caller, asset_id=asset_id)

    assert trash.empty_trash(by=key(*ALL).caller) == 1

    assert [view.id for view in trash.trash_page(by=me.caller).items] == [outside]


def test_the_folder_of_a_key_is_hidden_in_the_trash_except_there(key, me, photos):
    trash.trash(by=me.caller, asset_id=photos.id)
    by = key("read", folder=None).caller
    hand = Hand(replace(by, limits=replace(by.limits, folder_id=photos.id)))  # as if made before

    with pytest.raises(NotFound):
        tree.get(by=hand.caller, asset_id=photos.id)
    assert [(view.id, view.parent) for view in trash.trash_page(by=hand.caller).items] == [(photos.id, None)]


def test_nothing_is_restored_out_of_the_folder(key, me, photos):
    hand, inner = key(*ALL), child(photos, "below")
    file = me.file("deep", tree.get(by=me.caller, asset_id=inner.id))
    trash.trash(by=me.caller, asset_id=file.id)
    trash.trash(by=me.caller, asset_id=inner.id)

    with pytest.raises(NotFound):  # its folder is in the trash, so it would go to the root
        trash.restore(by=hand.caller, asset_id=file.id)


def test_emptying_the_trash_takes_all_that_owning_takes(key, me, photos):
    trash.trash(by=me.caller, asset_id=child(photos, "a.jpg").id)

    with pytest.raises(KeyNotEnough) as refused:
        trash.empty_trash(by=key("read", "delete").caller)
    assert refused.value.facts == {"missing": ["write", "share"]}
    assert len(trash.trash_page(by=me.caller).items) == 1


# Uploads, people


def test_uploads_in_parts_ask_how_far_the_key_goes(key, me, photos):
    inside = parts.begin(by=me.caller, folder_id=photos.id, name="x").id
    outside = parts.begin(by=me.caller, folder_id=None, name="y").id
    may, reads = key("read", "write").caller, key("read").caller
    body = Body([b"abc"], Expected(3))

    assert parts.append(by=may, upload_id=inside, offset=0, body=body) == 3
    for act in (
        lambda by, it: parts.append(by=by, upload_id=it, offset=0, body=body),
        lambda by, it: parts.put_part(by=by, upload_id=it, number=1, body=body),
        lambda by, it: parts.announce(by=by, upload_id=it, size=3),
        lambda by, it: parts.finish(by=by, upload_id=it),
        lambda by, it: parts.abort(by=by, upload_id=it),
        lambda by, it: parts.progress_of(by=by, upload_id=it),
        lambda by, it: parts.parts_of(by=by, upload_id=it),
    ):
        with pytest.raises(NotFound):
            act(may, outside)
        with pytest.raises(KeyNotEnough):
            act(reads, inside)
    assert parts.finish(by=may, upload_id=inside).file.name == "x"
    assert Upload.objects.count() == 1


def test_a_key_that_may_not_share_gives_no_role_up_either(bob, me, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["bob"])

    with pytest.raises(KeyNotEnough):
        people.remove_people(by=with_key(bob, "read"), asset_id=photos.id, role="viewer", names=["bob"])

    assert [person.username for person in people.people_of(by=me.caller, asset_id=photos.id, role="viewer").people] == [
        "bob"
    ]


@pytest.mark.parametrize("scopes", [("read", "share"), ("read", "write", "share"), ("read", "delete", "share")])
def test_a_key_lets_nobody_do_what_it_may_not_do_itself(alice, bob, me, photos, scopes):
    key = with_key(alice, *scopes)

    for act in (
        lambda: people.add_people(by=key, asset_id=photos.id, role="editor", names=["bob"]),
        lambda: people.set_any_one_access(by=key, asset_id=photos.id, access="editor"),
        lambda: links.make(by=key, asset_id=photos.id, role="editor", wish={}),
        lambda: bulk.begin(by=key, asset_ids=[photos.id], action="share", role="editor", users=["bob"]),
    ):
        with pytest.raises(KeyNotEnough):
            act()
    assert people.people_of(by=me.caller, asset_id=photos.id, role="editor").people == []
    people.add_people(by=key, asset_id=photos.id, role="viewer", names=["bob"])
    assert people.set_any_one_access(by=key, asset_id=photos.id, access="viewer").any_one_access == "viewer"


# The hot path


def bearer(alice, *scopes: str, folder=None) -> KeyBearer:
    asked = KeyBearer.of(key_of(alice, *scopes, folder=folder).token, Caller.anonymous(address="198.51.100.8"))
    proven(asked)
    return asked


def store_by(asked, folder_id, name="new"):
    return content.store_file(by=asked, folder_id=folder_id, name=name, body=Body([b"data"], Expected(4)))


def test_a_key_costs_no_query_more_than_a_session(alice, photos, django_assert_num_queries):
    asked, file = bearer(alice, "read", "write", folder=photos.id), child(photos, "a.jpg")

    with django_assert_num_queries(1):
        content.open_file(by=asked, file_id=file.id)
    with django_assert_num_queries(4 + 2):  # the two are a savepoint in this test's transaction
        store_by(asked, photos.id)
    made = child(photos, "new")
    assert (made.created_by_id, made.owner_id) == (alice.id, alice.id)


@pytest.mark.parametrize("scopes", [("read",), ("read", "delete", "share"), ("write",)])
@pytest.mark.parametrize("on_conflict", list(OnConflict))
def test_a_key_that_may_not_write_stores_nothing_and_holds_no_room(alice, me, photos, scopes, on_conflict):
    before = me.space()

    with pytest.raises((KeyNotEnough, NotFound)):
        content.store_file(
            by=bearer(alice, *scopes),
            folder_id=photos.id,
            name="a.jpg",
            body=Body([b"data"], Expected(4)),
            on_conflict=on_conflict,
        )

    assert me.space() == before
    assert not Upload.objects.exists()


def test_a_key_stores_nothing_beside_its_folder(alice, me, photos):
    before, asked = me.space(), bearer(alice, *ALL, folder=child(photos, "below").id)

    for folder_id in (photos.id, photos.parent, None):
        with pytest.raises(NotFound):
            store_by(asked, folder_id)

    assert me.space() == before
    assert not Upload.objects.exists()


@given(scopes=st.frozensets(st.sampled_from(ALL)), in_folder=st.booleans(), need=st.sampled_from(list(Ability)))
@run(max_examples=60)
def test_the_gate_says_the_same_of_a_bearer_as_of_their_caller(alice, photos, scopes, in_folder, need):
    asked = bearer(alice, *(scopes or {"documents"}), folder=photos.id if in_folder else None)
    by = proven(asked)
    outside = Asset.objects.get(name="outside.txt")

    for asset_id in (photos.id, child(photos, "a.jpg").id, outside.id):
        assert told(lambda it=asset_id: enter(asked, it, need)[1]) == told(lambda it=asset_id: asset_for(by, it, need))


def told(ask):
    try:
        entry = ask()
    except Refusal as refusal:
        return refusal.code, refusal.facts
    return entry.asset.id, entry.role, entry.abilities, entry.parent_seen


def test_whoever_sends_bytes_with_a_key_is_counted_as_its_user(alice):
    asked = KeyBearer.of(key_of(alice, "read").token, Caller.anonymous())
    before = asked.user_id

    proven(asked)

    assert (before, asked.user_id) == (None, alice.id)


def test_limits_are_what_a_key_says():
    limits = Limits(key_id="K" * 20, scopes=frozenset({"read"}))

    with pytest.raises(KeyNotEnough, match="write, delete"):
        limits.must_have("read", "write", "delete")
