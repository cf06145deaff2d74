"""Many at one offer: it is accepted once, and nobody is charged twice, or for nothing."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from assets import tasks
from assets.models import Asset, AssetUserGrant, Identifier, Transfer
from assets.placing import OnConflict
from assets.services import transfers, trash, tree
from cloudbox.errors import Conflict, NotFound, Refusal
from tests.assets.conftest import charged
from tests.assets.handing.conftest import accept, offer
from tests.assets.test_races import check_tree, together
from tests.threads import at_once, behind

pytestmark = pytest.mark.django_db(transaction=True)


def all_is_well(*hands_and_users) -> bool:
    check_tree()
    strangers = Asset.objects.exclude(parent=None).exclude(owner=F("parent__owner"))
    return not strangers.exists() and all(hand.space() == (charged(user.id), 0) for hand, user in hands_and_users)


def test_of_forty_that_accept_at_once_one_does(me, colleague, alice, bob, photos):
    made = offer(me, photos)

    answers = at_once(40, lambda _: accept(colleague, made))

    (taken,) = [answer for answer in answers if not isinstance(answer, Exception)]
    assert all(isinstance(answer, NotFound | Conflict) for answer in answers if answer is not taken)
    assert (me.space(), colleague.space(), taken.name) == ((0, 0), (9, 0), "Photos")
    assert AssetUserGrant.objects.count() == 1
    assert all_is_well((me, alice), (colleague, bob))


def test_of_forty_offers_of_one_thing_one_is_made(me, photos, bob, charlie, monkeypatch):
    monkeypatch.setattr("accounts.limiter.letter", lambda **_: None)  # another limit than the one that is meant

    answers = at_once(40, lambda number: offer(me, photos, ("bob", "charlie")[number % 2]))

    assert sum(not isinstance(answer, Exception) for answer in answers) == Transfer.objects.count() == 1
    assert all(isinstance(answer, Conflict) for answer in answers if isinstance(answer, Exception))


def test_of_many_offers_at_once_no_more_are_open_than_may_be(me, store, bob, monkeypatch):
    monkeypatch.setattr(transfers, "MOST", 3)
    files = [me.file(f"{number}") for number in range(8)]

    answers = at_once(8, lambda number: offer(me, files[number]))

    assert sum(not isinstance(answer, Exception) for answer in answers) == Transfer.objects.count() == 3


MEANWHILE = ("trash", "purge", "move", "rename", "upload", "make a folder", "withdraw", "decline", "drop")


def meanwhile(what: str, me, colleague, made, view) -> Callable[[], object]:
    calls: dict[str, Callable[[], object]] = {
        "trash": partial(trash.trash, by=me.caller, asset_id=view.id),
        "purge": partial(trash.purge, by=me.caller, asset_id=view.id),
        "move": lambda: tree.move(by=me.caller, asset_id=view.id, folder_id=me.folder("There").id),
        "rename": partial(tree.rename, by=me.caller, asset_id=view.id, name="Renamed"),
        "upload": partial(me.file, "new", view),
        "make a folder": partial(me.folder, "new", view),
        "withdraw": partial(transfers.withdraw, by=me.caller, offer_id=made.id),
        "decline": partial(transfers.decline, by=colleague.caller, offer_id=made.id),
        "drop": transfers.drop_ended,
    }
    return calls[what]


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_happens_to_it_meanwhile_is_before_or_after_and_never_half(me, colleague, alice, bob, photos, what):
    for _ in range(3):
        folder = me.folder("Photos", on_conflict=OnConflict.RENAME)
        me.file("a", folder, data=b"salt")
        made = offer(me, folder)

        together(partial(accept, colleague, made), meanwhile(what, me, colleague, made, folder))

        transfers.drop_ended()
        owner = Asset.objects.get(pk=folder.id).owner
        assert Transfer.objects.filter(pk=made.id).exists() <= (owner == alice)
        assert all_is_well((me, alice), (colleague, bob))
        Transfer.objects.all().delete()
    tasks.purge_expired()
    assert all_is_well((me, alice), (colleague, bob))


def test_an_offer_that_is_withdrawn_while_it_is_accepted_is_not_taken(me, colleague, photos):
    made = offer(me, photos)

    with transaction.atomic():
        transfers.withdraw(by=me.caller, offer_id=made.id)
        accepted = behind(partial(accept, colleague, made))

    assert isinstance(accepted.exception(30), NotFound)
    assert (me.space(), colleague.space()) == ((9, 0), (0, 0))


def test_what_is_trashed_while_it_is_accepted_stays_where_it_is(me, colleague, photos):
    made = offer(me, photos)

    with transaction.atomic():
        trash.trash(by=me.caller, asset_id=photos.id)
        accepted = behind(partial(accept, colleague, made))

    assert isinstance(accepted.exception(30), NotFound)
    assert [view.name for view in trash.trash_page(by=me.caller).items] == ["Photos"]
    assert (me.space(), colleague.space()) == ((9, 0), (0, 0))


def test_two_who_hand_over_to_each_other_at_once_do_not_wait_for_each_other(me, colleague, alice, bob, photos):
    theirs = colleague.folder("Theirs")
    colleague.file("c", theirs, data=b"12")
    ours, back = offer(me, photos), offer(colleague, theirs, "alice")

    answers = together(partial(accept, colleague, ours), partial(accept, me, back))

    assert not any(isinstance(answer, Refusal) for answer in answers)
    assert (me.space(), colleague.space()) == ((2, 0), (9, 0))
    assert all_is_well((me, alice), (colleague, bob))


def test_an_identifier_that_the_new_owner_uses_just_now_is_dropped(me, colleague, alice, bob, photos):
    file, theirs = Asset.objects.get(name="a"), colleague.file("mine")
    Identifier.objects.create(asset=file, owner=alice, door="blobs", value="1")
    made = offer(me, photos)

    with transaction.atomic():
        Identifier.objects.create(asset_id=theirs.id, owner=bob, door="blobs", value="1")
        accepted = behind(partial(accept, colleague, made))

    assert accepted.exception(30) is None
    assert list(Identifier.objects.values_list("asset", "owner")) == [(theirs.id, bob.id)]
