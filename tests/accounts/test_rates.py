"""So many requests in a time: of an address, of a user and of a key, whichever process answers."""

import base64
import time
from uuid import uuid4

import pytest
from django.test import Client
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts import rates, sessions
from accounts.rates import neighbourhood, take
from accounts.services import keys
from cloudbox.counters import counters
from cloudbox.environment import Rate
from tests.people import PASSWORD, caller_for, client_for
from tests.threads import at_once

DAY = 86_400
A_FEW = Rate(3, DAY)  # so slow that no place comes back while a test runs
ME = "/api/v1/auth/profile"
HERE, THERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def nothing_counted_yet(monkeypatch):
    monkeypatch.setattr(rates, "PREFIX", f"test:{uuid4().hex}:")


@pytest.fixture
def limited(settings):
    """Limit what comes from now on."""

    def limit(*, address: Rate | None = None, key: Rate | None = None) -> None:
        settings.CLOUDBOX_RATE_PER_ADDRESS, settings.CLOUDBOX_RATE_PER_KEY = address, key

    return limit


def statuses(client: Client, count: int, path: str = "/api/v1/no/such", **options) -> list[int]:
    return [client.get(path, **options).status_code for _ in range(count)]


def until_refused(rate: Rate, key: str) -> tuple[int, int]:
    """Return how many requests passed, and how many seconds the next has to wait."""
    for passed in range(1000):
        standing = take({key: rate})
        if standing.wait:
            return passed, standing.wait
    raise AssertionError("never refused")


def key_of_its_own() -> str:
    return f"{rates.PREFIX}{uuid4().hex}"


# Counting


@pytest.mark.parametrize("rate", [Rate(1, 60), Rate(7, 60), Rate(600, 3600), Rate(999, DAY)])
def test_so_many_requests_pass_at_once_then_one_for_each_that_comes_back(rate):
    passed, wait = until_refused(rate, key_of_its_own())

    assert passed == pytest.approx(rate.requests, abs=1)  # the clock goes on
    assert wait == pytest.approx(rate.seconds / rate.requests, abs=1.5)


def test_a_place_comes_back_after_a_while_and_no_earlier():
    rate, key = Rate(2, 1), key_of_its_own()
    until_refused(rate, key)
    began = time.monotonic()

    while take({key: rate}).wait:
        assert time.monotonic() - began < 5

    assert time.monotonic() - began > 0.3


def test_it_is_told_how_many_places_remain_and_when_all_are_free():
    key = key_of_its_own()

    told = [(standing.remaining, standing.reset) for standing in (take({key: A_FEW}) for _ in range(3))]

    assert [remaining for remaining, _ in told] == [2, 1, 0]
    assert [reset for _, reset in told] == [pytest.approx(DAY * part / 3, abs=2) for part in (1, 2, 3)]


def test_a_refused_request_takes_no_place_of_anybody():
    full, other = key_of_its_own(), key_of_its_own()
    until_refused(A_FEW, full)
    wait = take({full: A_FEW}).wait

    for _ in range(10):
        assert take({other: A_FEW, full: A_FEW}).wait == pytest.approx(wait, abs=2)

    assert take({other: A_FEW}).remaining == 2


def test_the_nearest_limit_is_the_one_that_is_told():
    key = key_of_its_own()

    assert take({key_of_its_own(): Rate(100, 60), key: Rate(10, 60)}).rate == Rate(10, 60)


def test_parallel_requests_do_not_slip_through():
    rate, key = Rate(10, DAY), key_of_its_own()

    outcomes = at_once(24, lambda _: take({key: rate}).wait)

    assert sum(wait == 0 for wait in outcomes) == 10


def test_what_was_counted_is_forgotten_once_all_places_are_free():
    key = key_of_its_own()
    take({key: Rate(100, 100)})

    assert 0 < counters().pttl(key) <= 1000


def test_a_clock_that_is_set_back_keeps_nobody_out():
    key = key_of_its_own()
    seconds, _ = counters().time()
    counters().set(key, seconds + 365 * DAY, ex=60)

    assert take({key: Rate(60, 60)}).wait <= 1


def test_all_limits_are_counted_in_one_round_trip():
    limits = {key_of_its_own(): A_FEW, key_of_its_own(): A_FEW}
    take(limits)  # so that the connection is there
    before = counters().info("stats")["total_commands_processed"]

    take(limits)

    inside, between = 1 + 2 * 2, 1  # the clock and each key's, and the question after it
    assert counters().info("stats")["total_commands_processed"] - before <= 1 + inside + between


# Who is one


def test_an_ipv4_address_counts_alone_and_an_ipv6_network_together():
    assert neighbourhood("198.51.100.7") != neighbourhood("198.51.100.8")
    assert neighbourhood("::ffff:198.51.100.7") == neighbourhood("198.51.100.7")
    assert neighbourhood("2001:db8:1:2:3::4") == neighbourhood("2001:db8:1:2::ffff") == "2001:db8:1:2::/64"
    assert neighbourhood("2001:db8:1:3::1") != neighbourhood("2001:db8:1:2::1")
    assert neighbourhood("") == ""
    assert neighbourhood("unix:") == "unix:"


@pytest.mark.django_db
def test_each_address_has_its_own_places(limited):
    limited(address=A_FEW)

    assert statuses(Client(REMOTE_ADDR=HERE), 5) == [401] * 3 + [429] * 2
    assert statuses(Client(REMOTE_ADDR=THERE), 3) == [401] * 3


@pytest.mark.django_db
def test_behind_a_proxy_the_visitors_count_and_not_the_proxy(limited, settings):
    settings.CLOUDBOX_PROXIES = ["10.0.0.0/8"]
    limited(address=A_FEW)
    proxy = Client(REMOTE_ADDR="10.0.0.1")

    for visitor in (HERE, THERE):
        assert statuses(proxy, 4, headers={"X-Forwarded-For": visitor}) == [401] * 3 + [429]


@pytest.mark.django_db
def test_nobody_gets_new_places_by_a_header_of_their_own(limited):
    limited(address=A_FEW)
    client = Client(REMOTE_ADDR=HERE)

    answers = [statuses(client, 1, headers={"X-Forwarded-For": f"192.0.2.{number}"})[0] for number in range(4)]

    assert answers == [401] * 3 + [429]


@pytest.mark.django_db
def test_a_user_has_the_same_places_with_all_their_tokens_and_from_everywhere(alice, bob, limited):
    clients = [client_for(alice), client_for(alice)]
    limited(key=A_FEW)

    answers = [client.get(ME, REMOTE_ADDR=address).status_code for client in clients for address in (HERE, THERE)]

    assert answers == [200, 200, 200, 429]
    assert client_for(bob).get(ME).status_code == 200


@pytest.mark.django_db
def test_however_a_token_comes_it_is_the_same_user(alice, limited):
    _, pair = sessions.begin(alice, address="", agent="")
    limited(key=A_FEW)
    headers = [
        {"Authorization": f"Bearer {pair.access}"},
        {"Authorization": f"token {pair.access}"},
        {"If-Match": f"token {pair.access}"},
        {"Authorization": f"Bearer {pair.access}"},
    ]

    assert [Client().get(ME, headers=header).status_code for header in headers] == [200, 200, 200, 429]


@pytest.mark.django_db
def test_each_access_key_has_places_of_its_own_however_it_comes(alice, limited):
    one, other = (keys.make(by=caller_for(alice), name=name, scopes=["read"]) for name in ("one", "other"))
    basic = base64.b64encode(f"{one.info.key_id}:{one.secret}".encode()).decode()
    limited(key=A_FEW)
    headers = [f"Bearer {one.token}", f"token {one.token}", f"Basic {basic}", f"Bearer {one.token}"]

    assert [Client().get(ME, headers={"Authorization": how}).status_code for how in headers] == [200, 200, 200, 429]
    assert Client().get(ME, headers={"Authorization": f"Bearer {other.token}"}).status_code == 200
    assert client_for(alice).get(ME).status_code == 200


@pytest.mark.django_db
def test_a_browsers_session_counts_as_a_key(client, alice, limited):
    client.force_login(alice)
    limited(key=A_FEW)

    assert statuses(client, 4, ME) == [200] * 3 + [429]


@pytest.mark.django_db
def test_made_up_tokens_take_the_places_of_the_address(limited):
    limited(address=A_FEW, key=Rate(100, DAY))
    client = Client(REMOTE_ADDR=HERE)

    answers = [client.get(ME, headers={"Authorization": f"Bearer {number}"}).status_code for number in range(4)]

    assert answers == [401] * 3 + [429]


@pytest.mark.django_db
def test_the_limit_of_a_key_is_nothing_to_somebody_without(client, limited):
    limited(key=Rate(1, DAY))

    assert statuses(client, 3) == [401] * 3


# At the doors


@pytest.mark.django_db
def test_every_answer_says_how_many_places_remain(alice, limited):
    client = client_for(alice)
    limited(address=Rate(600, 60), key=Rate(60, 60))

    answer = client.get(ME)

    assert answer.status_code == 200
    assert (answer["RateLimit-Limit"], answer["RateLimit-Policy"]) == ("60", "60;w=60")
    assert answer["RateLimit-Remaining"] == "59"
    assert int(answer["RateLimit-Reset"]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("path", [ME, "/api/v1/no/such", "/nowhere", "/users/nothing", "/users/login", "/"])
def test_a_refusal_says_when_to_come_again_whatever_was_asked_for(limited, path):
    limited(address=Rate(1, DAY))
    client = Client()
    client.get("/nowhere")

    answer = client.get(path)

    assert answer.status_code == 429
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("1", "0")
    assert answer["Retry-After"] == answer["RateLimit-Reset"]
    assert int(answer["Retry-After"]) > DAY - 60
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-ID"]
    if path.startswith("/users/"):
        assert answer.json() == {"error": "Too many requests. Wait a little."}
    elif path.startswith("/api/"):
        assert answer.json()["code"] == "too_many_requests"
        assert answer.json()["retry_after"] == int(answer["Retry-After"])


@pytest.mark.django_db
def test_health_is_never_refused_and_what_a_page_loads_does_not_count(limited):
    limited(address=Rate(1, DAY))
    client = Client()

    assert statuses(client, 3, "/healthz") == [200] * 3
    for _ in range(2):
        picture = client.get("/static/accounts/picture.svg")
        assert b"".join(picture)  # to its end, which closes the file
        assert picture.status_code == 200
    assert statuses(client, 2) == [401, 429]


@pytest.mark.django_db
def test_other_sites_may_read_when_to_come_again(limited, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.org"]
    limited(address=Rate(1, DAY))
    client, headers = Client(), {"Origin": "https://app.example.org"}
    asking = headers | {"Access-Control-Request-Method": "GET"}

    assert client.options(ME, headers=asking).status_code == 200  # a browser asks this of its own accord: it is free
    client.get(ME, headers=headers)
    answer = client.get(ME, headers=headers)

    assert answer.status_code == 429
    assert answer["Access-Control-Allow-Origin"] == "https://app.example.org"
    assert {"retry-after", "ratelimit-reset"} <= set(answer["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.django_db
def test_a_refused_login_takes_no_try_at_the_password(alice, limited):
    limited(address=Rate(1, DAY))
    client = Client()
    client.get(ME)
    body = {"login": "alice", "password": "not her password"}
    for _ in range(10):
        assert client.post("/api/v1/auth/login", body, "application/json").status_code == 429

    limited()
    body["password"] = PASSWORD
    assert Client().post("/api/v1/auth/login", body, "application/json").status_code == 200


@pytest.mark.django_db
def test_without_a_limit_redis_is_not_asked(client, monkeypatch, limited):
    limited()
    monkeypatch.setattr(rates, "counters", lambda: pytest.fail("Redis was asked"))

    answer = client.get("/api/v1/no/such")

    assert "RateLimit-Limit" not in answer


@pytest.mark.django_db
def test_while_redis_is_away_nothing_is_limited_and_it_is_asked_once(limited, monkeypatch, caplog):
    asked = []

    def nowhere() -> Redis:
        asked.append(1)
        return Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))

    monkeypatch.setattr(rates, "counters", nowhere)
    limited(address=Rate(1, DAY))

    assert statuses(Client(), 3) == [401] * 3
    assert len(asked) == 1
    assert "rate_limit_unavailable" in caplog.text


@pytest.mark.django_db
def test_a_sign_in_that_has_to_wait_says_it_in_the_same_headers(client, alice):
    body = {"login": "alice", "password": "not her password"}
    for _ in range(6):
        answer = client.post("/api/v1/auth/login", body, "application/json")

    assert answer.status_code == 429
    assert (answer["RateLimit-Limit"], answer["RateLimit-Remaining"]) == ("5", "0")
    assert answer["RateLimit-Reset"] == answer["Retry-After"]
