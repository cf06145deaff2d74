"""One file that everything is done to."""

import pytest

from assets.models import Blob


@pytest.fixture
def file(me, store):
    """A file of five bytes in a folder in a folder."""
    return me.file("a.txt", me.folder("inner", me.folder("outer")), data=b"apple")


@pytest.fixture
def blob(file):
    return Blob.objects.get()
