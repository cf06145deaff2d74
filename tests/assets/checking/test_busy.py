"""A check runs while the server works: what is under way is never taken for a difference."""

import itertools
import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection

from assets import checking, gone, purging, uploads
from assets.placing import OnConflict
from assets.services import content, trash, tree
from assets.services.content import Body
from cloudbox.errors import Refusal
from tests.assets.checking.fsck import fsck
from tests.assets.conftest import Hand
from tests.people import caller_for

WORKERS = 3
TURNS = 3


@pytest.mark.django_db(transaction=True)
def test_work_under_way_is_never_taken_for_a_difference(alice, bob, store, settings, monkeypatch):
    monkeypatch.setattr(checking, "YOUNG", timedelta(days=-1))  # nothing is too young to be suspected
    monkeypatch.setattr(gone, "REPRIEVE", timedelta(0))
    settings.CLOUDBOX_VERSIONS_KEPT = 1
    over = threading.Event()
    rounds = [0] * WORKERS
    hands = [Hand(caller_for(user)) for user in (alice, bob)]
    workers = [
        threading.Thread(target=_work, args=(hands[number % 2], number, rounds, over)) for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    try:
        found = [fsck()]
        while min(rounds) < TURNS and all(worker.is_alive() for worker in workers):
            found.append(fsck())
    finally:
        over.set()
        for worker in workers:
            worker.join()

    assert [document["findings"] for code, document in found if code] == []
    assert min(rounds) >= TURNS
    assert fsck()[0] == 0


def _work(hand, number, rounds, over):
    """Upload, replace, move, give up, trash and purge until it is over, and delete bytes that nobody names."""
    try:
        for turn in itertools.count():
            rounds[number] = turn
            with suppress(Refusal):
                _turn(hand, f"{number}.{turn}")
            if over.is_set():
                return
    finally:
        connection.close()


def _turn(hand, name):
    folder = hand.folder(name)
    file = hand.file(name, folder, data=b"first")
    hand.file(name, folder, data=b"second")
    tree.move(by=hand.caller, asset_id=file.id, folder_id=hand.folder(f"{name} away").id)
    with suppress(KeyboardInterrupt):
        content.store_file(
            by=hand.caller, folder_id=folder.id, name="cut", body=Body(_cut()), on_conflict=OnConflict.REPLACE
        )
    trash.purge(by=hand.caller, asset_id=folder.id)
    purging.free(folder.id)
    uploads.sweep()
    gone.delete_condemned()


def _cut():
    yield b"half"
    raise KeyboardInterrupt
