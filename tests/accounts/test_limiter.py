"""Guessing passwords gets slower and slower; nobody can be locked out by a stranger."""

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from accounts import limiter, services
from accounts.callers import Caller
from accounts.limiter import ALL_AT_ONE, ONE_AT_ALL, ONE_AT_ONE, Limit, attempt
from accounts.refusals import UsernameTaken, WrongCredentials
from cloudbox.counters import counters
from cloudbox.errors import BadInput, TooManyRequests
from tests.hashers import Counted
from tests.people import PASSWORD, caller_for
from tests.threads import at_once

HERE, THERE = "198.51.100.7", "203.0.113.9"


def tries_until_refused(account: str = "alice", address: str = HERE) -> tuple[int, int]:
    """Return how many tries passed, and how many seconds the next has to wait."""
    for passed in range(1000):
        try:
            attempt(account=account, address=address)
        except TooManyRequests as refused:
            return passed, int(str(refused.facts["retry_after"]))
    raise AssertionError("never refused")


def wait_until(moment: float) -> None:
    """Let the next try be let through from that moment on (seconds since 1970)."""
    for key in counters().scan_iter(f"{limiter.PREFIX}*"):
        if counters().type(key) == b"hash":
            counters().hset(key, "until", moment)


def test_a_few_tries_are_free_then_one_has_to_wait():
    assert tries_until_refused() == (ONE_AT_ONE.free, 1)


def test_each_further_try_waits_twice_as_long_up_to_a_cap():
    waits = []
    for _ in range(14):
        waits.append(tries_until_refused()[1])
        wait_until(0)

    due = [1, 2, 4, 8, 16, 32, 64, 128, 256, *[ONE_AT_ONE.cap] * 5]
    assert waits == [pytest.approx(seconds, abs=1) for seconds in due]  # the clock goes on, or is set back


def test_after_waiting_the_next_try_is_let_through():
    tries_until_refused()
    seconds, _ = counters().time()
    wait_until(seconds + 60)
    assert tries_until_refused()[0] == 0

    wait_until(seconds - 1)
    assert tries_until_refused()[0] == 1


def test_a_stranger_does_not_hold_up_somebody_elsewhere():
    tries_until_refused(address=THERE)

    attempt(account="alice", address=HERE)


def test_guessing_at_one_account_does_not_hold_up_another():
    tries_until_refused("alice")

    attempt(account="bob", address=HERE)


def test_one_network_that_tries_many_accounts_is_slowed():
    for number in range(ONE_AT_ALL.free):
        attempt(account=f"account-{number}", address=THERE)

    with pytest.raises(TooManyRequests):
        attempt(account="one more", address=THERE)


def test_a_network_is_the_neighbourhood_not_one_address():
    assert limiter.network_of("198.51.100.7") == limiter.network_of("198.51.100.200") == "198.51.100.0/24"
    assert limiter.network_of("2001:db8:1:2:3::4") == limiter.network_of("2001:db8:1:2::ffff") == "2001:db8:1:2::/64"
    assert limiter.network_of("::ffff:198.51.100.7") == "198.51.100.0/24"
    assert limiter.network_of("") == ""


def test_many_networks_that_try_one_account_are_slowed_but_its_owner_is_not():
    attempt(account="alice", address=HERE).succeeded()
    for number in range(ALL_AT_ONE.free):
        attempt(account="alice", address=f"203.0.{number}.9")

    with pytest.raises(TooManyRequests):
        attempt(account="alice", address="192.0.2.1")
    attempt(account="alice", address=HERE)


def test_a_right_password_takes_the_tries_off_again():
    for _ in range(ONE_AT_ONE.free - 1):
        attempt(account="alice", address=HERE)

    attempt(account="alice", address=HERE).succeeded()

    assert tries_until_refused()[0] == ONE_AT_ONE.free


def test_right_passwords_never_add_up_to_a_limit():
    for number in range(ONE_AT_ALL.free * 2):
        attempt(account=f"account-{number % 7}", address=HERE).succeeded()


def test_behind_a_proxy_that_nobody_told_of_the_whole_house_is_not_held_up():
    for number in range(ONE_AT_ALL.free * 2):
        attempt(account=f"account-{number}", address="127.0.0.1")


def test_parallel_tries_do_not_slip_through():
    outcomes = at_once(20, lambda _: attempt(account="alice", address=HERE))

    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == 20 - ONE_AT_ONE.free


def test_what_was_typed_as_a_name_is_not_kept():
    attempt(account="my secret password", address=HERE)

    assert not [key for key in counters().scan_iter(f"{limiter.PREFIX}*") if b"secret" in key]


def test_without_redis_people_still_sign_in(monkeypatch):
    nowhere = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    monkeypatch.setattr(limiter, "counters", lambda: nowhere)

    attempt(account="alice", address=HERE).succeeded()


# At the doors


@pytest.mark.django_db
def test_a_guesser_is_refused_before_a_hash_is_computed(client, alice):
    body = {"login": "alice", "password": "not her password"}
    for _ in range(ONE_AT_ONE.free):
        assert client.post("/api/v1/auth/login", body, "application/json").status_code == 401
    before = Counted.computed

    answer = client.post("/api/v1/auth/login", body, "application/json")

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer["Retry-After"]) >= 1
    assert Counted.computed == before


@pytest.mark.django_db
def test_one_network_that_registers_many_accounts_is_slowed_before_a_hash_is_computed(monkeypatch, staff):
    monkeypatch.setattr(limiter, "REGISTRATIONS", Limit(free=2, cap=60))

    def register(name: str, address: str, by: Caller | None = None) -> None:
        visitor = by or Caller.anonymous(address=address)
        services.register(by=visitor, username=name, password=PASSWORD)

    register("one", HERE)
    with pytest.raises(UsernameTaken):
        register("one", HERE)
    before = Counted.computed
    with pytest.raises(TooManyRequests) as refused:
        register("three", HERE)

    assert (Counted.computed, refused.value.facts) == (before, {"retry_after": 1, "limit": 2})
    register("three", THERE)
    register("four", HERE, by=caller_for(staff))
    for name in ("five", "six", "seven"):
        register(name, "127.0.0.1")  # a proxy that nobody told of, perhaps


@pytest.mark.django_db
def test_both_names_of_an_account_share_their_tries(alice):
    for name in ("alice", "alice@example.com") * 3:
        with pytest.raises((WrongCredentials, TooManyRequests)) as refused:
            services.sign_in(by=Caller.anonymous(address=HERE), name=name, password="not her password")

    assert refused.type is TooManyRequests


@pytest.mark.django_db
def test_a_stolen_token_does_not_allow_unlimited_guesses_at_the_password(alice):
    outcomes = []
    for _ in range(ONE_AT_ONE.free + 1):
        with pytest.raises((BadInput, TooManyRequests)) as refused:
            services.change_password(by=caller_for(alice), current="not her password", new="four tame otters")
        outcomes.append(refused.type)

    assert outcomes == [BadInput] * ONE_AT_ONE.free + [TooManyRequests]
    with pytest.raises(TooManyRequests):
        services.change_profile(by=caller_for(alice), changes={"email": "m@example.com"}, current_password=PASSWORD)
