"""What people see of their account, and change in it."""

import io
import re

import pytest
from django.test import Client
from PIL import Image

from accounts import services, sessions
from accounts.models import Session, User
from tests.people import PASSWORD, caller_for, client_for
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db

OWN = ["/account", "/account/profile", "/account/username", "/account/password", "/account/sessions"]
NEW = "four brisk badgers"


@pytest.mark.parametrize("address", OWN)
def test_a_visitor_is_sent_to_sign_in_and_back(client, db, address):
    for form in (address, f"{address}/"):
        assert client.get(form).headers["Location"] == f"/login?next={form.replace('/', '%2F')}"


@pytest.mark.parametrize("address", OWN)
def test_no_cache_keeps_a_page_of_somebodys_account(alices, address):
    assert alices.get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", [*OWN, "/login", "/register", "/logout"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_pages_take_no_other_method(alices, address, method):
    assert alices.generic(method, address).status_code == 405


@pytest.mark.parametrize("address", OWN)
def test_a_page_asks_the_database_a_few_times_however_much_there_is(
    alices, alice, staff, address, django_assert_max_num_queries
):
    for number in range(8):
        sessions.begin(alice, address="198.51.100.7", agent=f"program {number}")
        services.give_allowance(by=caller_for(staff), user_id=alice.id, size=1024, reason="kindness")

    with django_assert_max_num_queries(14):
        assert alices.get(address).status_code == 200


def test_the_staff_find_the_administration_and_others_do_not(alices, staff):
    assert "/admin/" not in alices.get("/account").text
    assert "/admin/" in sign_in(Client(), "dora").get("/account").text


# The overview


def test_somebody_sees_what_they_have_and_how_much_room_there_is(alices, alice, staff):
    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=2048)
    services.give_allowance(by=caller_for(staff), user_id=alice.id, size=1024, reason="<b>kindness</b>")

    page = alices.get("/account/usage")

    assert "0 bytes of 3 KiB used, 3 KiB free." in text_of(page)
    assert "&lt;b&gt;kindness&lt;/b&gt;" in page.text


# The profile


def test_somebody_changes_their_profile(alices, alice):
    answer = alices.post("/account/profile", {"first_name": "Ada", "date_of_birth": "1990-02-03"})

    assert "Your profile is saved." in text_of(alices.get(answer.headers["Location"]))
    changed = services.profile(by=caller_for(alice))
    assert (changed.first_name, str(changed.date_of_birth), changed.last_name) == ("Ada", "1990-02-03", "")


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        ({"phone": "none of yours"}, "phone", "Not a phone number."),
        ({"date_of_birth": "1790-01-01"}, "date_of_birth", "Not a date of birth."),
        ({"date_of_birth": "yesterday"}, "date_of_birth", "Enter a valid date."),
        ({"first_name": "a" * 151}, "first_name", "Longer than 150 characters."),
    ],
)
def test_what_a_profile_cannot_have_is_told_at_its_field(alices, alice, given, field, reason):
    answer = alices.post("/account/profile", given)

    assert (answer.status_code, errors(answer)) == (400, {field: reason})
    assert services.profile(by=caller_for(alice)).first_name == "Alice"


def test_somebody_gives_a_picture(alices, alice):
    file = io.BytesIO()
    Image.new("RGB", (20, 30), "teal").save(file, "PNG")
    file.seek(0)
    file.name = "me.png"

    assert alices.post("/account/profile", {"profile_pict": file}).status_code == 302

    assert User.objects.get(id=alice.id).incoming_pict


def test_what_is_no_picture_is_refused(alices):
    file = io.BytesIO(b"#!/bin/sh")
    file.name = "me.png"

    answer = alices.post("/account/profile", {"profile_pict": file})

    assert errors(answer)["profile_pict"].startswith("Not a picture")


def test_a_form_that_is_too_large_is_refused_before_it_is_kept(alices):
    answer = alices.post(
        "/account/profile", b"-" * (12 * 2**20 + 1), content_type="multipart/form-data; boundary=x", headers=HTML
    )

    assert answer.status_code == 413


def test_a_name_is_only_text_on_a_page(alices, alice):
    alices.post("/account/profile", {"first_name": '"><script>alert(1)</script>'})

    assert "<script>alert" not in alices.get("/account/profile").text


def test_somebody_changes_their_username_with_their_password(alices, alice):
    wrong = alices.post("/account/username", {"username": "ada", "current_password": "wrong"})
    right = alices.post("/account/username", {"username": "ada", "current_password": PASSWORD})

    assert errors(wrong) == {"current_password": "This is not your password."}
    assert right.status_code == 302
    assert services.profile(by=caller_for(alice)).username == "ada"


# The password


def test_a_new_password_ends_every_other_session_and_keeps_this_one(alices, alice):
    elsewhere = sign_in(Client(), "alice")
    program = client_for(alice)

    answer = alices.post("/account/password", {"current_password": PASSWORD, "password": NEW, "again": NEW})

    assert "Your password is changed." in text_of(alices.get(answer.headers["Location"]))
    assert elsewhere.get("/account").status_code == 302
    assert program.get("/api/v1/account/usage").status_code == 401
    assert len(services.sessions_of(by=caller_for(alice)).items) == 1
    sign_in(Client(), "alice", NEW)


def test_the_key_of_a_browsers_session_changes_with_the_password(alices):
    before = alices.session.session_key

    alices.post("/account/password", {"current_password": PASSWORD, "password": NEW, "again": NEW})

    assert alices.session.session_key != before
    assert not alices.session.exists(before)


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"current_password": "wrong"}, "current_password", "This is not your password."),
        ({"password": "alice", "again": "alice"}, "password", "This password is too short"),
        ({"again": "something else"}, "again", "The two are not the same."),
        ({"password": ""}, "password", "This field is required."),
    ],
)
def test_what_is_wrong_with_a_new_password_is_told_at_its_field(alices, alice, changed, field, reason):
    given = {"current_password": PASSWORD, "password": NEW, "again": NEW, **changed}

    answer = alices.post("/account/password", given)

    assert answer.status_code == 400
    assert errors(answer)[field].startswith(reason)
    assert NEW not in answer.text
    sign_in(Client(), "alice")


# Sessions


def test_somebody_sees_where_they_are_signed_in_and_ends_it(alices, alice):
    program = client_for(alice)
    other = Session.objects.filter(agent="tests").get()

    page = alices.get("/account/sessions")
    answer = alices.post(f"/account/sessions/{other.id}/end")

    assert text_of(page).count("this one") == 1
    assert len(re.findall(r"/account/sessions/[0-9a-f-]{36}/end", page.text)) == 2
    assert answer.headers["Location"] == "/account/sessions"
    assert program.get("/api/v1/account/usage").status_code == 401
    assert alices.get("/account").status_code == 200


def test_somebody_signs_out_everywhere_else(alices, alice):
    elsewhere, program = sign_in(Client(), "alice"), client_for(alice)

    answer = alices.post("/account/sessions/end-others")

    assert "You are signed out everywhere else." in text_of(alices.get(answer.headers["Location"]))
    assert elsewhere.get("/account").status_code == 302
    assert program.get("/api/v1/account/usage").status_code == 401
    assert len(services.sessions_of(by=caller_for(alice)).items) == 1


def test_a_browser_is_signed_out_when_its_session_is_ended_elsewhere(alices, alice):
    mine = sign_in(Client(), "alice")
    [first, _] = Session.objects.order_by("id")

    mine.post(f"/account/sessions/{first.id}/end")

    assert alices.get("/account").status_code == 302
    assert alices.get("/api/v1/account/usage").status_code == 401
    assert mine.get("/account").status_code == 200


def test_ending_ones_own_session_signs_out(alices, alice):
    own = Session.objects.get()

    assert alices.post(f"/account/sessions/{own.id}/end").headers["Location"] == "/login"
    assert alices.get("/account").status_code == 302


def test_nobody_ends_the_session_of_somebody_else(alices, bob):
    his = sign_in(Client(), "bob")
    session = Session.objects.get(user=bob)

    assert alices.post(f"/account/sessions/{session.id}/end", headers=HTML).status_code == 404
    assert his.get("/account").status_code == 200


def test_many_sessions_come_in_pages(alices, alice):
    for number in range(60):
        sessions.begin(alice, address="198.51.100.7", agent=f"program {number}")

    first = alices.get("/account/sessions")
    [cursor] = re.findall(r'href="\?cursor=([\w-]+)"', first.text)

    assert "program 0" in text_of(alices.get("/account/sessions", {"cursor": cursor}))
    assert alices.get("/account/sessions", {"cursor": "made up"}, headers=HTML).status_code == 400


def test_a_session_is_only_ended_by_a_form_of_ours(alices, alice):
    own = Session.objects.get()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = alices.cookies

    assert alices.get(f"/account/sessions/{own.id}/end").status_code == 405
    assert strict.post(f"/account/sessions/{own.id}/end", headers=HTML).status_code == 403
    assert alices.get("/account").status_code == 200


def test_a_suspended_person_is_out_at_once(alices, alice, staff):
    services.suspend(by=caller_for(staff), user_id=alice.id)

    assert alices.get("/account").status_code == 302
