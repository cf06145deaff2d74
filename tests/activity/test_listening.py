"""Programs that listen to what happens, or ask for it, through the door that they use."""

import json
import time

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import AccessKey, Session, User
from activity import listening, news, services
from activity.models import Event
from activity.services import Target
from assets.services import tree
from tests.people import caller_for, client_for, key_of, register

EVENTS = "/api/v1/events"


@pytest.fixture(autouse=True)
def quick(monkeypatch, transactional_db):
    """Committed transactions, and no waiting."""
    monkeypatch.setattr(listening, "TICK", 0.02)
    monkeypatch.setattr(listening, "HEARTBEAT", 0.2)
    yield
    end = time.monotonic() + 5
    while listening.hub._looks and time.monotonic() < end:
        time.sleep(0.01)
    assert not listening.hub._looks


@pytest.fixture
def alice(transactional_db):
    return register("alice")


@pytest.fixture
def client(alice):
    return client_for(alice)


def happen(user, kind="file_renamed", name="a", count=1):
    for _ in range(count):
        services.record(kind, by=caller_for(user).who, target=Target("file", "1", name), owner_id=user.id)


class Stream:
    """A connection that listens; `next` reads one message of it, as its fields."""

    def __init__(self, client, query="", **headers):
        self.answer = client.get(f"{EVENTS}{query}", headers=headers)
        assert self.answer.status_code == 200, self.answer.content
        self._lines = iter(self.answer)

    def next(self):
        text = next(self._lines).decode()
        assert text.endswith("\n\n")
        return dict(line.split(": ", 1) if ": " in line else (":", "") for line in text.strip("\n").split("\n"))

    def event(self):
        """Return the next message with data, past those that only keep the connection."""
        while "data" not in (said := self.next()):
            pass
        return {**said, "data": json.loads(said["data"])}

    def close(self):
        self.answer.close()


@pytest.fixture
def stream(client):
    opened = []

    def listen(query="", by=client, **headers):
        opened.append(Stream(by, query, **headers))
        return opened[-1]

    yield listen
    for one in opened:
        one.close()


def asked(client, query):
    answer = client.get(f"{EVENTS}?poll=1&{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_listener_is_told_what_happens_to_them_and_nothing_else(stream, alice):
    bob = register("bob")
    listener = stream()
    begins = [listener.next(), listener.next()]
    seen = news.number()
    happen(bob)
    happen(alice, name="über.txt")
    told = listener.event()

    assert begins == [{"retry": "3000"}, {"id": str(seen)}]
    assert (told["data"]["type"], told["data"]["id"]) == ("file_renamed", int(told["id"]))
    assert told["data"]["data"] == {
        "actor": {"id": str(alice.id), "label": "alice"},
        "target": {"kind": "file", "id": "1", "label": "über.txt"},
        "facts": {},
    }
    headers = listener.answer.headers
    assert (headers["Content-Type"], headers["X-Accel-Buffering"]) == ("text/event-stream", "no")
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("way", ["header", "parameter"])
def test_whoever_comes_back_is_told_what_they_have_missed(stream, alice, way):
    happen(alice, name="seen")
    seen = news.number()
    happen(alice, name="missed")
    listener = stream(**{"Last-Event-ID": str(seen)}) if way == "header" else stream(f"?after={seen}")
    missed = listener.event()
    happen(alice, name="new")

    names = [told["data"]["data"]["target"]["label"] for told in (missed, listener.event())]
    assert names == ["missed", "new"]


@pytest.mark.parametrize("last", [1, 10**6])
def test_whoever_has_missed_what_is_forgotten_is_told_to_look_anew_and_goes_on(stream, alice, client, last):
    happen(alice, count=5)
    news.number()
    Event.objects.filter(seq__lte=3).delete()
    listener = stream(**{"Last-Event-ID": str(last)})
    listener.next()
    reset = listener.next()

    assert (reset["event"], reset["id"]) == ("reset", "5")
    happen(alice, name="new")
    assert listener.event()["data"]["data"]["target"]["label"] == "new"
    assert asked(client, f"after={last}") == {"items": [], "next": 6, "reset": True}


def test_only_the_kinds_that_were_asked_for_are_told(stream, alice, client):
    listener = stream("?kinds=file_moved,file_trashed")
    happen(alice, "file_renamed")
    happen(alice, "file_trashed")

    assert listener.event()["data"]["type"] == "file_trashed"
    assert [item["type"] for item in asked(client, "after=0&kinds=file_trashed")["items"]] == ["file_trashed"]


def test_whoever_asks_gets_pages_and_goes_on_where_they_end(client, alice):
    start = asked(client, "")
    happen(alice, count=3)
    first = asked(client, f"after={start['next']}&limit=2")
    second = asked(client, f"after={first['next']}")

    assert (start["items"], start["reset"]) == ([], False)
    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert asked(client, f"after={second['next']}")["items"] == []
    assert client.get(EVENTS, headers={"Accept": "application/json"}).headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "kinds=file_eaten", "poll=2", "limit=5", "since=1", f"after=1{'0' * 18}"]
)
def test_what_cannot_be_used_is_refused_by_its_name(client, query):
    answer = client.get(f"{EVENTS}?{query}")

    assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])
    assert listening.hub.count() == 0


def test_nobody_listens_without_the_right_to_see_the_whole_account(alice):
    folder = tree.make_folder(by=caller_for(alice), parent_id=None, name="photos")
    keys = {
        scopes: key_of(alice, *scopes.split(), folder=place) for scopes, place in (("read", folder.id), ("write", None))
    }

    assert Client().get(EVENTS).status_code == 401
    for key in keys.values():
        for query in ("", "?poll=1"):
            answer = Client(headers={"Authorization": f"Bearer {key.token}"}).get(f"{EVENTS}{query}")
            assert answer.status_code == 403


def test_a_key_for_the_whole_account_listens_until_it_is_revoked(stream, alice):
    key = key_of(alice, "read")
    listener = stream(by=Client(headers={"Authorization": f"Bearer {key.token}"}))
    happen(alice, name="heard")
    assert listener.event()["data"]["data"]["target"]["label"] == "heard"

    AccessKey.objects.update(revoked_at=timezone.now())
    with pytest.raises(StopIteration):
        listener.event()
    assert listening.hub.count() == 0


@pytest.mark.parametrize("ending", ["session", "suspension"])
def test_a_listener_is_told_nothing_more_once_what_let_them_in_has_ended(stream, alice, ending):
    listener = stream()
    if ending == "session":
        Session.objects.filter(user=alice).update(revoked_at=timezone.now())
    else:
        User.objects.filter(id=alice.id).update(suspended_at=timezone.now())

    with pytest.raises(StopIteration):
        listener.event()


def test_a_browser_listens_with_its_session(alice, stream):
    browser = Client()
    browser.force_login(alice)
    listener = stream(by=browser)
    happen(alice)

    assert listener.event()["data"]["type"] == "file_renamed"


def test_silence_is_broken_so_that_nobody_on_the_way_hangs_up(stream):
    listener = stream()
    said = [listener.next() for _ in range(4)]

    assert said[2:] == [{":": ""}, {":": ""}]


def test_a_listener_holds_no_connection_to_the_database(stream, alice):
    listener = stream()
    listener.next()
    listener.next()

    assert connection.connection is None


def test_there_are_so_many_listeners_and_no_more(stream, client, settings, monkeypatch):
    monkeypatch.setattr(listening, "EACH", 2)
    settings.CLOUDBOX_LISTENERS = 3
    first = stream()
    stream()
    one_too_many = client.get(EVENTS)
    stream(by=client_for(register("bob")))
    full = client_for(register("charlie")).get(EVENTS)

    for refused in (one_too_many, full):
        assert (refused.status_code, refused.json()["code"]) == (503, "too_many_listeners")
        assert refused.headers["Retry-After"] == "5"
    assert client.get("/api/v1/account/usage").status_code == 200
    first.close()
    assert stream().next() == {"retry": "3000"}


def test_a_place_is_free_again_however_a_listener_ends(client):
    for ends in (lambda answer: answer.close(), lambda answer: (next(iter(answer)), answer.close())):
        ends(client.get(EVENTS))

        assert listening.hub.count() == 0
    assert client.head(EVENTS).headers["Content-Type"] == "text/event-stream"
    assert listening.hub.count() == 0


def test_a_listener_that_is_too_slow_is_ended_and_comes_back_for_the_rest(stream, alice, monkeypatch):
    monkeypatch.setattr(listening, "WAITING", 2)
    listener = stream()
    listener.next()
    began = int(listener.next()["id"])
    happen(alice, count=5)
    end = time.monotonic() + 5
    while listening.hub._seq < began + 5 and time.monotonic() < end:
        time.sleep(0.01)

    with pytest.raises(StopIteration):
        listener.event()
    again = stream(f"?after={began}")
    assert [int(again.event()["id"]) for _ in range(5)] == list(range(began + 1, began + 6))


def test_a_listener_comes_again_after_a_while(stream, monkeypatch):
    monkeypatch.setattr(listening, "LIFE", 0.1)
    listener = stream()

    with pytest.raises(StopIteration):
        listener.event()


def test_kinds_are_listed_with_their_facts(client):
    items = {item["name"]: item for item in client.get(f"{EVENTS}/kinds").json()["items"]}

    assert items["quota_warning"]["topic"] == "space"
    assert set(items["quota_warning"]["facts"]) == {"percent", "used", "limit"}
