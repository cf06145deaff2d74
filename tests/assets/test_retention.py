"""How long old versions are kept."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from assets import retention
from assets.models import Version
from assets.services import versions
from tests.assets.conftest import charged


@pytest.fixture
def file(store, me):
    """A file of four versions of 1 to 4 bytes."""
    for size in (1, 2, 3, 4):
        stored = me.file("a", data=b"x" * size)
    return stored


def kept(me, file) -> list[int]:
    return [version.seq for version in versions.versions_of(by=me.caller, file_id=file.id).items]


def made(file, seq: int, *, days_ago: int) -> None:
    Version.objects.filter(asset=file.id, seq=seq).update(created_at=timezone.now() - timedelta(days=days_ago))


def test_young_and_few_versions_stay(me, file):
    assert (retention.free_surplus(), kept(me, file)) == (0, [4, 3, 2, 1])


def test_versions_beyond_the_number_go_and_give_back_their_room(me, file, alice, monkeypatch):
    monkeypatch.setattr(settings, "CLOUDBOX_VERSIONS_KEPT", 2)

    assert (retention.free_surplus(), kept(me, file)) == (2, [4, 3])
    assert (me.space(), charged(alice.id)) == ((7, 0), 7)


def test_age_counts_from_when_a_version_was_replaced(me, file):
    made(file, 1, days_ago=400)
    made(file, 2, days_ago=settings.CLOUDBOX_VERSIONS_DAYS + 1)
    made(file, 3, days_ago=settings.CLOUDBOX_VERSIONS_DAYS - 1)

    retention.free_surplus()

    assert kept(me, file) == [4, 3, 2]


def test_the_current_version_stays_however_old(me, file):
    for seq in (1, 2, 3, 4):
        made(file, seq, days_ago=1000 - seq)

    retention.free_surplus()

    assert (kept(me, file), me.read(file)) == ([4], b"xxxx")


@pytest.mark.parametrize("lock", [{"legal_hold": True}, {"retain_until": timezone.now() + timedelta(days=1)}])
def test_a_locked_version_stays(me, file, lock, monkeypatch):
    monkeypatch.setattr(settings, "CLOUDBOX_VERSIONS_KEPT", 1)
    Version.objects.filter(asset=file.id, seq=2).update(**lock)

    retention.free_surplus()

    assert kept(me, file) == [4, 2]
