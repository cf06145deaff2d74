"""Handing over: an asset gets another owner, and its bytes another quota, once its recipient has accepted."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.models import User
from accounts.services import set_base_quota, suspend
from activity.models import AuditEntry, Event, Mail
from assets import tasks
from assets.models import Asset, AssetUserGrant, Identifier, Transfer
from assets.services import content, people, transfers, trash, tree
from assets.services.content import Body
from cloudbox.errors import (
    AccessDenied,
    BadInput,
    Conflict,
    NotAuthenticated,
    NotFound,
    QuotaExceeded,
    TooManyRequests,
)
from cloudbox.mailing import read
from tests.assets.conftest import Hand
from tests.assets.handing.conftest import accept, offer, offers
from tests.people import with_key


def owners_below(view) -> set[str]:
    rows = Asset.objects.filter(path__contains=[view.id]) | Asset.objects.filter(parent__path__contains=[view.id])
    return set(rows.values_list("owner__username", flat=True))


def unchanged(me, colleague, view) -> bool:
    return (owners_below(view), me.space(), colleague.space()) == ({"alice"}, (9, 0), (0, 0))


def test_who_accepts_owns_all_of_it_and_is_charged_for_it(me, colleague, photos):
    made = offer(me, photos)
    assert (made.direction, made.size, unchanged(me, colleague, photos)) == ("out", 9, True)

    taken = accept(colleague, made)

    assert (taken.owner.username, taken.role, taken.name) == ("bob", "owner", "Photos")
    assert taken.parent == tree.get(by=colleague.caller, asset_id=None).id
    assert (owners_below(photos), me.space(), colleague.space()) == ({"bob"}, (0, 0), (9, 0))
    assert (me.names(), offers(me), offers(colleague)) == ([], [], [])


def test_all_versions_and_what_is_in_the_trash_below_go_along(me, colleague, photos):
    file = me.file("a", photos, data=b"sweet")  # a second version
    me.file("c", photos, data=b"cc")
    trash.trash(by=me.caller, asset_id=Asset.objects.get(name="c").id)

    accept(colleague, offer(me, photos))

    assert (me.space(), colleague.space()) == ((0, 0), (16, 0))
    assert colleague.read(file, seq=1) == b"salt"
    assert [view.name for view in trash.trash_page(by=colleague.caller).items] == ["c"]


@pytest.mark.parametrize(("keep", "role"), [(True, "editor"), (False, None)])
def test_the_giver_stays_an_editor_unless_they_do_not_want_to(me, colleague, photos, keep, role):
    accept(colleague, offer(me, photos, keep=keep))

    if role:
        assert tree.get(by=me.caller, asset_id=photos.id).role == role
    else:
        with pytest.raises(NotFound):
            tree.get(by=me.caller, asset_id=photos.id)


def test_what_is_granted_on_it_stays_and_what_was_granted_above_ends(me, colleague, stranger, nobody, photos):
    outer = me.folder("Outer")
    tree.move(by=me.caller, asset_id=photos.id, folder_id=outer.id)
    people.add_people(by=me.caller, asset_id=photos.id, role="viewer", names=["charlie", "bob"])
    people.add_people(by=me.caller, asset_id=outer.id, role="editor", names=["charlie"])
    people.set_any_one_access(by=me.caller, asset_id=photos.id, access="viewer")

    accept(colleague, offer(me, photos))

    assert tree.get(by=stranger.caller, asset_id=photos.id).role == "viewer"
    assert tree.get(by=nobody.caller, asset_id=photos.id).role == "viewer"
    viewers = people.people_of(by=colleague.caller, asset_id=photos.id, role="viewer").people
    assert [person.username for person in viewers] == ["charlie"]  # the owner needs no grant


def test_a_folder_that_inherits_nothing_stays_so_and_shuts_the_giver_out(me, colleague, photos):
    below = Asset.objects.get(name="Below")
    people.set_inherits(by=me.caller, asset_id=below.id, inherits=False)

    accept(colleague, offer(me, photos))

    assert (me.names(photos), colleague.names(photos)) == (["a"], ["Below", "a"])


def test_it_goes_into_a_folder_of_ones_own_with_a_number_if_the_name_is_taken(me, colleague, photos):
    mine = colleague.folder("Mine")
    colleague.folder("Photos", mine)
    shared = me.folder("Shared", any_one_access="editor")
    made = offer(me, photos)

    for folder, refusal in ((shared, BadInput), (me.folder("Hidden"), NotFound), (photos, NotFound)):
        with pytest.raises(refusal):
            accept(colleague, made, folder_id=folder.id)
    taken = accept(colleague, made, folder_id=mine.id)

    assert (taken.parent, taken.name) == (mine.id, "Photos (1)")


def test_a_single_file_is_handed_over(me, colleague, photos):
    file = Asset.objects.get(name="a")

    accept(colleague, offer(me, file))

    assert (me.space(), colleague.space(), colleague.read(file)) == ((5, 0), (4, 0), b"salt")


# Refusals


def test_without_room_nothing_changes_and_the_offer_stays(me, colleague, photos):
    made = offer(me, photos)
    set_base_quota(by=SYSTEM, user_id=colleague.caller.must_be_signed_in(), size=8)

    with pytest.raises(QuotaExceeded) as refused:
        accept(colleague, made)

    assert refused.value.facts == {"needed": 9, "free": 8}
    assert unchanged(me, colleague, photos)
    assert offers(colleague) == [("in", "Photos")]
    set_base_quota(by=SYSTEM, user_id=colleague.caller.must_be_signed_in(), size=9)
    accept(colleague, made)


def test_what_became_larger_than_its_recipient_saw_is_not_taken(me, colleague, photos):
    made = offer(me, photos)
    seen = transfers.get_offer(by=colleague.caller, offer_id=made.id).size or 0
    me.file("more", photos, b"x")

    with pytest.raises(Conflict) as refused:
        transfers.accept(by=colleague.caller, offer_id=made.id, most=seen)

    assert (refused.value.facts["size"], colleague.space()) == (seen + 1, (0, 0))
    transfers.accept(by=colleague.caller, offer_id=made.id, most=seen + 1)
    assert colleague.space() == (seen + 1, 0)


def test_what_is_in_the_trash_meanwhile_is_refused_and_moved_within_the_tree_is_not(me, colleague, photos):
    outer = me.folder("Outer")
    made = offer(me, photos)
    tree.move(by=me.caller, asset_id=photos.id, folder_id=outer.id)
    trash.trash(by=me.caller, asset_id=outer.id)
    with pytest.raises(Conflict):
        accept(colleague, made)
    assert unchanged(me, colleague, photos)

    trash.restore(by=me.caller, asset_id=outer.id)
    accept(colleague, made)


def test_what_is_somebody_elses_or_purged_meanwhile_is_offered_no_longer(me, colleague, stranger, photos):
    ours = stranger.folder("Ours", any_one_access="editor")
    file = Asset.objects.get(name="a")
    moved, purged = offer(me, photos), offer(me, file)
    trash.purge(by=me.caller, asset_id=file.id)
    tree.move(by=me.caller, asset_id=photos.id, folder_id=ours.id)

    for made in (moved, purged):
        with pytest.raises(NotFound):
            accept(colleague, made)
    assert offers(colleague) == []
    tasks.drop_ended_offers()
    offer(stranger, photos)


def test_an_offer_of_what_lies_in_something_handed_over_ends_for_good(me, colleague, stranger, photos):
    file = Asset.objects.get(name="a")
    inner = offer(me, file, "charlie")
    accept(colleague, offer(me, photos))

    tree.move(by=colleague.caller, asset_id=file.id, folder_id=me.folder("Back", any_one_access="editor").id)

    assert Asset.objects.get(name="a").owner.username == "alice"  # and yet the old offer counts no longer
    with pytest.raises(NotFound):
        accept(stranger, inner)


def test_nobody_takes_from_the_suspended_nor_gives_to_them(me, colleague, photos, bob, alice):
    suspend(by=SYSTEM, user_id=bob.id)
    with pytest.raises(BadInput):
        offer(me, photos)
    User.objects.filter(pk=bob.id).update(suspended_at=None)
    made = offer(me, photos)
    suspend(by=SYSTEM, user_id=alice.id)
    with pytest.raises(Conflict):
        accept(colleague, made)
    assert unchanged(me, colleague, photos)


@pytest.mark.parametrize("to", ["nobody", "alice", "ALICE@example.com", "", "\0", "bob\0"])
def test_only_somebody_else_who_is_there_gets_an_offer(me, photos, bob, to):
    with pytest.raises(BadInput) as refused:
        offer(me, photos, to)
    assert refused.value.field == "to"


def test_an_address_that_nobody_confirmed_gets_none_where_mail_is_sent(me, photos, bob, settings):
    settings.CLOUDBOX_MAILING = read("smtp://mail.example", Path("/nowhere"))

    with pytest.raises(BadInput):
        offer(me, photos, "bob@example.com")
    offer(me, photos, "bob")


def test_only_its_owner_offers_and_never_their_root(me, colleague, stranger, nobody, alice, photos):
    people.add_people(by=me.caller, asset_id=photos.id, role="editor", names=["bob"])
    for hand, refusal in ((colleague, AccessDenied), (stranger, NotFound), (nobody, NotAuthenticated)):
        with pytest.raises(refusal):
            offer(hand, photos, "charlie")
    with pytest.raises(AccessDenied):
        offer(me, tree.get(by=me.caller, asset_id=None))
    with pytest.raises(AccessDenied):
        offer(Hand(with_key(alice, "read", "write", "share")), photos)
    assert offers(me) == []


def test_one_offer_at_a_time_until_it_is_withdrawn_declined_or_too_old(me, colleague, stranger, photos):
    made = offer(me, photos)
    with pytest.raises(Conflict):
        offer(me, photos, "charlie")

    transfers.withdraw(by=me.caller, offer_id=made.id)
    made = offer(me, photos, "charlie")
    transfers.decline(by=stranger.caller, offer_id=made.id)
    made = offer(me, photos)
    Transfer.objects.update(expires_at=timezone.now())
    with pytest.raises(NotFound):
        accept(colleague, made)
    assert offers(colleague) == []
    accept(colleague, offer(me, photos))


def test_an_offer_is_its_two_parties_alone(me, colleague, stranger, nobody, photos):
    made = offer(me, photos)
    calls = (transfers.get_offer, transfers.accept, transfers.decline, transfers.withdraw)
    for call in calls:
        with pytest.raises(NotFound):
            call(by=stranger.caller, offer_id=made.id)
        with pytest.raises(NotAuthenticated):
            call(by=nobody.caller, offer_id=made.id)
    for hand, call in (
        (me, transfers.accept),
        (me, transfers.decline),
        (colleague, transfers.withdraw),
    ):
        with pytest.raises(AccessDenied):
            call(by=hand.caller, offer_id=made.id)
    assert (offers(me), offers(colleague), offers(stranger)) == ([("out", "Photos")], [("in", "Photos")], [])
    assert transfers.get_offer(by=colleague.caller, offer_id=made.id).size == 9


def test_a_key_accepts_only_for_the_whole_account_and_with_its_scopes(me, colleague, bob, photos):
    made = offer(me, photos)
    whole, folder = ("read", "write"), colleague.folder("Mine").id
    for caller in (with_key(bob, "read"), with_key(bob, *whole, folder=folder), with_key(bob, "write")):
        for call in (transfers.accept, transfers.decline):
            with pytest.raises(AccessDenied):
                call(by=caller, offer_id=made.id)
    accept(Hand(with_key(bob, *whole)), made)


# What goes with it


def test_what_is_uploaded_into_it_meanwhile_counts_for_the_new_owner(me, colleague, photos):
    made = offer(me, photos)

    def chunks():
        yield b"half "
        accept(colleague, made)
        yield b"done"

    content.store_file(by=me.caller, folder_id=photos.id, name="new", body=Body(chunks()))

    assert (me.space(), colleague.space()) == ((0, 0), (18, 0))
    assert owners_below(photos) == {"bob"}


def test_identifiers_follow_and_one_that_the_new_owner_has_is_dropped(me, colleague, alice, bob, photos):
    theirs = colleague.file("mine")
    names = {"a": ("blobs", "1"), "b": ("blobs", "2"), "mine": ("blobs", "1")}
    for name, (door, value) in names.items():
        asset = Asset.objects.get(name=name)
        Identifier.objects.create(asset=asset, owner_id=asset.owner_id, door=door, value=value)
    third = me.file("c", photos)
    Identifier.objects.create(asset_id=third.id, owner=alice, door="data", value="1")

    accept(colleague, offer(me, photos))

    found = Identifier.objects.order_by("door", "value").values_list("door", "value", "owner", "asset__name")
    assert list(found) == [
        ("blobs", "1", bob.id, "mine"),
        ("blobs", "2", bob.id, "b"),
        ("data", "1", bob.id, "c"),
    ]
    assert theirs.id == Identifier.objects.get(value="1", door="blobs").asset_id


# What is told


def test_the_recipient_is_mailed_and_both_find_it_in_their_activity(me, colleague, alice, bob, photos):
    made = offer(me, photos)
    (mail,) = Mail.objects.filter(kind="transfer_offered")
    assert (mail.to, "Photos" in mail.text, "14 days" in mail.text) == ("bob@example.com", True, True)

    accept(colleague, made)

    rows = AuditEntry.objects.order_by("id").values_list("verb", "actor_label", "owner_id")
    assert list(rows)[-2:] == [("folder_offered", "alice", alice.id), ("folder_handed_over", "bob", bob.id)]
    for kind in ("folder_offered", "folder_handed_over"):
        assert set(Event.objects.get(kind=kind).audience) == {alice.id, bob.id}


def test_nobody_floods_a_mailbox_with_offers(me, photos, bob):
    files = [me.file(f"{number}") for number in range(21)]
    for file in files[:20]:
        offer(me, file)
    with pytest.raises(TooManyRequests):
        offer(me, files[20])
    assert Mail.objects.filter(kind="transfer_offered").count() == 20


def test_somebody_has_so_many_open_offers_and_no_more(me, photos, bob, monkeypatch):
    monkeypatch.setattr(transfers, "MOST", 2)
    files = [me.file(f"{number}") for number in range(3)]
    made = [offer(me, view) for view in files[:2]]
    with pytest.raises(Conflict):
        offer(me, files[2])
    transfers.withdraw(by=me.caller, offer_id=made[0].id)
    offer(me, files[2])


def test_offers_that_ended_are_dropped_and_open_ones_are_not(me, colleague, photos):
    old, new = offer(me, Asset.objects.get(name="a")), offer(me, photos)
    Transfer.objects.filter(pk=old.id).update(expires_at=timezone.now() - timedelta(seconds=1))

    tasks.drop_ended_offers()

    assert list(Transfer.objects.values_list("id", flat=True)) == [new.id]


def test_a_list_of_offers_comes_in_pages_with_one_query_each(me, colleague, photos, django_assert_num_queries):
    names = [f"{number}" for number in range(5)]
    offer(me, photos)
    with django_assert_num_queries(1):
        assert offers(colleague) == [("in", "Photos")]
    for name in names:
        offer(me, me.file(name))
    with django_assert_num_queries(1):
        assert len(offers(colleague)) == 6

    listed, cursor = [], None
    while True:
        page = transfers.offers(by=me.caller, limit=2, cursor=cursor)
        listed += [found.name for found in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert listed == [*reversed(names), "Photos"]


def test_an_asset_that_goes_for_good_takes_its_offer_along(me, photos, bob):
    offer(me, photos)
    trash.purge(by=me.caller, asset_id=photos.id)
    tasks.purge(str(photos.id))

    assert not Transfer.objects.exists()
    assert not AssetUserGrant.objects.exists()


def test_nonsense_for_a_cursor_is_refused(me):
    with pytest.raises(BadInput):
        transfers.offers(by=me.caller, cursor="nonsense")
    with pytest.raises(NotFound):
        transfers.get_offer(by=me.caller, offer_id=tree.get(by=me.caller, asset_id=None).id)
