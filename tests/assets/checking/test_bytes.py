"""Every difference between rows, bytes, counters and paths is found under its name, and mended or left with a reason.

Each test makes one difference by hand, in the rows or on the disk.
"""

import os
import secrets
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import Usage
from activity.models import AuditEntry
from assets import storage
from assets.checking import CHECKED
from assets.models import Blob, BlobPart, Condemned, Damage, Move, Upload, UploadPart, Version
from assets.words import Harm
from tests.assets.checking.fsck import change, found, fsck, mended, row, stays

pytestmark = pytest.mark.django_db


def put(store, key, data, age=timedelta(hours=1)):
    """Put a file into a local store that no row names."""
    place = store.path(key)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(data)
    then = time.time() - age.total_seconds()
    os.utime(place, (then, then))


def test_a_server_in_order_is_clean(me, colleague, file):
    me.file("a.txt", data=b"newer")
    colleague.file("b.txt", data=b"")

    code, document = fsck()

    assert (code, document["clean"], document["findings"]) == (0, True, [])
    assert document["checked"] == {"keys in local": 3, "names": 7, "owners": 2}


def test_a_check_is_recorded_and_changes_nothing_else(blob, store):
    store.path(blob.key).unlink()

    fsck()

    assert AuditEntry.objects.get(verb=CHECKED).facts == {"found": 1, "repaired": 0, "deep": False}
    assert not Damage.objects.exists()


# Bytes


def test_missing_bytes_are_told_with_the_files_and_owners_and_no_row_is_deleted(me, blob, file, store):
    store.path(blob.key).unlink()

    assert stays("bytes_missing", blob.id)
    facts = fsck()[1]["findings"][0]["facts"]
    assert facts["files"] == [{"id": str(file.id), "name": "a.txt", "version": 1, "owner": "alice"}]
    assert Damage.objects.get().kind == Harm.MISSING
    assert Version.objects.get().blob_id == blob.id


def test_bytes_of_another_length_are_told(blob, store):
    store.path(blob.key).write_bytes(b"appl")

    assert stays("bytes_altered", blob.id)
    assert Damage.objects.get().kind == Harm.ALTERED


def test_altered_bytes_of_the_same_length_are_found_by_a_deep_check(blob, store):
    store.path(blob.key).write_bytes(b"Apple")

    assert fsck()[0] == 0
    assert found("--deep") == {"bytes_altered": [str(blob.id)]}
    assert found("--deep", "--repair") == {"bytes_altered": [str(blob.id)]}
    assert stays("bytes_altered", blob.id)


def test_bytes_that_are_back_are_no_longer_held_for_damaged(blob, store):
    store.path(blob.key).rename(store.root / "away")
    fsck("--repair")
    (store.root / "away").rename(store.path(blob.key))

    assert mended("damage_over", blob.id)
    assert not Damage.objects.exists()


def test_bytes_that_nothing_names_are_condemned_and_not_deleted_at_once(file, store):
    key = secrets.token_hex(16)
    put(store, key, b"orphan")

    assert mended("bytes_unnamed", key)
    condemned = Condemned.objects.get()
    assert (condemned.store, condemned.key, condemned.size) == ("local", key, 6)
    assert condemned.delete_at > timezone.now() + timedelta(hours=23)
    assert store.size(key) == 6


def test_what_an_unfinished_write_left_is_found_too(file, store):
    key = secrets.token_hex(16)
    put(store, key, b"half")
    store.path(key).rename(store.root / "unfinished" / key)

    assert mended("bytes_unnamed", key)


def test_bytes_that_have_just_come_are_not_suspected(file, store):
    put(store, secrets.token_hex(16), b"young", age=timedelta(minutes=1))

    assert fsck()[0] == 0


@pytest.mark.parametrize("name", ["lost", "a\nb", os.fsdecode(b"\xff"), "a" * 200])
def test_what_is_not_ours_is_told_and_never_touched(file, store, name):
    put(store, name, b"foreign")

    assert stays("bytes_foreign", name)
    assert not Condemned.objects.exists()


def test_keys_are_compared_within_their_own_store(file, blob, settings, tmp_path):
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "attic": f"local://{tmp_path}/attic"}
    put(storage.store_named("attic"), blob.key, b"apple")

    assert mended("bytes_unnamed", blob.key)
    assert Condemned.objects.get().store == "attic"


def test_a_key_that_any_row_names_is_no_orphan(me, file, store):
    keys = [secrets.token_hex(16) for _ in range(3)]
    for key in keys:
        put(store, key, b"named")
    later = timezone.now() + timedelta(hours=1)
    upload = Upload.objects.create(owner_id=me.caller.user_id, folder=row("outer"), name="b", lease_until=later)
    UploadPart.objects.create(upload=upload, store="local", key=keys[0])
    Move.objects.create(blob=Blob.objects.get(), store="local", key=keys[1])
    Condemned.objects.create(store="local", key=keys[2], delete_at=later)

    assert "bytes_unnamed" not in found()


def test_condemned_bytes_that_a_blob_names_are_reprieved(blob):
    condemned = Condemned.objects.create(store=blob.store, key=blob.key, delete_at=timezone.now())

    assert mended("bytes_condemned", condemned.id)
    assert not Condemned.objects.exists()


def test_a_store_that_does_not_answer_is_told_and_the_others_are_checked(me, file, settings, tmp_path):
    (tmp_path / "wall").touch()
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "attic": f"local://{tmp_path}/wall"}
    Blob.objects.create(store="attic", key=secrets.token_hex(16), size=1)
    key = secrets.token_hex(16)
    put(storage.primary(), key, b"orphan")

    kinds = found()

    assert kinds.keys() == {"store_down", "bytes_unnamed", "blob_unnamed"}
    assert (kinds["store_down"], kinds["bytes_unnamed"]) == (["attic"], [key])


def test_a_store_that_no_setting_names_is_told(blob):
    Blob.objects.update(store="forgotten")
    storage.primary().delete(blob.key)

    assert stays("store_unknown", "forgotten")


# Blobs and moves


def test_a_blob_that_nothing_names_is_condemned(file, store):
    key = secrets.token_hex(16)
    put(store, key, b"left")
    blob = Blob.objects.create(store="local", key=key, size=4)

    assert mended("blob_unnamed", blob.id)
    assert Condemned.objects.get().key == key


@pytest.mark.parametrize("starts", [(0, 6), (1, 5), (0, 0)])
def test_a_composite_whose_parts_do_not_follow_each_other_is_told(file, blob, store, starts):
    whole = composite(blob, [blob, blob], size=10, starts=starts)

    assert stays("parts_wrong", whole.id)


@pytest.mark.parametrize(("count", "size"), [(1, 10), (3, 10), (0, 10)])
def test_a_composite_that_has_not_all_its_parts_is_told(file, blob, store, count, size):
    whole = composite(blob, [blob] * count, size=size, starts=range(0, 100, 5))

    assert "parts_wrong" in found()
    assert found()["parts_wrong"] == [str(whole.id)]


def test_a_composite_whose_parts_add_up_is_right(file, blob, store):
    composite(blob, [blob, blob], size=10, starts=(0, 5))

    assert fsck()[0] == 0


def test_a_move_to_where_the_blob_is_already_is_dropped(blob):
    move = Move.objects.create(blob=blob, store=blob.store, key=secrets.token_hex(16))

    assert mended("move_pointless", move.id)
    assert Condemned.objects.get().key == move.key


def test_a_move_that_somebody_is_at_is_left_to_them(blob):
    later = timezone.now() + timedelta(minutes=1)
    move = Move.objects.create(blob=blob, store=blob.store, lease_until=later)

    assert stays("move_pointless", move.id)


def test_a_blob_that_nobody_carries_out_of_the_spool_is_enlisted_again(me, far):
    me.file("a.txt", data=b"apple")
    blob = Blob.objects.get(store="spool")
    assert fsck()[0] == 0
    Move.objects.all().delete()

    assert mended("blob_stranded", blob.id)
    assert Move.objects.get().store == "far"


def test_a_part_in_the_spool_goes_where_its_composite_goes(me, far):
    me.file("a.txt", data=b"apple")
    part = Blob.objects.get()
    Move.objects.all().delete()
    whole = composite(part, [part, part], size=10, starts=(0, 5))
    Version.objects.filter(blob=part).delete()
    Usage.objects.update(used=10)
    Move.objects.create(blob=whole, store="far")

    assert fsck() == (0, {**fsck()[1], "findings": []})


def composite(blob, parts, *, size, starts):
    """Make a composite and have alice's file contain it, too."""
    whole = Blob.objects.create(kind="composite", store=blob.store, size=size)
    for position, (part, start) in enumerate(zip(parts, starts, strict=False)):
        BlobPart.objects.create(blob=whole, position=position, start=start, part=part)
    file = row("a.txt")
    version = Version.objects.create(asset=file, seq=2, blob=whole, size=size)
    change(file.id, current=version, size=size, content_type="", modified_at=version.created_at)
    Usage.objects.filter(owner_id=file.owner_id).update(used=5 + size)
    return whole


def test_people_read_a_line_for_each_difference_that_no_name_can_forge(me, file):
    change(file.id, name="a\x1b[2J.txt")
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("fsck", stdout=out, stderr=StringIO())

    assert out.getvalue().splitlines() == [
        f'name_columns "{file.id}" name="a\\u001b[2J.txt"',
        "1 difference, 0 repaired.",
    ]
