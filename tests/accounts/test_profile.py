"""A profile shows what its user may know and changes only what they may change."""

import pytest

from accounts import services
from accounts.models import User
from accounts.refusals import UsernameTaken
from activity.models import AuditEntry
from cloudbox.errors import BadInput
from tests.people import PASSWORD, caller_for, client_for

pytestmark = pytest.mark.django_db
ME = "/api/v1/auth/profile"


def change(user, **changes):
    return services.change_profile(by=caller_for(user), changes=changes, current_password=PASSWORD)


def test_a_profile_has_the_ancestors_fields_and_no_secret(alice):
    profile = client_for(alice).get(ME).json()

    assert profile.keys() == {
        "id",
        "username",
        "email",
        "email_verified",
        "has_password",
        "pending_email",
        "first_name",
        "middle_name",
        "last_name",
        "country",
        "phone",
        "date_of_birth",
        "profile_pict",
        "recovery_mail",
        "recovery_no",
        "security_quest",
        "has_security_ans",
        "is_staff",
        "created_at",
    }


def test_a_security_answer_is_never_shown(alice):
    client = client_for(alice)

    answer = client.patch(ME, {"security_quest": "First pet?", "security_ans": "Rex"}, "application/json")

    assert (answer.json()["security_quest"], answer.json()["has_security_ans"]) == ("First pet?", True)
    assert "Rex" not in answer.content.decode()
    assert "security_ans" not in answer.json()


def test_only_what_is_sent_changes(alice):
    client = client_for(alice)

    answer = client.patch(ME, {"country": "Chile", "date_of_birth": "1990-02-28"}, "application/json")

    assert answer.status_code == 200
    assert (answer.json()["country"], answer.json()["date_of_birth"]) == ("Chile", "1990-02-28")
    assert answer.json()["first_name"] == "Alice"


@pytest.mark.parametrize(
    "body",
    [
        {"is_staff": True},
        {"is_superuser": True},
        {"id": "00000000-0000-0000-0000-000000000000"},
        {"token_version": 0},
        {"email_verified_at": "2026-01-01T00:00:00Z"},
        {"password": "four tame otters"},
        {"base_bytes": 10**15},
        {"suspended_at": None},
        {"no_such_field": 1},
    ],
    ids=str,
)
def test_fields_that_one_may_not_set_are_refused_by_name(alice, body):
    answer = client_for(alice).patch(ME, {"country": "Chile", **body}, "application/json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == list(body)
    assert User.objects.get(id=alice.id).country == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", "x" * 151),
        ("first_name", "a\x00b"),
        ("first_name", ["a"]),
        ("first_name", {}),
        ("country", "a\nb"),
        ("phone", "call me"),
        ("recovery_mail", "nowhere"),
        ("date_of_birth", "yesterday"),
        ("date_of_birth", "2999-01-01"),
        ("date_of_birth", "1066-10-14"),
        ("profile_pict", "a text"),
    ],
    ids=ascii,
)
def test_values_that_cannot_be_are_refused_by_the_field(alice, field, value):
    answer = client_for(alice).patch(ME, {field: value}, "application/json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_half_a_surrogate_pair_is_refused(alice):
    answer = client_for(alice).generic("PATCH", ME, b'{"first_name": "\\ud800"}', "application/json")

    assert (answer.status_code, answer.json()["field"]) == (400, "first_name")


def test_the_address_changes_with_the_password_only(alice):
    client = client_for(alice)
    refused = client.patch(ME, {"email": "new@example.com"}, "application/json")

    asked = client.patch(ME, {"email": "new@example.com", "current_password": PASSWORD}, "application/json")

    assert (refused.status_code, refused.json()["field"]) == (400, "current_password")
    assert (asked.status_code, asked.json()["pending_email"]) == (200, "new@example.com")


def test_names_of_others_cannot_be_taken(alice, bob):
    with pytest.raises(UsernameTaken):
        change(alice, username="Bob")
    with pytest.raises(BadInput):
        change(alice, username="bob@example.com")

    assert User.objects.get(id=alice.id).username == "alice"


def test_the_own_name_may_be_written_differently(alice):
    assert change(alice, username="ALICE").username == "ALICE"


def test_a_change_is_in_the_audit_log_by_its_fields_not_its_values(alice):
    change(alice, country="Chile")

    entry = AuditEntry.objects.get(verb="profile_changed")
    assert entry.facts == {"fields": ["country"]}


def test_a_change_takes_few_queries(alice, django_assert_max_num_queries):
    caller = caller_for(alice)

    with django_assert_max_num_queries(8):  # four of them savepoints
        services.change_profile(by=caller, changes={"country": "Chile"})
