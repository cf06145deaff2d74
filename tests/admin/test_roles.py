"""Each role of the staff sees its own pages, and does there what it is for."""

from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Session, User
from activity.models import Mail
from assets.services import tree
from cloudbox import duties
from jobs.models import Job
from tests.admin.test_actions import do, fill_in
from tests.admin.use import browser_of
from tests.people import caller_for, register

pytestmark = pytest.mark.django_db
ROLES = ("support", "finance", "operator")
MODELS = {model._meta.label_lower: model for model in admin.site._registry}


def browser_with(role):
    user = register("rosa")
    User.objects.filter(id=user.id).update(is_staff=True, staff_role=role)
    return browser_of(User.objects.get(id=user.id))


def list_of(label):
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def actions_of(label):
    page: Any = admin.site._registry[MODELS[label]]
    return {*page.actions, *page._extract_action_names([*page.actions_list, *page.actions_detail])}


def test_the_table_names_only_what_is_there():
    pages, actions = set(duties.SEES) - {"exports", "revenue", "settings_in_force"}, set(duties.DOES)

    assert pages <= set(MODELS)
    assert actions <= {f"{label}.{name}" for label in MODELS for name in actions_of(label)}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own_lists_and_rows_only(role, in_use):
    browser = browser_with(role)
    seen = {label for label in MODELS if browser.get(list_of(label)).status_code == 200}
    rows = {
        label
        for label, model in MODELS.items()
        if (row := model._default_manager.first())
        and browser.get(reverse(f"admin:{label.replace('.', '_')}_change", args=[row.pk])).status_code == 200
    }

    assert seen == {label for label in MODELS if duties.may_see(role, label)}
    assert rows <= seen
    assert browser.get(reverse("admin:index")).status_code == 200
    assert browser.get(reverse("admin:settings_in_force")).status_code == (200 if role == "operator" else 403)
    for page in ("exports", "revenue"):
        assert browser.get(reverse(f"admin:{page}")).status_code == (200 if role == "finance" else 403)


@pytest.mark.parametrize("role", ROLES)
def test_menu_and_overview_show_no_way_that_is_closed(role):
    browser = browser_with(role)
    index = browser.get(reverse("admin:index")).content.decode()

    ways = {label for label in MODELS if f'href="{list_of(label)}' in index}
    assert ways
    assert {label for label in ways if not duties.may_see(role, label)} == set()


def test_support_never_sees_the_name_of_a_file(alice, in_use):
    tree.make_folder(by=caller_for(alice), parent_id=None, name="Divorce papers")
    browser = browser_with("support")
    pages = [list_of(label) for label in MODELS if duties.may_see("support", label)]
    pages += [
        reverse("admin:index"),
        reverse("admin:accounts_user_change", args=[alice.pk]),
        list_of("activity.signin") + "?q=Divorce",
    ]

    answers = [browser.get(page).content.decode() for page in pages]

    assert not [answer for answer in answers if "Divorce papers" in answer or "a.txt" in answer]


def test_a_dialog_is_refused_at_its_address_too(alice):
    browser = browser_with("support")

    refused = fill_in(browser, "set_quota", alice.pk, base_bytes="1 TiB")
    shown = browser.get(reverse("admin:accounts_user_set_quota", args=[alice.pk]))

    assert (refused.status_code, shown.status_code) == (403, 403)
    alice.refresh_from_db()
    assert alice.usage.base_bytes is None


def test_an_action_of_another_role_is_not_done(alice, in_use):
    finance = browser_with("finance")
    do(finance, User, "suspend", alice)
    assert finance.post(list_of("activity.mail"), {"action": "send_again"}).status_code == 403

    alice.refresh_from_db()
    assert alice.suspended_at is None
    assert Mail.objects.get().state == "failed"


def test_an_operator_cancels_a_job_and_support_ends_a_session(in_use):
    operator = browser_with("operator")
    assert do(operator, Job, "cancel", Job.objects.get()) == ["1 told to stop."]
    User.objects.filter(username="rosa").update(staff_role="support")
    assert do(operator, Session, "end", Session.objects.get(user__username="alice")) == ["1 ended."]


def test_support_does_not_make_staff(alice):
    support = browser_with("support")

    assert fill_in(support, "appoint", alice.pk, role="superuser").status_code == 403
    do(support, User, "dismiss", alice)
    alice.refresh_from_db()
    assert not alice.is_staff
