"""A link that the staff hand over: shown once, to those who may make it."""

import re

import pytest
from django.urls import reverse

from accounts.models import Ticket, User
from accounts.services import recovery
from activity.models import AuditEntry
from tests.admin.use import browser_of
from tests.people import caller_for, register, signed_in

pytestmark = pytest.mark.django_db


def make(browser, user):
    return browser.post(reverse("admin:accounts_user_make_recovery_link", args=[user.pk]), {"_form_submitted": "on"})


def test_the_staff_are_shown_a_link_once(dora, alice):
    answer = make(dora, alice)

    (secret,) = re.findall(r"/password/reset/([\w-]+)", answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert secret not in dora.get(reverse("admin:accounts_user_change", args=[alice.pk])).content.decode()
    recovery.reset_password(by=caller_for(alice), secret=secret, password="four tame otters")
    assert signed_in("alice", "four tame otters")


def test_looking_at_the_dialog_makes_none(dora, alice):
    answer = dora.get(reverse("admin:accounts_user_make_recovery_link", args=[alice.pk]))

    assert "Make a recovery link" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_support_is_told_why_there_is_none_for_the_staff(staff):
    sam = register("sam")
    User.objects.filter(id=sam.id).update(is_staff=True, staff_role="support")

    answer = make(browser_of(sam), staff)

    assert "Only a superuser may do this to somebody of the staff." in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="recovery_link_made").exists()


def test_who_is_not_of_the_staff_makes_none(alice, bob):
    assert make(browser_of(alice), bob).status_code == 302
    assert not Ticket.objects.exists()
