"""A fault at any call to the disk or the database: nothing acknowledged is lost, and nothing stays taken or behind.

What can be done with the tree is done again and again, each time with another of its calls failing, and then once more
without. A hundred of these runs are drawn, always the same; all of them run in `make slow`.
"""

import random
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from accounts.models import Usage, User
from assets import storage, tasks
from assets.models import Asset, Blob, Condemned, Upload, UploadPart
from assets.services import trash, tree
from tests.assets.conftest import Hand, charged, keys
from tests.assets.faults.injected import Boundary, Fault, counted
from tests.assets.faults.operations import OPERATIONS, Operation, Scene, swept
from tests.assets.test_races import check_tree

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = 100
PAST = "2000-01-01T00:00Z"
NOWHERE = Path("/nowhere")  # a store in the database touches no disk of ours
STORES = {"local": "local://{}/blobs", "database": "database:"}


class Scenes:
    """Sets one scene after another, in folders of their own."""

    def __init__(self, me: Hand, colleague: Hand) -> None:
        self.me, self.colleague, self.made = me, colleague, list[Scene]()

    def __call__(self) -> Scene:
        number = len(self.made)
        self.made.append(Scene(self.me, self.colleague, self.me.folder(f"{number}"), number))
        return self.made[-1]


@pytest.fixture
def scenes(me, colleague):
    User.objects.filter(username="bob").update(email=None, email_key=None)  # so many offers would flood his mailbox
    return Scenes(me, colleague)


def run(scenes, store, operation: Operation, fault: Fault | None = None) -> Boundary:
    """Do it with the fault, look whether all is well, and do it again if it was not done; return what was counted."""
    scene = scenes()
    operation.prepare(scene)
    with counted(getattr(store, "root", NOWHERE), fault) as boundary:
        failure = outcome(partial(operation.act, scene))
    assert boundary.struck or failure is None
    connection.close()  # as whoever has lost it would
    if not operation.is_done(scene):
        assert failure is not None or not operation.tells, "It was acknowledged."
        keeps_its_word(scene)
        assert outcome(partial(operation.act, scene)) is None
        assert operation.is_done(scene)
    scene.kept.update(operation.then(scene))
    take_out(scene)
    keeps_its_word(scene)
    return boundary


def outcome(act) -> Exception | None:
    """Return what an act has raised. A job keeps it for itself."""
    try:
        act()
    except Exception as error:  # noqa: BLE001  whatever comes of the fault
        return error
    return None


def is_in_order(store, scenes: list[Scene]) -> None:
    """Look at what is left when all that waits is over: every byte and counter, the tree, no orphan.

    What any of the faults has broken is still broken now.
    """
    Upload.objects.update(lease_until=PAST, expires_at=PAST)
    swept()
    Condemned.objects.update(delete_at=PAST)
    swept()
    for scene in scenes:
        keeps_its_word(scene)
    check_tree()
    assert not Asset.objects.exclude(parent=None).exclude(owner=F("parent__owner")).exists()
    assert keys(store.name) == set(Blob.objects.exclude(key=None).values_list("key", flat=True))
    call_command("fsck", "--deep")


def keeps_its_word(scene: Scene) -> None:
    """Look at what nobody may have to wait for: that all which was acknowledged is there, and the counters exact."""
    for hand in (scene.me, scene.colleague):
        owner = hand.caller.must_be_signed_in()
        reserved = sum(Upload.objects.filter(owner=owner).values_list("reserved", flat=True))
        assert hand.space() == (charged(owner), reserved)
    for file_id, data in scene.kept.items():
        file = Asset.objects.select_related("parent").get(pk=file_id)
        if file.parent and not Asset.objects.filter(pk__in=file.parent.path or []).exclude(trashed_at=None).exists():
            assert scene.me.read(tree.get(by=scene.me.caller, asset_id=file_id)) == data


def take_out(scene: Scene) -> None:
    """Take out of the trash what lies there, so that its bytes can be read."""
    for top in Asset.objects.filter(owner=scene.me.caller.user_id).exclude(trashed_at=None):
        trash.restore(by=scene.me.caller, asset_id=top.id)


def nothing_is_left(store, *hands: Hand) -> bool:
    """Purge everything, and say whether nothing is left of it."""
    for hand in hands:
        for top in Asset.objects.filter(owner=hand.caller.user_id, parent__parent=None).exclude(parent=None):
            trash.purge(by=hand.caller, asset_id=top.id)
    tasks.purge_expired()
    Condemned.objects.update(delete_at=PAST)
    swept()
    rows = any(model.objects.exists() for model in (Blob, Upload, UploadPart, Condemned))
    return not rows and keys(store.name) == set() and not Usage.objects.exclude(used=0, reserved=0).exists()


def faults_of(scenes, store, name: str) -> list[tuple[str, Fault]]:
    return [(name, fault) for fault in run(scenes, store, OPERATIONS[name]).faults()]


def strike(scenes, store, name: str, fault: Fault) -> bool:
    """Run it; False when there were fewer calls than before, for a folder of the store is made once."""
    try:
        return run(scenes, store, OPERATIONS[name], fault).struck
    except AssertionError as error:
        raise AssertionError(f"{name}: {fault}: {error}") from error


def test_a_hundred_random_faults_lose_leak_and_leave_nothing(scenes, store, me, colleague):
    every = [fault for name in OPERATIONS for fault in faults_of(scenes, store, name)]
    random.Random(5).shuffle(every)

    struck = 0
    while struck < RUNS:
        struck += strike(scenes, store, *every.pop())

    is_in_order(store, scenes.made)
    assert nothing_is_left(store, me, colleague)


@pytest.fixture(params=STORES)
def any_store(request, tmp_path, settings):
    settings.CLOUDBOX_STORES = {request.param: STORES[request.param].format(tmp_path)}
    settings.CLOUDBOX_STORE = request.param
    return storage.primary()


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_fault_whatever_loses_leaks_or_leaves_anything(scenes, any_store, me, colleague, name, record_property: Any):
    every = faults_of(scenes, any_store, name)

    record_property("faults", sum(strike(scenes, any_store, *fault) for fault in every))

    is_in_order(any_store, scenes.made)
    assert nothing_is_left(any_store, me, colleague)
