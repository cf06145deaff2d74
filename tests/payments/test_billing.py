import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.quotas import usage_of
from cloudbox.errors import NotFound
from payments.billing import for_sale, payments_on
from payments.services.standing import standing
from tests.payments.having import GIB, bought
from tests.people import caller_for, client_for
from tests.web.browsing import sign_in

DOORS = ("payments.api.", "web.payments.")
STILL_THERE = {"payments.api.webhook"}  # money may be on its way to a server that has stopped selling
NOBODY = str(UUID(int=0))


@for_sale
def prices(request: HttpRequest) -> HttpResponse:
    return HttpResponse("a price list")


def test_what_is_for_sale_is_there_while_billing_is_on(settings):
    settings.CLOUDBOX_BILLING = True

    answer = prices(HttpRequest())
    assert isinstance(answer, HttpResponse)
    assert answer.content == b"a price list"
    assert payments_on()


def test_what_is_for_sale_does_not_exist_where_billing_is_off(settings):
    settings.CLOUDBOX_BILLING = False

    with pytest.raises(NotFound):
        prices(HttpRequest())
    assert not payments_on()


@pytest.mark.parametrize(("billing", "shown"), [(True, "Plan"), (False, "")])
def test_templates_know_whether_anything_is_sold(settings, billing, shown):
    settings.CLOUDBOX_BILLING = billing
    template = Template("{% load page_parts %}{% payments_on as selling %}{% if selling %}Plan{% endif %}")

    assert template.render(Context()) == shown


def addresses(patterns: list[Any], before: str = "/") -> Iterator[tuple[str, str]]:
    """Yield an address of each door to payments, and the module that answers there."""
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and pattern.callback.__module__.startswith(DOORS):
            yield filled_in(route), pattern.callback.__module__


def filled_in(route: str) -> str:
    """Return a path that the route takes."""
    path = re.sub(r"<uuid:\w+>|\(\?P<\w+_id>(?:[^()]|\([^()]*\))*\)", NOBODY, route)
    return re.sub(r"\(\?P<\w+>[^()]*\)", "1", path).replace("/?$", "").replace("\\", "").replace("[.]", ".").rstrip("$")


def test_with_billing_off_nothing_that_is_sold_has_an_address(alice, settings):
    settings.CLOUDBOX_BILLING = False
    programs, browser = client_for(alice), sign_in(Client(), "alice")

    asked = [(path, module) for path, module in addresses(get_resolver().url_patterns) if module not in STILL_THERE]
    found = {
        path: status
        for path, _ in asked
        for client in (programs, browser, Client())
        for method in ("get", "post")
        if (status := getattr(client, method)(path).status_code) != 404
    }

    assert len(asked) > 20
    assert found == {}


@pytest.mark.parametrize(("billing", "there"), [(True, True), (False, False)])
def test_with_billing_off_no_menu_leads_to_it(alice, settings, billing, there):
    settings.CLOUDBOX_BILLING = billing
    browser = sign_in(Client(), "alice")

    for page in ("/files", "/account", "/account/usage", "/account/notifications"):
        shown = browser.get(page).content.decode()
        assert ("/account/plan" in shown or "/account/orders" in shown) is there, page


def test_what_was_paid_for_counts_to_its_end_though_billing_is_off_now(alice, settings):
    bought(alice, size=10 * GIB)
    settings.CLOUDBOX_BILLING = False

    assert usage_of(alice.id).limit == 15 * GIB
    assert standing(by=caller_for(alice)).state == "active"
