"""What is not user content lies in the bucket when the store is S3: pictures, and what collectstatic writes."""

import gzip
import io
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import call_command
from django.templatetags.static import static
from PIL import Image

from accounts import pictures, tasks
from accounts.models import User
from accounts.services import change_profile
from cloudbox.errors import StoreUnavailable
from cloudbox.stores import django_storages
from tests.people import caller_for, client_for
from tests.s3 import RcloneS3, TestBucket

PICTURE = "/api/v1/auth/profile/picture"


@pytest.fixture
def bucket(rclone_bucket: TestBucket, settings, tmp_path: Path) -> TestBucket:
    use(settings, rclone_bucket.url(), tmp_path)
    return rclone_bucket


def use(settings, url: str, directory: Path) -> None:
    """Let the store of new files be the one at `url`, as the settings do."""
    settings.CLOUDBOX_STORES = {**settings.CLOUDBOX_STORES, "s3": url}
    settings.CLOUDBOX_STORE = "s3"
    settings.STORAGES = django_storages(url)
    settings.MEDIA_ROOT = directory


def drawn() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "blue").save(out, "PNG")
    return out.getvalue()


def save(name: str, content: bytes) -> str:
    return default_storage.save(name, ContentFile(content))


def read(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def test_files_lie_below_media_in_the_bucket(bucket):
    name = save("pictures/one.webp", b"one")

    assert bucket.objects() == {"media/pictures/one.webp": 3}
    assert (read(name), default_storage.size(name), default_storage.exists(name)) == (b"one", 3, True)
    assert default_storage.listdir("pictures") == ([], ["one.webp"])

    default_storage.delete(name)

    assert bucket.objects() == {}
    assert not default_storage.exists(name)


def test_they_lie_below_the_prefix_of_the_store(rclone_bucket, settings, tmp_path):
    use(settings, rclone_bucket.url(prefix="ours/"), tmp_path)

    save("one", b"one")

    assert rclone_bucket.objects() == {"ours/media/one": 3}


def test_nothing_is_overwritten(bucket):
    first, second = save("one", b"first"), save("one", b"second")

    assert first != second
    assert (read(first), read(second)) == (b"first", b"second")


@pytest.mark.parametrize("server", ["rclone_bucket", "moto_bucket"])
def test_an_archive_comes_back_as_it_was_stored(server, request, settings, tmp_path):
    use(settings, request.getfixturevalue(server).url(), tmp_path)
    archive = gzip.compress(b"export" * 1000)

    assert read(save("exports/all.tar.gz", archive)) == archive


def test_a_large_file_goes_and_comes_in_parts(bucket):
    data = bytes(range(256)) * (20 * 4096)

    assert read(save("exports/large", data)) == data


def test_what_is_not_there_is_told_as_such(bucket):
    with pytest.raises(FileNotFoundError):
        read("pictures/none")
    with pytest.raises(FileNotFoundError):
        default_storage.size("pictures/none")
    with pytest.raises(FileNotFoundError):
        default_storage.get_modified_time("pictures/none")
    assert default_storage.listdir("pictures") == ([], [])

    default_storage.delete("pictures/none")  # which is no error, as of a file on a disk


@pytest.mark.parametrize("name", ["../blob", "pictures/../../blob", "/etc/passwd"])
def test_a_name_does_not_lead_out_of_its_folder(bucket, name):
    with pytest.raises(SuspiciousOperation):
        default_storage.open(name)


def test_a_bucket_that_does_not_answer_is_told_to_come_back_for(settings, tmp_path):
    server = RcloneS3(tmp_path / "rclone")  # which nobody starts
    use(settings, TestBucket(server, "gone").url(attempts=1), tmp_path)

    for ask in (read, default_storage.exists, default_storage.delete, default_storage.listdir, default_storage.size):
        with pytest.raises(StoreUnavailable):
            ask("one")
    with pytest.raises(StoreUnavailable):
        save("one", b"one")


def test_a_bucket_that_is_gone_does_not_look_like_files_that_are(bucket, settings, tmp_path):
    use(settings, TestBucket(bucket.server, "gone").url(), tmp_path)

    with pytest.raises(StoreUnavailable):
        save("one", b"one")


def test_what_was_kept_on_this_machine_before_is_still_found(bucket):
    name = FileSystemStorage().save("pictures/old.webp", ContentFile(b"old"))

    assert default_storage.exists(name)
    assert read(name) == b"old"
    assert default_storage.get_modified_time(name) == FileSystemStorage().get_modified_time(name)

    default_storage.delete(name)

    assert not default_storage.exists(name)
    assert not FileSystemStorage().exists(name)


@pytest.mark.django_db
def test_a_picture_is_stored_cropped_and_shown_from_the_bucket(bucket, alice):
    change_profile(by=caller_for(alice), changes={}, picture=drawn())
    alice.refresh_from_db()
    assert list(bucket.objects()) == [f"media/{alice.incoming_pict}"]

    tasks.crop_picture(str(alice.id), alice.incoming_pict)

    alice.refresh_from_db()
    assert list(bucket.objects()) == [f"media/{alice.profile_pict.name}"]
    answer = client_for(alice).get(PICTURE)
    assert Image.open(io.BytesIO(answer.getvalue())).size == (pictures.SIDE, pictures.SIDE)


@pytest.mark.django_db
def test_a_picture_is_503_while_its_bucket_is_away(bucket, alice, settings, tmp_path):
    User.objects.filter(id=alice.id).update(profile_pict="pictures/one.webp")
    use(settings, TestBucket(RcloneS3(tmp_path / "rclone"), "gone").url(attempts=1), tmp_path)

    answer = client_for(alice).get(PICTURE)

    assert answer.status_code == 503
    assert answer.json()["code"] == "store_unavailable"
    assert answer["Retry-After"]


@pytest.mark.django_db
def test_originals_that_no_account_names_are_swept_from_the_bucket(bucket, alice):
    save(f"{pictures.INCOMING}/orphan", b"orphan")

    pictures.sweep()  # it came just now, and may be somebody's in a moment

    assert list(bucket.objects()) == [f"media/{pictures.INCOMING}/orphan"]


def test_static_files_are_collected_into_the_bucket_and_named_at_our_address(bucket, settings, tmp_path):
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme" / "house.css").write_text("body {}")
    settings.STATICFILES_DIRS = [tmp_path / "theme"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    assert bucket.objects() == {"static/house.css": 7}
    assert static("house.css") == "/static/house.css"


@pytest.mark.parametrize("url", ["local:///srv/blobs", "database:"])
def test_without_a_bucket_they_lie_on_this_machine(url, settings, tmp_path):
    settings.STORAGES = django_storages(url)
    settings.MEDIA_ROOT = tmp_path

    save("pictures/one.webp", b"one")

    assert (tmp_path / "pictures" / "one.webp").read_bytes() == b"one"
    assert static("house.css") == "/static/house.css"
