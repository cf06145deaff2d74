"""A second factor: nobody signs in with the password alone, no code counts twice, and nobody is locked out for good."""

import re
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import authenticate
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp import models
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import services, sessions
from accounts.callers import Limits
from accounts.models import User
from accounts.refusals import (
    CodeNeeded,
    KeyNotEnough,
    TwoFactorIsOff,
    TwoFactorIsOn,
    WrongCode,
)
from accounts.services import two_factor
from activity.models import AuditEntry, Mail
from cloudbox.errors import BadInput
from tests.accounts.authenticator import VISITOR, Authenticator, answer, asked, set_up
from tests.people import PASSWORD, caller_for, client_for
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


# Setting it up


def test_an_authenticator_learns_the_secret_from_the_qr_code(alice):
    setup = two_factor.begin_setup(by=caller_for(alice), current_password=PASSWORD)

    uri = urlsplit(setup.uri)
    values = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/CloudBox%3Aalice")
    assert values["secret"] == [setup.secret]
    assert (values["issuer"], values["digits"], values["period"]) == (["CloudBox"], ["6"], ["30"])
    assert re.fullmatch(r"<svg [^<>]*>(<(rect|path) [^<>]*/>){2}</svg>", setup.qr)


def test_nothing_changes_until_a_first_code_is_confirmed(alice):
    two_factor.begin_setup(by=caller_for(alice), current_password=PASSWORD)

    assert isinstance(services.sign_in(by=VISITOR, name="alice", password=PASSWORD), services.SignedIn)
    with pytest.raises(BadInput, match="not the code"):
        two_factor.confirm(by=caller_for(alice), code="000000")
    assert not two_factor.state(by=caller_for(alice)).enabled


def test_setting_it_up_takes_the_password(alice):
    with pytest.raises(BadInput) as refused:
        two_factor.begin_setup(by=caller_for(alice), current_password="not hers")

    assert refused.value.field == "current_password"
    assert not TOTPDevice.objects.exists()


def test_whoever_has_no_password_sets_it_up_without(alice):
    User.objects.filter(id=alice.id).update(password="!unusable")
    session, _ = sessions.begin(alice, address="198.51.100.7", agent="tests")

    assert two_factor.begin_setup(by=replace(caller_for(alice), session_id=session.id)).secret


def test_a_second_setup_replaces_a_secret_that_was_never_confirmed(alice):
    me = caller_for(alice)
    first, second = (Authenticator(two_factor.begin_setup(by=me, current_password=PASSWORD).secret) for _ in "12")

    with pytest.raises(BadInput):
        two_factor.confirm(by=me, code=first.code())
    assert len(two_factor.confirm(by=me, code=second.code()).recovery_codes) == 10


def test_what_is_on_is_not_set_up_again(alice, phone):
    me = caller_for(alice)

    with pytest.raises(TwoFactorIsOn):
        two_factor.begin_setup(by=me, current_password=PASSWORD)
    with pytest.raises(TwoFactorIsOn):
        two_factor.confirm(by=me, code=phone.code())


def test_what_was_not_begun_is_not_confirmed_or_turned_off(alice):
    me = caller_for(alice)

    with pytest.raises(TwoFactorIsOff):
        two_factor.confirm(by=me, code="123456")
    with pytest.raises(TwoFactorIsOff):
        two_factor.turn_off(by=me, current_password=PASSWORD, code="123456")


def test_turning_it_on_ends_all_other_sessions_and_keeps_this_one(alice):
    here, there = client_for(alice), client_for(alice)
    secret = here.post("/api/v1/account/two-factor", {"current_password": PASSWORD}, "application/json").json()

    turned_on = here.post(
        "/api/v1/account/two-factor/confirm", {"code": Authenticator(secret["secret"]).code()}, "application/json"
    ).json()

    access = turned_on["signed_in"]["access"]
    assert there.get("/api/v1/auth/profile").status_code == 401
    assert here.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {access}"}).status_code == 200


def test_turning_it_on_and_off_is_recorded_and_mailed(alice, phone):
    two_factor.turn_off(by=caller_for(alice), current_password=PASSWORD, code=phone.code())

    verbs = ["two_factor_turned_on", "two_factor_turned_off"]
    assert list(AuditEntry.objects.filter(verb__in=verbs).order_by("id").values_list("verb", flat=True)) == verbs
    assert list(Mail.objects.filter(kind__in=verbs).order_by("id").values_list("kind", flat=True)) == verbs
    assert isinstance(services.sign_in(by=VISITOR, name="alice", password=PASSWORD), services.SignedIn)


@pytest.mark.parametrize(
    ("password", "code", "field"), [("not hers", None, "current_password"), (PASSWORD, "000000", "code")]
)
def test_turning_it_off_takes_the_password_and_a_code(alice, phone, password, code, field):
    with pytest.raises(BadInput) as refused:
        two_factor.turn_off(by=caller_for(alice), current_password=password, code=code or phone.code())

    assert refused.value.field == field
    assert two_factor.state(by=caller_for(alice)).enabled


def test_an_access_key_has_no_say_in_it(alice):
    key = replace(caller_for(alice), limits=Limits(key_id="A" * 20, scopes=frozenset({"read", "write"})))

    with pytest.raises(KeyNotEnough):
        two_factor.begin_setup(by=key, current_password=PASSWORD)
    with pytest.raises(KeyNotEnough):
        two_factor.state(by=key)


# Recovery codes


def test_a_recovery_code_signs_in_once_and_its_loss_is_told(alice):
    _, codes = set_up(alice)

    assert answer(asked(), codes[3]).user_id == alice.id
    with pytest.raises(WrongCode):
        answer(asked(), codes[3])

    assert two_factor.state(by=caller_for(alice)).recovery_codes_left == 9
    assert AuditEntry.objects.get(verb="recovery_code_used").facts == {"left": 9}
    assert "Codes left: 9." in " ".join(Mail.objects.get(kind="recovery_code_used").text.split())


def test_a_recovery_code_is_taken_as_people_write_it(alice):
    _, codes = set_up(alice)

    assert answer(asked(), f" {codes[0].replace('-', ' ').upper()} ").user_id == alice.id


@pytest.mark.django_db(transaction=True)
def test_of_parallel_uses_of_a_recovery_code_exactly_one_wins(alice):
    _, codes = set_up(alice)
    tokens = [asked() for _ in range(4)]

    outcomes = at_once(4, lambda number: answer(tokens[number], codes[0]))

    assert sum(isinstance(outcome, services.SignedIn) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, WrongCode) for outcome in outcomes) == 3


def test_recovery_codes_are_ten_different_ones_and_only_hashes_are_kept(alice):
    _, codes = set_up(alice)

    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(set(codes)) == len(kept) == 10
    assert not kept & {*codes, *(code.replace("-", "") for code in codes)}
    said = str([*AuditEntry.objects.values(), *Mail.objects.values()])
    assert not [code for code in codes if code in said]


def test_new_recovery_codes_end_the_old_ones(alice):
    phone, old = set_up(alice)

    new = two_factor.renew_recovery_codes(by=caller_for(alice), current_password=PASSWORD, code=phone.code())

    with pytest.raises(WrongCode):
        answer(asked(), old[0])
    assert answer(asked(), new[0]).user_id == alice.id


def test_nobody_uses_the_recovery_code_of_another(alice, bob):
    _, codes = set_up(alice)
    set_up(bob)

    with pytest.raises(WrongCode):
        answer(asked("bob"), codes[0])


# Browsers' forms


def test_no_form_signs_somebody_in_with_the_password_alone(alice, phone, rf):
    with pytest.raises(CodeNeeded) as needed:
        authenticate(rf.post("/login"), username="alice", password=PASSWORD)

    user = authenticate(rf.post("/login"), challenge=needed.value.challenge, code=phone.code())
    assert user == alice
    assert needed.value.challenge not in str([needed.value.facts, needed.value.message])


# The door


def test_logging_in_takes_two_steps(client, alice, phone):
    first = client.post("/api/v1/auth/login", {"login": "alice", "password": PASSWORD}, "application/json")
    second = client.post(
        "/api/v1/auth/login/code/",
        {"challenge": first.json()["challenge"], "code": phone.code()},
        "application/json",
    )

    assert (first.status_code, sorted(first.json())) == (202, ["challenge", "expires_in", "methods"])
    assert (second.status_code, second.json()["username"]) == (200, "alice")
    assert {first["Cache-Control"], second["Cache-Control"]} == {"no-store"}


def test_a_wrong_code_is_401_and_a_missing_one_400(client, alice, phone):
    wrong = client.post("/api/v1/auth/login/code", {"challenge": asked(), "code": "000000"}, "application/json")
    missing = client.post("/api/v1/auth/login/code", {"challenge": asked()}, "application/json")

    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (400, "code")


@pytest.mark.parametrize("slash", ["", "/"])
def test_two_factor_is_managed_below_the_account(alice, slash):
    phone, _ = set_up(alice)
    client = client_for(alice)
    both = {"current_password": PASSWORD, "code": phone.code()}

    shown = client.get(f"/api/v1/account/two-factor{slash}").json()
    renewed = client.post(f"/api/v1/account/two-factor/recovery-codes{slash}", both, "application/json")
    off = client.post(
        f"/api/v1/account/two-factor/turn-off{slash}",
        both | {"code": renewed.json()["recovery_codes"][0]},
        "application/json",
    )

    assert (shown["enabled"], shown["recovery_codes_left"], shown["needed"]) == (True, 10, False)
    assert (renewed.status_code, renewed["Cache-Control"], off.status_code) == (200, "no-store", 204)
    assert not client.get("/api/v1/account/two-factor").json()["enabled"]


@pytest.mark.parametrize("path", ["", "/confirm", "/recovery-codes", "/turn-off"])
def test_nobody_in_particular_has_none(client, db, path):
    assert client.post(f"/api/v1/account/two-factor{path}", {}, "application/json").status_code == 401
