"""Bytes that are missing or altered are noted once, and for as long as they are."""

import pytest
from django.utils import timezone

from accounts.models import User
from activity.models import AuditEntry, Mail
from assets import damage, storage
from assets.models import Blob, BlobPart, Condemned, Damage, Version
from assets.purging import free_versions
from assets.words import Harm
from cloudbox.errors import NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def blob(me, store):
    me.file("a.txt", data=b"abc")
    return Blob.objects.get()


def verbs():
    return list(AuditEntry.objects.filter(target_kind="blob").order_by("id").values_list("verb", flat=True))


def test_missing_bytes_are_noted_once(blob, store):
    store.path(blob.key).unlink()

    assert [damage.report(blob.id, Harm.MISSING), damage.report(blob.id, Harm.MISSING)] == [True, False]
    assert Damage.objects.get().kind == "missing"
    assert verbs() == ["bytes_damaged"]


def test_bytes_that_are_where_the_blob_says_are_not_missing(blob):
    assert not damage.report(blob.id, Harm.MISSING)
    assert not Damage.objects.exists()


def test_nothing_is_missing_while_its_store_is_away(blob, settings, tmp_path):
    (tmp_path / "file").touch()
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/file"}

    with pytest.raises(NotADirectoryError):
        storage.primary().size(blob.key)
    assert not damage.report(blob.id, Harm.MISSING)


def test_nothing_is_missing_in_a_store_that_nobody_knows(blob):
    Blob.objects.update(store="forgotten")

    assert not damage.report(blob.id, Harm.MISSING)


def test_a_blob_that_has_gone_is_not_damaged(blob):
    free_versions([Version.objects.get().id])

    assert not damage.report(blob.id, Harm.ALTERED)


def test_altered_bytes_that_go_missing_are_noted_as_missing(blob, store):
    damage.report(blob.id, Harm.ALTERED)
    store.path(blob.key).unlink()

    assert damage.report(blob.id, Harm.MISSING)
    assert Damage.objects.get().kind == "missing"


def test_bytes_that_are_right_again_are_no_longer_noted(blob):
    damage.report(blob.id, Harm.ALTERED)

    assert [damage.withdraw(blob.id), damage.withdraw(blob.id)] == [True, False]
    assert not Damage.objects.exists()
    assert verbs() == ["bytes_damaged", "bytes_found_right"]


def test_the_damage_goes_with_its_blob(blob):
    damage.report(blob.id, Harm.ALTERED)

    free_versions([Version.objects.get().id])

    assert not Blob.objects.exists()
    assert not Damage.objects.exists()
    assert Condemned.objects.get().key == blob.key


def test_the_staff_are_mailed_once_a_day_however_much_is_damaged(me, staff, store):
    for name in ("a.txt", "b.txt"):
        me.file(name)
    for blob in Blob.objects.all():
        damage.report(blob.id, Harm.ALTERED)

    assert [(mail.to, mail.subject) for mail in Mail.objects.filter(kind="bytes_damaged")] == [
        ("dora@example.com", "CloudBox: stored bytes are altered")
    ]


def test_only_the_staff_who_may_sign_in_are_mailed(blob, staff):
    User.objects.filter(pk=staff.pk).update(suspended_at=timezone.now())

    assert damage.report(blob.id, Harm.ALTERED)
    assert not Mail.objects.filter(kind="bytes_damaged").exists()


def test_a_part_is_told_with_the_files_of_its_composite(blob):
    whole = Blob.objects.create(kind="composite", store="local", size=6)
    for position in (0, 1):
        BlobPart.objects.create(blob=whole, position=position, start=3 * position, part=blob)
    version = Version.objects.get()
    Version.objects.update(blob=whole)

    [file] = damage.files_of([blob.id])[blob.id]

    assert file == {"id": str(version.asset_id), "name": "a.txt", "version": 1, "owner": "alice"}


def test_only_what_is_damaged_is_checked_again(blob):
    with pytest.raises(NotFound):
        damage.check_again(blob.id)
