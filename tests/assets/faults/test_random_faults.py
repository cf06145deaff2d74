"""A fault at any call to the disk or the database: nothing acknowledged is lost, and nothing stays taken or behind.

What can be done with the tree is done again and again, each time with another of its calls failing, and then once more
without. A hundred of these runs are drawn, always the same; all of them run in `make slow`.
"""

import random
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from accounts.models import Usage, User
from assets import tasks
from assets.models import Asset, Blob, Condemned, Upload, UploadPart
from assets.services import trash, tree
from tests.assets.conftest import Hand, charged, keys
from tests.assets.faults.injected import Boundary, Fault, counted
from tests.assets.faults.operations import OPERATIONS, Operation, Scene, swept
from tests.assets.test_races import check_tree

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = 100
PAST = "2000-01-01T00:00Z"


@pytest.fixture
def scenes(me, colleague):
    """Return how to set one scene after another."""
    User.objects.filter(username="bob").update(email=None, email_key=None)  # so many offers would flood his mailbox
    numbers = iter(range(1_000_000))

    def scene() -> Scene:
        number = next(numbers)
        return Scene(me, colleague, me.folder(f"{number}"), number)

    return scene


def run(scenes, store, operation: Operation, fault: Fault | None = None) -> Boundary:
    """Do it with the fault, look whether all is well, and do it again if it was not done; return what was counted."""
    scene = scenes()
    operation.prepare(scene)
    with counted(store.root, fault) as boundary:
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
    is_in_order(scene, store)
    return boundary


def outcome(act) -> Exception | None:
    """Return what an act has raised. A job keeps it for itself."""
    try:
        act()
    except Exception as error:  # noqa: BLE001  whatever comes of the fault
        return error
    return None


def is_in_order(scene: Scene, store) -> None:
    """Look at what is left when all that waits is over: the room, the bytes, the tree."""
    Upload.objects.filter(expires_at=None).update(lease_until=PAST)
    swept()
    Condemned.objects.update(delete_at=PAST)
    swept()
    keeps_its_word(scene)
    check_tree()
    assert not Asset.objects.exclude(parent=None).exclude(owner=F("parent__owner")).exists()
    assert keys("local") == set(Blob.objects.exclude(key=None).values_list("key", flat=True))


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


def nothing_is_left(*hands: Hand) -> bool:
    """Purge everything, and say whether nothing is left of it."""
    for hand in hands:
        for top in Asset.objects.filter(owner=hand.caller.user_id, parent__parent=None).exclude(parent=None):
            trash.purge(by=hand.caller, asset_id=top.id)
    tasks.purge_expired()
    Condemned.objects.update(delete_at=PAST)
    swept()
    rows = any(model.objects.exists() for model in (Blob, Upload, UploadPart, Condemned))
    return not rows and keys("local") == set() and not Usage.objects.exclude(used=0, reserved=0).exists()


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

    call_command("fsck", "--deep")
    assert nothing_is_left(me, colleague)


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_fault_whatever_loses_leaks_or_leaves_anything(scenes, store, me, colleague, name, record_property: Any):
    every = faults_of(scenes, store, name)

    record_property("faults", sum(strike(scenes, store, *fault) for fault in every))

    call_command("fsck", "--deep")
    assert nothing_is_left(me, colleague)
