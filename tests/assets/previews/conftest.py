"""A picture that was uploaded, before and after somebody has looked at it."""

import pytest

from assets import pictures, previews
from assets.models import Blob, Preview
from assets.pictures import Seen, Stored
from assets.previews import Attempt
from tests.assets.previews.samples import picture


@pytest.fixture
def photo(me, store):
    """A file with a picture that is larger than every thumbnail; nobody has looked at it yet."""
    return me.file("photo.png", data=picture(1600, 800))


@pytest.fixture
def seen(photo):
    """The same, once its preview was made."""
    make(photo)
    return photo


def blob_of(file) -> Blob:
    return Blob.objects.get(versions__asset=file.id)


def preview_of(file) -> Preview:
    return Preview.objects.get(blob__versions__asset=file.id)


def drawn_by(attempt: Attempt) -> tuple[Seen, list[Stored]]:
    """Do what the task does up to the last transaction."""
    with previews.heartbeat.watching(attempt.lease):
        seen = pictures._look(attempt)
        return seen, [pictures._store(drawn) for drawn in seen.pictures]


def claimed(file) -> Attempt:
    attempt = previews.claim(blob_of(file).pk)
    assert attempt is not None
    return attempt


def make(file) -> Preview:
    """Do what the task does, and return the row."""
    pictures.make(preview_of(file).blob_id)
    return preview_of(file)
