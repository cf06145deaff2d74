"""Addresses of the pages of money: what the filters ask for, and what somebody makes up."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.admin.payments.rows import one_of_each
from tests.admin.test_roles import browser_with

pytestmark = pytest.mark.django_db

PAGES = {model._meta.model_name: page for model, page in admin.site._registry.items()
         if model._meta.app_label == "payments"}  # fmt: skip
FILTERS = [(name, entry) for name, page in PAGES.items() for entry in page.list_filter if isinstance(entry, str)]


@pytest.mark.parametrize(("name", "entry"), FILTERS)
def test_each_list_can_be_filtered_by_what_it_offers(name, entry, alice):
    one_of_each(alice)
    page = reverse(f"admin:payments_{name}_changelist")

    assert browser_with("finance").get(f"{page}?{entry}__exact=1").status_code == 200


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("row", ["nonsense", "99999999999999999999", "_00"])
def test_the_page_of_a_row_that_there_is_not_leads_back(name, row):
    address = reverse(f"admin:payments_{name}_change", args=["it"]).replace("/it/", f"/{row}/")

    assert browser_with("finance").get(address).status_code == 302


@pytest.mark.parametrize(
    ("name", "dialog"),
    [("order", "refund"), ("order", "verify"), ("order", "accept"), ("plan", "change_plan"), ("plan", "stop_selling"),
     ("finding", "settle"), ("finding", "dismiss"), ("receipt", "pdf")],
)  # fmt: skip
@pytest.mark.parametrize("ask", ["get", "post"])
def test_a_dialog_for_a_row_that_has_no_such_name_is_not_found(name, dialog, ask):
    address = reverse(f"admin:payments_{name}_{dialog}", args=["nonsense"])

    assert getattr(browser_with("finance"), ask)(address, {"_form_submitted": "True", "reason": "x"}).status_code == 404
