"""`manage.py gc` frees what nothing names, and nothing else."""

import json
import secrets
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from assets import storage
from assets.models import Asset, Condemned, Upload, UploadPart
from tests.assets.checking.fsck import fsck
from tests.assets.checking.test_bytes import put

pytestmark = pytest.mark.django_db

OLD = timedelta(days=2)


@pytest.fixture
def file(me, store):
    return me.file("a.txt", data=b"apple")


def gc(*flags):
    """Return the exit status and the document."""
    out, code = StringIO(), 0
    try:
        call_command("gc", "--json", *flags, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = int(end.code or 0)
    return code, json.loads(out.getvalue())


def amounts(document):
    return {name: amount["keys"] for name, amount in document.items() if isinstance(amount, dict) and amount["keys"]}


def make_due():
    Condemned.objects.update(delete_at=timezone.now())


def test_only_the_orphan_goes_and_it_goes_a_day_later(me, file, store):
    key = secrets.token_hex(16)
    put(store, key, b"orphan", age=OLD)

    code, document = gc()
    assert (code, amounts(document)) == (0, {"forgotten": 1, "waiting": 1})
    assert document["forgotten"]["bytes"] == document["waiting"]["bytes"] == 6
    assert store.size(key) == 6

    make_due()
    code, document = gc()
    assert (code, amounts(document)) == (0, {"deleted": 1})
    assert document["deleted"]["bytes"] == 6
    assert len(list(store.stored())) == 1
    assert me.read(file) == b"apple"
    assert fsck()[0] == 0


def test_what_an_interrupted_write_left_goes_too(file, store):
    key = secrets.token_hex(16)
    put(store, key, b"half", age=OLD)
    store.path(key).rename(store.root / "unfinished" / key)

    gc("--now", "--yes")

    assert list((store.root / "unfinished").iterdir()) == []


def test_what_is_not_a_day_old_is_not_forgotten(file, store):
    put(store, secrets.token_hex(16), b"young", age=timedelta(hours=23))

    assert amounts(gc("--now", "--yes")[1]) == {}


def test_what_is_not_ours_is_left_alone(file, store):
    put(store, "lost", b"foreign", age=OLD)

    assert amounts(gc("--now", "--yes")[1]) == {}


def test_uploads_that_are_over_give_back_their_room_and_bytes(me, file, store):
    past = timezone.now() - timedelta(minutes=1)
    folder = Asset.objects.get(parent=None)
    upload = Upload.objects.create(owner_id=me.caller.user_id, folder=folder, name="b", lease_until=past)
    key = secrets.token_hex(16)
    UploadPart.objects.create(upload=upload, store="local", key=key)
    put(store, key, b"part", age=OLD)

    assert gc()[1]["uploads"] == 1
    assert len(list(store.stored())) == 1


def test_now_deletes_at_once_what_would_wait_for_a_day(me, file, store):
    put(store, secrets.token_hex(16), b"orphan", age=OLD)

    code, document = gc("--now", "--yes")

    assert (code, amounts(document)) == (0, {"forgotten": 1, "deleted": 1})
    assert me.read(file) == b"apple"


@pytest.mark.parametrize("answer", ["", "no", "n"])
def test_now_asks_first(file, store, monkeypatch, answer):
    put(store, secrets.token_hex(16), b"orphan", age=OLD)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)

    with pytest.raises(CommandError, match="Nothing was deleted"):
        gc("--now")

    assert not Condemned.objects.exists()


def test_now_wants_a_yes_where_nobody_can_be_asked(store):
    with pytest.raises(CommandError, match="--yes"):
        gc("--now")


def test_condemned_bytes_that_a_blob_names_are_not_deleted(me, file, store):
    [stored] = store.stored()
    Condemned.objects.create(store="local", key=stored.key, delete_at=timezone.now())

    gc("--now", "--yes")

    assert me.read(file) == b"apple"


def test_a_store_that_is_down_is_told_and_the_others_are_collected(file, store, settings, tmp_path):
    (tmp_path / "wall").touch()
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "attic": f"local://{tmp_path}/wall"}
    Condemned.objects.create(store="attic", key=secrets.token_hex(16), size=3, delete_at=timezone.now())
    put(storage.primary(), secrets.token_hex(16), b"orphan", age=OLD)

    code, document = gc("--now", "--yes")

    assert (code, document["down"]) == (1, ["attic"])
    assert amounts(document) == {"forgotten": 1, "deleted": 1, "failed": 1, "waiting": 1}


def test_people_read_what_was_freed(file, store):
    put(store, secrets.token_hex(16), bytes(2048), age=OLD)
    out = StringIO()

    call_command("gc", "--now", "--yes", stdout=out, stderr=StringIO())

    assert out.getvalue().splitlines() == [
        "Uploads given back: 0.",
        "Condemned, for no row named them: 1 (2 KiB).",
        "Deleted: 1 (2 KiB).",
        "Waiting for their time: 0 (0 bytes).",
    ]
