"""`manage.py move_blobs`: a whole installation moves to another store while it serves."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from assets import carrying, moving, relocating, resting, storage
from assets.models import Asset, Blob, Condemned, Damage, Move, Upload, UploadPart
from assets.relocating import Relocation
from assets.services import content
from tests.assets.conftest import break_down, claimed, keys, no_orphan, place_of
from tests.assets.sending import begun

threads = pytest.mark.django_db(transaction=True)  # move the blobs, each on a connection of its own


@pytest.fixture
def files(far, me, settings):
    """Return four files in the store `local`; new ones go there, too."""
    settings.CLOUDBOX_STORE = "local"
    return [me.file(name, data=name.encode() * 100_000) for name in "abcd"]


def move_blobs(source="local", to="far", **options):
    """Run the command and return what it has printed."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("move_blobs", source=source, to=to, stdout=out, stderr=err, **options)
    finally:
        printed = out.getvalue() + err.getvalue()
        print(printed)  # noqa: T201 - pytest shows it with a failure
    return printed


def read_all(me, files):
    return [me.read(file) for file in files] == [name.encode() * 100_000 for name in "abcd"]


@threads
def test_every_blob_moves_and_stays_readable(files, me):
    printed = move_blobs()

    assert "4 moved, 390.6 KiB." in printed
    assert {blob.store for blob in Blob.objects.all()} == {"far"}
    assert (len(keys("far")), Move.objects.count(), Condemned.objects.count()) == (4, 0, 4)
    assert read_all(me, files)


@threads
def test_parts_of_unfinished_uploads_move_too(files, me, alice):
    storage.store_named("local").write("part", [b"some"])
    part = Blob.objects.create(store="local", key="part", size=4)
    root, soon = Asset.objects.get(owner=alice, parent=None), timezone.now() + timedelta(minutes=2)
    upload = Upload.objects.create(owner=alice, folder=root, name="u", lease_until=soon)
    UploadPart.objects.create(upload=upload, store="local", key="part", blob=part)

    assert "5 moved" in move_blobs()


@threads
def test_what_waits_in_the_spool_can_be_sent_elsewhere(far, me):
    file = me.file("a", data=b"first")

    move_blobs("all", "local")

    assert (Blob.objects.get().store, keys("spool"), Move.objects.count()) == ("local", set(), 0)
    assert me.read(file) == b"first"


def test_a_dry_run_moves_nothing(files):
    assert "It would move 4 blobs, 390.6 KiB, from local to far." in move_blobs(dry_run=True)

    assert {blob.store for blob in Blob.objects.all()} == {"local"}


@threads
def test_it_goes_on_where_it_stopped(files, me):
    assert "3 moved" in move_blobs(limit=3)

    assert "1 moved" in move_blobs("all")
    assert "0 moved" in move_blobs("all")
    assert read_all(me, files)


@threads
def test_it_says_that_new_files_go_elsewhere(files, settings):
    assert "New files go to local, not to far, until CLOUDBOX_STORE says so." in move_blobs()

    settings.CLOUDBOX_STORE = "far"
    assert "New files" not in move_blobs()


@pytest.mark.parametrize(
    ("source", "to", "why"),
    [
        ("nowhere", "far", "No store is called 'nowhere'; there are local, far."),
        ("local", "nowhere", "No store is called 'nowhere'; there are local, far."),
        ("local", "spool", "No store is called 'spool'; there are local, far."),
        ("far", "far", "--from and --to are the same store."),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(source, to, why, far):
    with pytest.raises(CommandError) as refusal:
        move_blobs(source, to)

    assert str(refusal.value) == why


@pytest.mark.parametrize("wrong", [("--rate", "1 KiB"), ("--rate", "fast"), ("--limit", "0"), ("--limit", "all")])
def test_a_number_that_cannot_be_is_refused(wrong, far):
    with pytest.raises(CommandError, match=r"of at least"):
        call_command("move_blobs", "--from", "local", "--to", "far", *wrong)


def test_a_store_that_takes_nothing_is_told_before_anything_is_moved(far):
    break_down(far)

    with pytest.raises(CommandError, match="The store far takes nothing just now: File exists"):
        move_blobs()


@threads
def test_what_cannot_be_moved_is_told_and_stays_where_it_is(files, me, capsys):
    blob = Blob.objects.get(versions__asset=files[1].id)
    place_of("local", blob).write_bytes(b"altered")

    with pytest.raises(CommandError, match="1 could not be moved; they are where they were"):
        move_blobs()

    assert f"{blob.pk}: The blob's bytes are altered." in capsys.readouterr().out
    assert (Move.objects.count(), Damage.objects.get().blob_id) == (0, blob.pk)
    assert sorted(row.store for row in Blob.objects.all()) == ["far", "far", "far", "local"]


@threads
def test_it_moves_no_more_bytes_a_second_than_it_may_and_tells_how_far_it_is(files):
    told = list(Relocation(relocating.scope("local", "far"), rate=400_000).run())

    assert (told[-1].blobs, told[-1].bytes) == (4, 400_000)
    assert told[-1].seconds >= 1.0  # of its own clock: sooner would have been faster than it may
    assert [at.bytes for at in told] == sorted(at.bytes for at in told)


@threads
def test_whoever_stops_it_leaves_things_in_order(files, me):
    relocation = Relocation(relocating.scope("local", "far"), rate=relocating.SLOWEST)
    running = relocation.run()
    next(running)  # while the first blocks wait for their turn

    running.close()

    assert (Move.objects.count(), keys("far")) == (0, set())
    assert {blob.store for blob in Blob.objects.all()} == {"local"}
    assert no_orphan("far", "local")


@threads
def test_whoever_tells_how_far_it_is_holds_no_connection(files):
    running = Relocation(relocating.scope("local", "far")).run()

    next(running)

    assert connection.connection is None
    running.close()


@threads
def test_a_store_that_does_not_answer_is_waited_for(files, me, far, monkeypatch):
    monkeypatch.setattr(resting, "SHORTEST", 1)
    scope = relocating.scope("local", "far")
    mend = break_down(far)

    relocation = Relocation(scope)
    running = relocation.run()
    assert "far" in (progress.waiting_for for progress in running)
    mend()
    *_, last = running

    assert (last.blobs, last.bytes, relocation.not_moved) == (4, 400_000, [])
    assert read_all(me, files)


@threads
def test_a_blob_that_somebody_else_carries_is_left_to_them(files, me):
    blob = Blob.objects.get(versions__asset=files[0].id)
    moving.enlist([blob.pk], "far")
    attempt = claimed(blob)
    running = Relocation(relocating.scope("local", "far")).run()
    next(running)

    carrying.switch(attempt, carrying.carry(attempt, lambda _: None))
    *_, last = running

    assert (last.blobs, len(keys("far"))) == (4, 4)
    assert read_all(me, files)


@threads
def test_files_that_come_and_change_meanwhile_are_kept(files, me):
    running = Relocation(relocating.scope("local", "far")).run()
    new = me.file("a", data=b"new")
    for _ in running:
        pass

    assert me.read(new) == b"new"
    assert b"".join(content.open_file(by=me.caller, file_id=new.id, seq=1).open(0, 100_000)) == b"a" * 100_000


@threads
def test_a_blob_that_somebody_else_has_carried_elsewhere_is_carried_on(far, me):
    file = me.file("a", data=b"first")
    attempt = claimed(Blob.objects.get())  # to far
    running = Relocation(relocating.scope("all", "local")).run()
    next(running)

    carrying.switch(attempt, carrying.carry(attempt, lambda _: None))
    *_, last = running

    assert (last.blobs, Blob.objects.get().store) == (1, "local")
    assert me.read(file) == b"first"


@threads
def test_a_blob_that_somebody_else_has_given_up_is_carried(files, me):
    blob = Blob.objects.get(versions__asset=files[0].id)
    moving.send(blob.pk, "far")
    claimed(blob)
    running = Relocation(relocating.scope("local", "far")).run()
    next(running)

    Move.objects.filter(blob=blob).update(lease_until=None)
    moving.withdraw(blob.pk)
    *_, last = running

    assert last.blobs == 4
    assert read_all(me, files)


def test_what_is_not_sent_elsewhere_after_all_goes_on_from_the_spool(far, me):
    film = begun(me)
    film.part(2, b"two")
    part = Blob.objects.get(pk=film.part(1, b"one ").blob_id)
    moving.send(part.pk, "local")
    film.finish()

    moving.withdraw(part.pk)

    assert Move.objects.get(blob=part).store == "far"
