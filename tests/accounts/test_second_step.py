"""The second step of signing in: a challenge, codes that count once, and guesses that are limited."""

import re
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django_otp.plugins.otp_totp import models
from hypothesis import assume, given
from hypothesis import strategies as st
from redis import RedisError

from accounts import challenges, services, tickets
from accounts import two_factor as factor
from accounts.callers import Caller
from accounts.models import Session, Ticket, User
from accounts.refusals import (
    AccountSuspended,
    ChallengeRefused,
    WrongCode,
)
from accounts.services import recovery
from accounts.services.signing_in import begin_for
from activity.models import AuditEntry
from cloudbox.errors import Busy, NotAuthenticated, TooManyRequests
from tests.accounts.authenticator import VISITOR, answer, asked, set_up
from tests.people import PASSWORD, caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch):
    """Let no step of 30 seconds end in the middle of a test."""
    monkeypatch.setattr(models, "time", SimpleNamespace(time=lambda: 1_800_000_015.0))


@pytest.fixture
def phone(alice):
    """Alice's authenticator; her code of 30 seconds ago is used."""
    return set_up(alice)[0]


# Signing in


def test_the_password_alone_brings_a_challenge_and_no_tokens(alice, phone):
    begun = services.sign_in(by=VISITOR, name="alice", password=PASSWORD)

    assert isinstance(begun, services.Challenge)
    assert (begun.methods, begun.expires_in) == (("totp", "recovery_code"), 300)
    assert not Session.objects.exists()
    assert not AuditEntry.objects.filter(verb="signed_in").exists()


def test_the_code_brings_the_tokens(alice, phone):
    signed_in = answer(asked(), phone.code())

    assert signed_in.user_id == alice.id
    assert AuditEntry.objects.get(verb="signed_in").facts == {"two_factor": True, "new_program": False}


@pytest.mark.parametrize("step", [0, 1])
def test_a_clock_may_be_wrong_by_one_step(alice, phone, step):
    assert answer(asked(), phone.code(step)).user_id == alice.id


@pytest.mark.parametrize("step", [-2, 2, 3, 120])
def test_and_by_no_more(alice, phone, step):
    with pytest.raises(WrongCode):
        answer(asked(), phone.code(step))


def test_a_code_is_good_once(alice, phone):
    code = phone.code()
    answer(asked(), code)

    with pytest.raises(WrongCode):
        answer(asked(), code)


def test_a_code_from_before_one_that_was_used_is_not_good(alice, phone):
    answer(asked(), phone.code(1))

    with pytest.raises(WrongCode):
        answer(asked(), phone.code(0))


@pytest.mark.django_db(transaction=True)
def test_of_parallel_sign_ins_with_one_code_exactly_one_wins(alice):
    phone, _ = set_up(alice)
    code, tokens = phone.code(), [asked() for _ in range(4)]

    outcomes = at_once(4, lambda number: answer(tokens[number], code))

    assert sum(isinstance(outcome, services.SignedIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == 3


@pytest.mark.parametrize(
    "wrong",
    ["", "12345", "1234567", "+12345", "12345a", "\uff11\uff12\uff13\uff14\uff15\uff16", "0x1234", "1_2_34", "\0" * 6],
)
def test_what_is_no_code_is_a_wrong_one(alice, phone, wrong):
    with pytest.raises(WrongCode):
        answer(asked(), wrong)


@given(typed=st.text(max_size=80))
def test_nothing_else_that_is_typed_counts_or_breaks_anything(alice, phone, typed):
    assume(re.sub(r"\D", "", typed) not in {phone.code(step) for step in (0, 1)})

    assert factor.spend(alice.id, typed) is None


def test_a_code_may_have_spaces_as_authenticators_show_it(alice, phone):
    code = phone.code()

    assert answer(asked(), f" {code[:3]} {code[3:]} ").user_id == alice.id


def test_whatever_the_first_factor_was_the_second_is_asked_for(alice, phone):
    """A sign-in with another provider, or with a link from a mail, comes this way, too."""
    begun = begin_for(alice, VISITOR)

    assert isinstance(begun, services.Challenge)
    assert answer(begun.challenge, phone.code()).user_id == alice.id


def test_a_recovered_password_does_not_take_two_factor_off(alice, phone):
    secret = tickets.make(alice.id, Ticket.Purpose.RESET_PASSWORD).rpartition("/")[2]
    recovery.reset_password(by=VISITOR, secret=secret, password="four tame otters")

    assert isinstance(services.sign_in(by=VISITOR, name="alice", password="four tame otters"), services.Challenge)


# The challenge


def test_a_challenge_is_good_once(alice, phone):
    challenge = asked()
    answer(challenge, phone.code())

    with pytest.raises(ChallengeRefused):
        answer(challenge, phone.code(1))


@pytest.mark.django_db(transaction=True)
def test_of_parallel_sign_ins_with_one_challenge_exactly_one_wins(alice):
    _, codes = set_up(alice)
    challenge = asked()

    outcomes = at_once(4, lambda number: answer(challenge, codes[number]))

    assert sum(isinstance(outcome, services.SignedIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ChallengeRefused) for outcome in outcomes) == 3


def test_a_challenge_is_good_for_five_codes(alice, phone):
    challenge = asked()
    networks = [Caller.anonymous(address=f"203.0.{number}.1") for number in range(6)]
    for by in networks[:5]:
        with pytest.raises(WrongCode):
            answer(challenge, "000000", by)

    with pytest.raises(ChallengeRefused):
        answer(challenge, phone.code(), networks[5])


def test_a_challenge_is_over_after_five_minutes(alice, phone, monkeypatch):
    challenge = asked()
    monkeypatch.setattr(challenges, "LIFETIME", -1)

    with pytest.raises(ChallengeRefused):
        answer(challenge, phone.code())


def test_a_forged_challenge_counts_nothing(alice, phone):
    challenge = asked()

    for forged in ("", "x", challenge[:-1] + ("A" if challenge[-1] != "A" else "B"), "é", "a:b:c", "x" * 5000):
        with pytest.raises(ChallengeRefused):
            answer(forged, phone.code())


def test_a_challenge_of_one_user_takes_no_code_of_another(alice, bob, phone):
    bobs, _ = set_up(bob)

    with pytest.raises(WrongCode):
        answer(asked("alice"), bobs.code())


def test_a_challenge_is_over_with_a_new_password(alice, phone):
    challenge = asked()
    services.change_password(by=caller_for(alice), current=PASSWORD, new="four tame otters")

    with pytest.raises(ChallengeRefused):
        answer(challenge, phone.code())


def test_a_suspension_between_password_and_code_is_seen(alice, staff, phone):
    challenge = asked()
    User.objects.filter(id=alice.id).update(is_active=False)

    with pytest.raises(AccountSuspended):
        answer(challenge, phone.code())


def test_a_challenge_is_no_token(alice, phone, client):
    challenge = asked()

    assert client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {challenge}"}).status_code == 401
    with pytest.raises(NotAuthenticated):
        services.refresh(by=VISITOR, token=challenge)


def test_without_redis_no_code_is_looked_at(alice, phone, monkeypatch):
    challenge = asked()

    def down(*_args, **_kwargs):
        raise RedisError

    monkeypatch.setattr(cache, "incr", down, raising=False)
    with pytest.raises(Busy):
        answer(challenge, phone.code())


# Guessing


def test_wrong_codes_soon_have_to_wait_and_right_passwords_do_not_forgive_them(alice, phone):
    for _ in range(5):
        with pytest.raises(WrongCode):
            answer(asked(), "000000")

    with pytest.raises(TooManyRequests) as refused:
        answer(asked(), phone.code())
    assert 0 < int(str(refused.value.facts["retry_after"])) <= 300


def test_a_guesser_elsewhere_does_not_lock_the_owner_out(alice, phone):
    answer(asked(), phone.code())
    thief = Caller.anonymous(address="203.0.113.9")
    for _ in range(7):
        with pytest.raises((WrongCode, TooManyRequests)):
            answer(asked(), "000000", thief)

    assert answer(asked(), phone.code(1)).user_id == alice.id


def test_a_wrong_code_is_in_the_audit_log_without_the_code(alice, phone):
    with pytest.raises(WrongCode):
        answer(asked(), "271828")

    entry = AuditEntry.objects.get(verb="sign_in_failed")
    assert (entry.owner_id, entry.address, entry.facts) == (alice.id, "198.51.100.7", {"why": "code"})
    assert "271828" not in str(AuditEntry.objects.values())
