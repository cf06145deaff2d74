"""Many at once: the tree stays a tree, and names stay single."""

import random
import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import F

from assets import retention, tasks
from assets.models import LIVE, Asset, Blob, Condemned
from assets.placing import OnConflict
from assets.services import content, people, trash, tree
from assets.services.content import Body
from assets.shapes import AssetView
from cloudbox.errors import Refusal
from tests.assets.conftest import Hand, charged
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def together(*calls: Callable[[], object]) -> list[object]:
    """Make the calls at the same moment; return what each returned, or its refusal. Anything worse is raised."""
    results = at_once(len(calls), lambda number: calls[number]())
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, Refusal):
            raise result
    return results


def check_tree() -> None:
    """Every folder's path is its parents' ids, and every name is in its folder once."""
    folders = {folder.id: folder for folder in Asset.objects.filter(kind="folder")}
    for folder in folders.values():
        line, above = [folder.id], folder.parent_id
        while above is not None:
            line.insert(0, above)
            assert len(line) <= len(folders)
            above = folders[above].parent_id
        assert folder.path == line
    live = list(Asset.objects.filter(LIVE).values_list("parent", "name"))
    assert len(live) == len(set(live))


def test_opposite_moves_never_make_a_cycle(me):
    for _ in range(5):
        a, b = (me.folder(name, on_conflict=OnConflict.RENAME) for name in ("a", "b"))
        together(
            partial(tree.move, by=me.caller, asset_id=a.id, folder_id=b.id),
            partial(tree.move, by=me.caller, asset_id=b.id, folder_id=a.id),
        )
        check_tree()


def test_a_storm_of_changes_leaves_a_tree_exact_counters_and_every_byte(store, me, colleague, alice, bob, monkeypatch):
    monkeypatch.setattr(settings, "CLOUDBOX_VERSIONS_KEPT", 2)
    folders = [hand.folder(f"f{number}", any_one_access="editor") for hand in (me, colleague) for number in range(3)]
    files = [me.file(f"file {number}", folders[number]) for number in range(3)]
    chance = random.Random(7)

    def upload(hand: Hand, folder: AssetView, on_conflict: OnConflict) -> object:
        return content.store_file(
            by=hand.caller, folder_id=folder.id, name="new", body=Body([b"abc"]), on_conflict=on_conflict
        )

    def one_of_many() -> Callable[[], object]:
        hand, folder, file = chance.choice([me, colleague]), chance.choice(folders), chance.choice(files)
        asset, by = chance.choice([*folders, *files]), hand.caller
        calls: list[Callable[[], object]] = [
            partial(upload, hand, folder, chance.choice(list(OnConflict))),
            partial(content.replace_content, by=by, file_id=file.id, body=Body([b"again"])),
            partial(tree.move, by=by, asset_id=asset.id, folder_id=folder.id, on_conflict=OnConflict.RENAME),
            partial(tree.make_folder, by=by, parent_id=folder.id, name="new", on_conflict=OnConflict.RENAME),
            partial(tree.rename, by=by, asset_id=asset.id, name=f"f{folder.id}"),
            partial(trash.trash, by=by, asset_id=asset.id),
            partial(trash.restore, by=by, asset_id=asset.id),
            partial(trash.purge_from_trash, by=by, asset_id=asset.id),
            tasks.purge_expired,
            retention.free_surplus,
        ]
        return chance.choice(calls)

    for _ in range(5):
        together(*(one_of_many() for _ in range(8)))

    check_tree()
    for hand, user in ((me, alice), (colleague, bob)):
        assert hand.space() == (charged(user.id), 0)
    assert not Asset.objects.exclude(parent=None).exclude(owner=F("parent__owner")).exists()
    named, condemned = (set(rows.objects.values_list("key", flat=True)) for rows in (Blob, Condemned))
    assert named <= {found.key for found in store.stored()} <= named | condemned


@pytest.mark.parametrize("on_conflict", [OnConflict.FAIL, OnConflict.RENAME, OnConflict.REPLACE])
def test_one_name_wanted_by_many_is_given_once(store, me, on_conflict):
    def upload() -> object:
        return content.store_file(
            by=me.caller, folder_id=None, name="a.txt", body=Body([b"data"]), on_conflict=on_conflict
        )[0]

    results = together(*[upload] * 6)

    stored = [result for result in results if not isinstance(result, Refusal)]
    wanted = {"fail": ["a.txt"], "replace": ["a.txt"], "rename": ["a.txt", *(f"a ({n}).txt" for n in range(1, 6))]}
    assert sorted(me.names()) == sorted(wanted[on_conflict])
    assert len(stored) == {"fail": 1, "replace": 6, "rename": 6}[on_conflict]
    assert me.space() == (4 * len(stored), 0)


def test_a_folder_and_a_file_do_not_both_take_a_name(store, me):
    for number in range(4):
        name = f"plan {number}"
        together(partial(me.folder, name), partial(me.file, name))

    check_tree()


def test_a_move_to_another_owner_recharges_all_below_whatever_comes_meanwhile(store, me, colleague, alice, bob):
    ours = colleague.folder("Ours")
    people.add_people(by=colleague.caller, asset_id=ours.id, role="editor", names=["alice"])
    photos = me.folder("Photos")
    below = me.folder("Below", photos)
    me.file("a", below, data=b"12345")

    together(
        lambda: tree.move(by=me.caller, asset_id=photos.id, folder_id=ours.id),
        *(partial(me.file, f"new {number}", below, data=b"xy") for number in range(5)),
    )

    check_tree()
    for hand, user in ((me, alice), (colleague, bob)):
        sizes = Asset.objects.filter(owner=user, kind="file").values_list("versions__size", flat=True)
        assert hand.space() == (sum(sizes), 0)
    owners = Asset.objects.filter(path__contains=[photos.id]).values_list("owner", flat=True).distinct()
    assert set(owners) == {bob.id}
    assert set(Asset.objects.filter(parent=below.id).values_list("owner", flat=True)) == {bob.id}


def test_a_new_file_waits_for_the_move_of_its_folder(store, me):
    photos = me.folder("Photos")
    with transaction.atomic():
        Asset.objects.select_for_update(no_key=True).get(pk=photos.id)
        results: list[object] = []
        thread = threading.Thread(target=lambda: results.extend(together(lambda: me.file("a", photos))))
        thread.start()
        thread.join(0.5)
        waited = thread.is_alive()
    thread.join()

    assert waited
    assert me.names(photos) == ["a"]
