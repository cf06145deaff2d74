"""Good passwords in, right passwords through, and nobody learns more than that."""

import sys
from threading import Event

import pytest
from argon2 import extract_parameters

from accounts import hashers, services
from accounts.callers import Caller
from accounts.hashers import SmallArgon2
from accounts.models import User
from accounts.refusals import AccountSuspended, WrongCredentials
from activity.models import AuditEntry
from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.errors import BadInput, Busy
from tests.hashers import Counted
from tests.people import PASSWORD, caller_for
from tests.people import signed_in as sign_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VISITOR = Caller.anonymous(address="198.51.100.7")


# What a password may be


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("2short!", "too short"),
        ("password", "too common"),
        ("alice-liddell", "too similar to the username"),
        ("carroll@example.com", "too similar to the email"),
        ("Quetzalcoatlus", "too similar to the last name"),
        ("x\x00y-some-more", "characters"),
        ("x\ud800y-some-more", "characters"),
        ("x" * 1025, "At most 1024"),
    ],
    ids=ascii,
)
def test_a_weak_password_is_refused_with_field_and_reason(password, reason):
    with pytest.raises(BadInput) as refused:
        services.register(
            by=VISITOR,
            username="alice-liddell",
            email="carroll@example.com",
            password=password,
            details={"last_name": "Quetzalcoatlus"},
        )

    assert refused.value.field == "password"
    assert reason in refused.value.message
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["12345", "123456", "password", "alice"])
def test_the_ancestors_passwords_pass_where_the_policy_is_compat(settings, password):
    settings.CLOUDBOX_PASSWORD_POLICY = "compat"

    services.register(by=VISITOR, username="alice", password=password)

    assert sign_in("alice", password).username == "alice"


def test_four_characters_are_too_few_for_any_policy(settings):
    settings.CLOUDBOX_PASSWORD_POLICY = "compat"

    with pytest.raises(BadInput):
        services.register(by=VISITOR, username="alice", password="1234")


@pytest.mark.parametrize(
    "password",
    [
        "  spaces count  ",
        "\u043f\u0430\u0440\u043e\u043b\u044c-\u0438\u0437-\u0441\u043b\u043e\u0432",
        "\U0001f9a6\U0001f9a6 three otters",
    ],
    ids=ascii,
)
def test_a_password_may_be_anything_that_can_be_typed(password):
    services.register(by=VISITOR, username="alice", password=password)

    assert sign_in("alice", password).username == "alice"
    with pytest.raises(WrongCredentials):
        sign_in("alice", password.strip() + "!")


# Signing in


@pytest.mark.parametrize("name", ["alice", "ALICE", " alice ", "alice@example.com", "Alice@Example.COM"])
def test_people_sign_in_by_either_name_in_any_case(alice, name):
    assert sign_in(name).user_id == alice.id


def test_a_sign_in_is_in_the_audit_log_with_its_address(alice):
    sign_in("alice", PASSWORD)

    entry = AuditEntry.objects.get(verb="signed_in")
    assert (entry.actor_id, entry.address) == (alice.id, "198.51.100.7")


@pytest.mark.parametrize(
    "name",
    ["nobody", "nobody@example.com", "", "a\x00b", "a\ud800b", "x" * 10_000, "\u0130" * 250],
    ids=lambda name: ascii(name[:10]),
)
def test_an_unknown_name_is_told_the_same_as_a_wrong_password(alice, name):
    with pytest.raises(WrongCredentials) as unknown:
        sign_in(name)
    with pytest.raises(WrongCredentials) as wrong:
        sign_in("alice", "not her password")

    assert (unknown.value.code, unknown.value.message, unknown.value.facts) == (
        wrong.value.code,
        wrong.value.message,
        wrong.value.facts,
    )


def hashes_of(act) -> int:
    before = Counted.computed
    with pytest.raises((WrongCredentials, AccountSuspended)):
        act()
    return Counted.computed - before


def test_an_unknown_name_costs_as_many_hashes_as_a_wrong_password(alice, bob):
    User.objects.filter(id=bob.id).update(password="!unusable")

    assert hashes_of(lambda: sign_in("alice", "not her password")) == 1
    assert hashes_of(lambda: sign_in("nobody", "not her password")) == 1
    assert hashes_of(lambda: sign_in("bob", "not his password")) == 1


def test_a_suspended_account_costs_as_many_and_learns_why_only_with_the_password(alice, staff):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    assert hashes_of(lambda: sign_in("alice", "not her password")) == 1
    assert hashes_of(lambda: sign_in("alice", PASSWORD)) == 1
    with pytest.raises(WrongCredentials):
        sign_in("alice", "not her password")
    with pytest.raises(AccountSuspended):
        sign_in("alice", PASSWORD)


def test_unknown_and_known_names_cost_the_same_queries(alice, django_assert_num_queries):
    for name in ("alice", "nobody"):
        with django_assert_num_queries(2), pytest.raises(WrongCredentials):  # who it is, and the audit log
            sign_in(name, "not her password")


# Changing it


def test_a_changed_password_ends_all_other_sessions_and_renews_this_one(client, alice):
    here, elsewhere = sign_in("alice", PASSWORD), sign_in("alice", PASSWORD)

    changed = client.post(
        "/api/v1/auth/change-password",
        {"current_password": PASSWORD, "new_password": "four tame otters"},
        "application/json",
        headers={"Authorization": f"Bearer {here.access}"},
    )

    assert changed.status_code == 200
    for token, status in ((changed.json()["access"], 200), (here.access, 401), (elsewhere.access, 401)):
        answer = client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status
    refreshed = client.post("/api/v1/auth/token/refresh", {"refresh": elsewhere.refresh}, "application/json")
    assert refreshed.status_code == 401
    refreshed = client.post("/api/v1/auth/token/refresh", {"refresh": changed.json()["refresh"]}, "application/json")
    assert refreshed.status_code == 200
    with pytest.raises(WrongCredentials):
        sign_in("alice", PASSWORD)
    assert sign_in("alice", "four tame otters").user_id == alice.id


def test_a_changed_password_ends_the_sessions_of_browsers(client, alice):
    client.force_login(alice)
    assert client.get("/api/v1/auth/profile").status_code == 200

    services.change_password(by=caller_for(alice), current=PASSWORD, new="four tame otters")

    assert client.get("/api/v1/auth/profile").status_code == 401


def test_the_present_password_must_be_right_to_change_it(alice):
    with pytest.raises(BadInput) as refused:
        services.change_password(by=caller_for(alice), current="not her password", new="four tame otters")

    assert refused.value.field == "current_password"
    assert sign_in("alice", PASSWORD).user_id == alice.id


def test_a_weak_new_password_is_refused_by_its_field(alice):
    with pytest.raises(BadInput) as refused:
        services.change_password(by=caller_for(alice), current=PASSWORD, new="alice")

    assert refused.value.field == "new_password"


# Hashing


def test_a_hash_is_argon2id_sized_for_a_small_machine():
    encoded = SmallArgon2().encode("three tame otters", SmallArgon2().salt())

    parameters = extract_parameters(encoded.removeprefix("argon2"))
    assert encoded.startswith("argon2$argon2id$")
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19456, 2, 1)
    assert SmallArgon2().verify("three tame otters", encoded)
    assert not SmallArgon2().verify("three wild otters", encoded)
    assert not SmallArgon2().must_update(encoded)


def test_only_a_few_hashes_are_computed_at_a_time(monkeypatch):
    monkeypatch.setattr(hashers, "PATIENCE", 0)
    enough = Event()
    taken = [hashers._turns.threads.submit(enough.wait) for _ in range(hashers.AT_ONCE)]
    try:
        with pytest.raises(Busy) as refused:
            SmallArgon2().encode("three tame otters", "saltsaltsaltsalt")
    finally:
        enough.set()

    assert all(turn.result() for turn in taken)
    assert (refused.value.status, refused.value.facts["retry_after"]) == (503, 0)


def alone(*lines: str, workers: int = 2) -> str:
    """Return what lines of Python print in a process of their own, which has not computed any hash before."""
    begin = [
        "import os",
        "from concurrent.futures import ThreadPoolExecutor",
        "from django.conf import settings",
        f"settings.configure(WORKERS={workers})",
        "from accounts.hashers import AT_ONCE, SmallArgon2",
        "from tests.memory import own_memory",
        "hash = lambda _=0: SmallArgon2().encode('three tame otters', 'saltsaltsaltsalt')",
        "encoded = hash()",
    ]
    done = process.run([sys.executable, "-c", "\n".join([*begin, *lines])], environment={"PYTHONPATH": str(ROOT)})
    assert done.code == 0, done.errors
    return done.output


def test_hashes_in_many_threads_keep_no_more_memory_than_a_few_need():
    told = alone(
        "before = own_memory(os.getpid())",
        "with ThreadPoolExecutor(24) as threads: list(threads.map(hash, range(48)))",
        "print(own_memory(os.getpid()) - before, AT_ONCE * 19 * 2**20)",
    )

    kept, needed = map(int, told.split())
    assert kept <= needed + 16 * 2**20


@pytest.mark.parametrize("workers", [1, 5, 12])
def test_the_hashes_of_all_processes_fit_into_256_mib(workers):
    told = alone("print(AT_ONCE * settings.WORKERS * SmallArgon2.memory_cost)", workers=workers)

    assert 0 < int(told) <= 256 * 1024  # KiB


def test_a_forked_process_computes_hashes_of_its_own():
    told = alone(
        "child = os.fork()",
        "if child == 0: os._exit(SmallArgon2().verify('three tame otters', encoded))",
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))",
    )

    assert told == "1\n"


def test_more_sign_ins_than_turns_wait_and_all_get_theirs():
    encoded = SmallArgon2().encode("three tame otters", "saltsaltsaltsalt")

    assert at_once(hashers.AT_ONCE + 2, lambda _: SmallArgon2().verify("three tame otters", encoded)) == [True] * (
        hashers.AT_ONCE + 2
    )
