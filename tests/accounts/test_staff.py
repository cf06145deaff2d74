"""Roles of the staff: who may do what to whom, and that somebody is always left who may do everything."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import services
from accounts.callers import SYSTEM, Caller
from accounts.credentials import caller_of
from accounts.models import Session, StaffRole, User
from accounts.services import keys, two_factor
from accounts.services import staff as staff_services
from activity.models import AuditEntry, Mail
from cloudbox import duties
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound
from tests.accounts.authenticator import set_up
from tests.admin.use import browser_of
from tests.people import caller_for, client_for, register, signed_in
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOBODY = UUID("00000000-0000-7000-8000-000000000000")

ACTS = {
    "suspend": ({"support"}, lambda by, user: services.suspend(by=by, user_id=user.id)),
    "resume": ({"support"}, lambda by, user: services.resume(by=by, user_id=user.id)),
    "set the quota": ({"finance"}, lambda by, user: services.set_base_quota(by=by, user_id=user.id, size=1)),
    "give an allowance": (
        {"finance"},
        lambda by, user: services.give_allowance(by=by, user_id=user.id, size=1, reason="kindness"),
    ),
    "reset two-factor": ({"support"}, lambda by, user: staff_services.reset_two_factor(by=by, user_id=user.id)),
    "appoint": (set(), lambda by, user: staff_services.appoint(by=by, user_id=user.id, role="support")),
    "dismiss": (set(), lambda by, user: staff_services.dismiss(by=by, user_id=user.id)),
}


def somebody(name: str, role: str) -> Caller:
    """Return somebody of the staff."""
    user = register(name)
    User.objects.filter(id=user.id).update(is_staff=True, staff_role=role, is_superuser=role == "superuser")
    user.refresh_from_db()
    return caller_for(user)


def test_the_roles_are_the_same_everywhere():
    assert set(StaffRole.values) == {duties.SUPPORT, duties.FINANCE, duties.OPERATOR, duties.SUPERUSER}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["support", "finance", "operator"])
def test_each_role_does_what_it_is_there_for_and_nothing_else(alice, role, act):
    allowed, do = ACTS[act]
    set_up(alice)
    by = somebody("rosa", role)

    if role in allowed:
        do(by, alice)
        return
    before = AuditEntry.objects.count()
    with pytest.raises(AccessDenied):
        do(by, alice)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("act", ACTS)
def test_a_superuser_does_everything(alice, staff, act):
    set_up(alice)

    ACTS[act][1](caller_for(staff), alice)


@pytest.mark.parametrize("act", ACTS)
def test_people_do_none_of_it(alice, bob, act):
    with pytest.raises(AccessDenied):
        ACTS[act][1](caller_for(bob), alice)
    with pytest.raises(NotAuthenticated):
        ACTS[act][1](Caller.anonymous(), alice)


@pytest.mark.parametrize("act", ["suspend", "resume", "reset two-factor", "set the quota", "give an allowance"])
@pytest.mark.parametrize("victim", ["support", "operator", "superuser"])
def test_nobody_below_a_superuser_acts_on_the_staff(staff, act, victim):
    allowed, do = ACTS[act]
    by = somebody("rosa", next(iter(allowed)))
    them = User.objects.get(id=somebody("vic", victim).must_be_signed_in())

    with pytest.raises(AccessDenied):
        do(by, them)
    set_up(them)
    do(caller_for(staff), them)


def test_a_role_is_given_changed_and_taken_and_each_is_recorded(alice, staff):
    by = caller_for(staff)
    for role in ("support", "superuser", "superuser", "finance"):
        staff_services.appoint(by=by, user_id=alice.id, role=role)
        alice.refresh_from_db()
        assert (alice.is_staff, alice.is_superuser, alice.staff_role) == (True, role == "superuser", role)
    staff_services.dismiss(by=by, user_id=alice.id)

    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.staff_role) == (False, False, "")
    roles = AuditEntry.objects.filter(verb__startswith="staff_").order_by("id").values_list("facts", flat=True)
    assert [(facts["old"], facts["role"]) for facts in roles] == [
        ("", "support"),
        ("support", "superuser"),
        ("superuser", "finance"),
        ("finance", ""),
    ]


def test_what_is_no_role_and_who_is_nobody_are_refused(alice, staff):
    with pytest.raises(BadInput):
        staff_services.appoint(by=caller_for(staff), user_id=alice.id, role="emperor")
    with pytest.raises(NotFound):
        staff_services.appoint(by=caller_for(staff), user_id=NOBODY, role="support")


def test_nobody_changes_their_own_role(staff):
    for act in ("appoint", "dismiss", "suspend", "reset two-factor"):
        with pytest.raises(Conflict):
            ACTS[act][1](caller_for(staff), staff)


def test_the_last_superuser_stays(staff):
    for act in ("dismiss", "appoint", "suspend"):
        with pytest.raises(Conflict, match="last superuser"):
            ACTS[act][1](SYSTEM, staff)


def test_a_superuser_who_was_dismissed_a_moment_ago_dismisses_nobody(alice, staff):
    other = somebody("rosa", "superuser")
    staff_services.dismiss(by=caller_for(staff), user_id=other.must_be_signed_in())

    with pytest.raises(AccessDenied):
        staff_services.dismiss(by=other, user_id=staff.id)


@pytest.mark.parametrize("act", ["dismiss", "suspend", "appoint"])
@pytest.mark.django_db(transaction=True)
def test_of_two_superusers_who_take_each_other_out_at_once_one_stays(act):
    pair = [somebody("rosa", "superuser"), somebody("vic", "superuser")]
    users = [User.objects.get(id=by.must_be_signed_in()) for by in pair]

    outcomes = at_once(2, lambda number: ACTS[act][1](pair[number], users[1 - number]))

    assert sorted(str(type(outcome).__name__) for outcome in outcomes) == ["AccessDenied", "NoneType"]
    living = User.objects.filter(staff_role="superuser", suspended_at=None)
    assert living.count() == 1


def test_the_staff_take_two_factor_off_and_everything_that_was_signed_in(alice, staff):
    client = client_for(alice)
    set_up(alice)
    alices = client_for(alice)

    staff_services.reset_two_factor(by=caller_for(staff), user_id=alice.id)

    assert {alices.get("/api/v1/auth/profile").status_code, client.get("/api/v1/auth/profile").status_code} == {401}
    assert signed_in("alice").user_id == alice.id
    assert Mail.objects.get(kind="two_factor_reset").to == "alice@example.com"
    assert AuditEntry.objects.get(verb="two_factor_reset").owner_id == alice.id
    with pytest.raises(Conflict):
        staff_services.reset_two_factor(by=caller_for(staff), user_id=alice.id)


def test_the_staff_end_a_session(alice, staff):
    client = client_for(alice)
    session = Session.objects.get()

    staff_services.end_session(by=caller_for(staff), session_id=session.id)

    assert client.get("/api/v1/auth/profile").status_code == 401
    assert AuditEntry.objects.get(verb="session_ended").owner_id == alice.id
    with pytest.raises(Conflict):
        staff_services.end_session(by=caller_for(staff), session_id=session.id)
    with pytest.raises(NotFound):
        staff_services.end_session(by=caller_for(staff), session_id=NOBODY)


def test_the_staff_without_two_factor_have_no_role_where_it_is_needed(staff, settings):
    assert caller_by(client_for(staff)).staff_role == "superuser"
    settings.STAFF_NEED_TWO_FACTOR = True
    without = client_for(staff)
    assert (caller_by(without).staff_role, caller_by(browser_of(staff)).staff_role) == ("", "")
    assert two_factor.state(by=caller_for(staff)).needed

    set_up(staff)
    assert caller_by(client_for(staff)).staff_role == "superuser"
    assert caller_by(browser_of(staff)).staff_role == "superuser"


def caller_by(client: Client) -> Caller:
    """Return who somebody is to the services who comes with these credentials."""
    request = client.get("/").wsgi_request
    return caller_of(request)


def test_a_token_of_the_staff_makes_no_accounts_on_a_closed_server_without_two_factor(staff, settings):
    settings.STAFF_NEED_TWO_FACTOR, settings.CLOUDBOX_REGISTRATION = True, "closed"
    new = {"username": "erin", "password": "three tame otters"}

    refused = client_for(staff).post("/api/v1/auth/register", new, "application/json")
    set_up(staff)
    made = client_for(staff).post("/api/v1/auth/register", new, "application/json")

    assert (refused.status_code, made.status_code) == (403, 201)


def test_mail_about_damages_goes_to_those_who_may_see_them(staff):
    for role in ("support", "finance", "operator"):
        somebody(f"the-{role}", role)

    assert services.staff_addresses("operator") == ["dora@example.com", "the-operator@example.com"]


def test_the_operator_takes_two_factor_off_the_last_superuser(staff):
    set_up(staff)

    call_command("reset_two_factor", "dora")

    assert signed_in("dora").user_id == staff.id
    for name, reason in (("dora", "has no two-factor"), ("nobody", "no such account")):
        with pytest.raises(CommandError, match=reason):
            call_command("reset_two_factor", name)


def test_support_revokes_no_key_of_the_staff(staff):
    key = keys.make(by=caller_for(staff), name="backup", scopes=["read"])

    with pytest.raises(AccessDenied):
        keys.revoke_for(by=somebody("rosa", "support"), key_id=key.info.id)
