"""What a link counts, and how often it is downloaded from at most."""

from typing import Any

import pytest
from django.test import Client
from redis import RedisError

from activity.models import AuditEntry, Download, Event
from assets import visits
from assets.models import Link
from tests.assets.by_link import child, token_to
from tests.threads import at_once

pytestmark = pytest.mark.django_db
HERE, THERE = "198.51.100.1", "203.0.113.1"


@pytest.fixture
def photos(store, me):
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    return folder


@pytest.fixture
def get(me, photos):
    """Return a function that downloads through a link with two downloads."""
    token = token_to(me, photos, download_limit=2)
    file = child(photos, "a.jpg")

    def get(address: str = HERE, *, method: str = "GET", what: Any = None, **headers) -> Any:
        path = f"files/{file.id}/content" if what is None else what
        return Client(REMOTE_ADDR=address).generic(method, f"/api/v1/links/{token}/{path}", headers=headers)

    return get


def downloads() -> int:
    return Link.objects.get().downloads


def test_at_its_limit_a_link_gives_nothing_more(get, photos):
    file = child(photos, "a.jpg").id
    assert [get().status_code for _ in range(2)] == [200, 200]

    for path in (
        f"files/{file}/content",
        f"files/{file}/view",
        f"assets/{file}/download",
        f"assets/{photos.id}/download",
    ):
        answer = get(what=path)
        assert (answer.status_code, answer.json()["code"]) == (410, "download_limit_reached")
    assert downloads() == 2
    assert get(what=f"folders/{photos.id}/content").status_code == 200
    assert get(what="").json()["downloads_left"] == 0


def test_its_first_visit_and_its_last_download_are_told_to_its_maker(get, alice):
    for _ in range(2):
        get(what="")
        get()
    get()

    told = Event.objects.filter(kind__in=["link_opened", "link_used_up"]).order_by("id")
    assert [(event.kind, event.audience, event.data["actor"]["id"]) for event in told] == [
        ("link_opened", [alice.id], None),
        ("link_used_up", [alice.id], None),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_many_downloads_at_once_exactly_as_many_go_through_as_may(get):
    answers = at_once(12, lambda _: get().status_code)

    assert sorted(answers) == [200, 200, *[410] * 10]
    assert downloads() == 2


def test_what_sends_no_byte_from_the_beginning_counts_nothing(get):
    etag = get(method="HEAD").headers["ETag"]

    assert get(**{"If-None-Match": etag}).status_code == 304
    assert get(Range="bytes=100-").status_code == 416
    assert get(**{"If-Match": '"another"'}).status_code == 412
    assert downloads() == 0


def test_what_has_begun_goes_on_also_at_the_limit_and_counts_once(get):
    assert get(Range="bytes=0-3").content == b"byte"
    assert get(THERE).status_code == 200

    assert get(Range="bytes=4-").content == b"s of a"
    assert get(Range="bytes=-1").content == b"a"
    assert downloads() == 2


def test_nobody_gets_past_the_limit_by_leaving_out_the_first_byte(get):
    assert get(Range="bytes=1-").status_code == 206
    assert downloads() == 1
    assert get().status_code == 200

    assert get(THERE, Range="bytes=1-").status_code == 410


def test_while_redis_is_away_every_range_counts(get, monkeypatch):
    def away() -> Any:
        raise RedisError

    monkeypatch.setattr(visits, "counters", away)

    assert [get(Range=f"bytes={start}-").status_code for start in (0, 1, 2)] == [206, 206, 410]


def test_an_archive_counts_once(get, photos):
    archive = get(what=f"assets/{photos.id}/download")
    assert b"".join(archive.streaming_content).startswith(b"PK")

    assert downloads() == 1
    assert get(what=f"assets/{photos.id}/download", method="HEAD").status_code == 200
    assert downloads() == 1


def test_downloads_are_written_down_with_the_link_as_who(get, me, photos):
    get()
    get(THERE)

    entry = AuditEntry.objects.get(verb="file_downloaded")
    link = Link.objects.get()
    assert (entry.actor_id, entry.actor_label, entry.target_label) == (None, f"link {link.id}", "a.jpg")
    assert (Download.objects.get().caller, Download.objects.get().count) == (str(link.id), 2)


def test_a_link_tells_when_it_was_last_used(get):
    assert Link.objects.get().last_used_at is None
    get(what="")
    seen = Link.objects.get().last_used_at
    get()

    used_again = Link.objects.get().last_used_at
    assert seen
    assert used_again
    assert used_again > seen
