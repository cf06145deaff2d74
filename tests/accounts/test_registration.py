"""Becoming somebody: all or nothing, once for each name, however it is written."""

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher

from accounts import services
from accounts.callers import Caller
from accounts.models import Usage, User
from accounts.refusals import EmailTaken, RegistrationClosed, UsernameTaken
from accounts.signals import registered
from activity.models import AuditEntry
from cloudbox.errors import BadInput, BadInputs, Conflict, Refusal
from tests.people import PASSWORD, caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db
VISITOR = Caller.anonymous(address="198.51.100.7", agent="curl/8")


def register(**fields):
    return services.register(**{"by": VISITOR, "password": PASSWORD, **fields})


def fields_refused(refusal: Refusal) -> set[str]:
    facts: dict[str, Any] = refusal.facts
    errors = facts.get("errors") or [facts]
    return {error["field"] for error in errors}


def test_an_account_has_a_usage_row_and_an_entry_in_the_audit_log():
    profile = register(username="alice")

    user = User.objects.get(id=profile.id)
    entry = AuditEntry.objects.get(verb="registered")
    assert Usage.objects.get(owner=user).used == 0
    assert (entry.actor_id, entry.actor_label, entry.address) == (user.id, "alice", "198.51.100.7")


def test_whoever_listens_is_told_inside_the_transaction():
    heard = []

    def listen(user, **_):
        heard.append(Usage.objects.filter(owner=user).exists())

    registered.connect(listen)
    try:
        register(username="alice")
    finally:
        registered.disconnect(listen)

    assert heard == [True]


def test_an_account_whose_belongings_cannot_be_made_is_not_made():
    def fail(**_):
        raise Conflict("No folder for you.")

    registered.connect(fail)
    try:
        with pytest.raises(Conflict):
            register(username="alice")
    finally:
        registered.disconnect(fail)

    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


def test_without_a_username_the_address_is_the_username():
    assert register(email="Alice@Example.com").username == "Alice@Example.com"


def test_without_either_there_is_no_account():
    with pytest.raises(BadInput) as refused:
        register()

    assert refused.value.field == "username"


def test_without_an_address_there_is_none():
    register(username="alice")
    register(username="bob")  # two people without one are no twins

    assert User.objects.filter(email=None, email_key=None).count() == 2


@pytest.mark.parametrize(
    ("first", "twin"),
    [
        ("alice", "alice"),
        ("alice", "ALICE"),
        ("alice", " alice "),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e9mile", "e\u0301mile"),
        ("alice", "\uff41lice"),  # a full-width letter
        ("\u03c3\u03bf\u03c6\u03cc\u03c2", "\u03a3\u039f\u03a6\u038c\u03a3"),
        ("file", "\ufb01le"),  # a ligature
    ],
    ids=ascii,
)
def test_names_that_look_alike_are_one_name(first, twin):
    register(username=first)

    with pytest.raises(UsernameTaken) as refused:
        register(username=twin)

    assert (refused.value.status, refused.value.code, refused.value.facts) == (
        409,
        "username_taken",
        {"field": "username"},
    )


@pytest.mark.parametrize("twin", ["alice@example.com", "ALICE@example.com", "Alice@EXAMPLE.COM"])
def test_addresses_that_differ_by_case_are_one_address(twin):
    register(username="alice", email="alice@example.com")

    with pytest.raises(EmailTaken) as refused:
        register(username="mallory", email=twin)

    assert refused.value.facts == {"field": "email"}


def test_a_username_cannot_be_somebody_elses_address():
    with pytest.raises(BadInput) as refused:
        register(username="alice@example.com", email="mallory@example.com")

    assert refused.value.field == "username"
    register(email="alice@example.com")  # still free for its owner


@pytest.mark.parametrize(
    "username",
    [
        "cary",
        "Jean-Luc O'Neill",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u738b\u5c0f\u660e",
        "\u0623\u062d\u0645\u062f",
        "a.b+c_d",
        "7",
    ],
    ids=ascii,
)
def test_names_of_every_script_are_names(username):
    assert register(username=username).username == username


@pytest.mark.django_db(transaction=True)
def test_of_parallel_twins_one_registers_and_the_others_get_a_clean_conflict():
    outcomes = at_once(6, lambda number: register(email="Twin@example.com" if number % 2 else "twin@EXAMPLE.com"))

    assert sum(isinstance(outcome, services.Profile) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 5
    assert (User.objects.count(), Usage.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "a\x00b"),
        ("username", "a\ud800b"),
        ("username", "a\nb"),
        ("username", "a/b"),
        ("username", "a\u202eb"),
        ("username", "a\u200bb"),
        ("username", "alice\u115f"),
        ("username", "alice\ufe0f"),
        ("username", "al  ice"),
        ("username", "alice\U0001f9a6"),
        ("username", "a" * 255),
        ("username", "\ufdfa" * 100),  # folds to 18 letters each
        ("email", "not an address"),
        ("email", "a@b@example.com"),
        ("email", "a\x00@example.com"),
        ("email", "a@exa\u200bmple.com"),
        ("email", "a\n@example.com"),
        ("email", f"{'a' * 250}@example.com"),
    ],
    ids=ascii,
)
def test_names_that_cannot_be_are_refused_by_the_field(field, value):
    with pytest.raises(Refusal) as refused:
        register(**{"username": "zoe", field: value})

    assert refused.value.status == 400
    assert fields_refused(refused.value) == {field}
    assert not User.objects.exists()


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(BadInputs) as refused:
        register(username="zoe", details={"phone": "call me", "recovery_mail": "nowhere", "country": "x" * 101})

    assert fields_refused(refused.value) == {"phone", "recovery_mail", "country"}


def test_a_security_answer_is_kept_as_a_hash_only():
    register(username="alice", details={"security_quest": "First pet?", "security_ans": "Rex"})

    stored = User.objects.get().security_ans
    assert "rex" not in stored.lower()
    assert identify_hasher(stored).verify("rex", stored)


def test_a_closed_server_takes_nobody(settings):
    settings.CLOUDBOX_REGISTRATION = "closed"

    with pytest.raises(RegistrationClosed) as refused:
        register(username="alice")

    assert refused.value.status == 403
    assert not User.objects.exists()


def test_the_staff_makes_accounts_on_a_closed_server(settings, staff):
    settings.CLOUDBOX_REGISTRATION = "closed"

    register(username="alice", by=caller_for(staff))

    assert AuditEntry.objects.get(verb="registered", target_label="alice").actor_id == staff.id


# The first of the staff


def test_a_new_installation_gets_a_staff_account_with_a_password_told_once():
    password = services.create_first_staff()

    admin = User.objects.get(username="admin")
    assert (admin.is_staff, admin.is_superuser) == (True, True)
    assert admin.check_password(password)
    assert services.create_first_staff() is None
    assert User.objects.count() == 1


def test_the_operator_may_choose_the_first_password():
    assert services.create_first_staff("chosen by the operator") is None
    assert User.objects.get(username="admin").check_password("chosen by the operator")


def test_an_ordinary_account_called_admin_does_not_become_staff():
    register(username="Admin")

    with pytest.raises(Conflict):
        services.create_first_staff()

    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.django_db(transaction=True)
def test_two_servers_that_start_at_once_make_one_staff_account():
    outcomes = at_once(2, lambda _: services.create_first_staff())

    assert sorted(map(bool, outcomes)) == [False, True]
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert User.objects.count() == 1
