"""An exception at any call to the disk or the database while thumbnails are stored and named."""

import pytest
from django.db import connection

from assets import gone, pictures
from assets.models import Blob, Condemned, Preview, Thumbnail
from assets.pictures import EDGES, Drawn, Seen
from assets.previews import Attempt
from tests.assets.conftest import keys
from tests.assets.faults.injected import Fault, counted
from tests.assets.previews.conftest import claimed, preview_of
from tests.assets.previews.samples import picture

pytestmark = pytest.mark.django_db(transaction=True)
PAST = "2000-01-01T00:00Z"


@pytest.fixture
def keep(me, store):
    """Return what stores and names the thumbnails of one more picture, one of whose calls may fail, and counts them."""
    drawn = [Drawn(edge, picture(edge, edge, kind="WEBP")) for edge in EDGES]

    def finish(attempt: Attempt) -> None:
        pictures._finish(attempt, Seen(1030, 1030, None, drawn), [pictures._store(each) for each in drawn])

    def keep(fault: Fault | None = None) -> list[Fault]:
        file = me.file(f"{Preview.objects.count()}.png")
        attempt = claimed(file)
        with counted(store.root, fault) as boundary:
            try:
                finish(attempt)
            except Exception:  # noqa: BLE001  whatever comes of the fault
                assert boundary.struck
        connection.close()  # as whoever has lost it would
        if preview_of(file).state == "waiting":
            Preview.objects.update(retry_at=PAST)
            finish(claimed(file))
        assert preview_of(file).state == "made"
        assert Thumbnail.objects.filter(preview=preview_of(file)).count() == len(EDGES)
        return boundary.faults()

    return keep


def test_a_fault_at_any_call_loses_no_thumbnail_and_leaves_nothing(keep):
    faults = keep()
    assert {fault.call for fault in faults} >= {"open", "write", "fsync", "rename", "COMMIT"}

    for fault in faults:
        keep(fault)

    Condemned.objects.update(delete_at=PAST)
    gone.delete_condemned()
    assert keys("local") == set(Blob.objects.values_list("key", flat=True))
