"""What is true of every page, from the one list of them in `tests.sample.pages`."""

from collections.abc import Iterator
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import URLPattern
from django.utils.regex_helper import normalize
from rest_framework.test import RequestsClient

from accounts.models import User
from payments.simulator import Simulator
from tests.paystack import KEY, settings_for
from tests.sample.pages import NO_PAGES, NOBODY, PAGES, STAFF, Page
from tests.sample.world import World, populate
from tests.visitors import Visitor
from tests.web.browsing import HTML
from web.urls import urlpatterns

MOST_QUERIES = 14
ARGUMENTS = (str(UUID(int=0)), "nothing", "1")  # of which each argument of an address is one


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker) -> Iterator[World]:
    """The world, in this process, for all tests of this module, and rolled back after them."""
    whole: Any = transaction.atomic()
    whole._from_testcase = True  # so that what is committed by itself may be so within it, as in Django's own tests
    with Simulator(KEY) as paystack, override_settings(**settings_for(paystack)), django_db_blocker.unblock(), whole:
        yield populate(_visitor)
        transaction.set_rollback(True)


def _visitor() -> Visitor:
    visitor = Visitor("http://testserver")
    visitor.mount("http://", RequestsClient().adapters["http://"])
    return visitor


def browser_of(name: str) -> Client:
    client = Client(headers=HTML, raise_request_exception=False)
    if name == STAFF:
        client.force_login(_staff())
    elif name != NOBODY:
        client.force_login(User.objects.get(username=name))
    return client


def _staff() -> User:
    staff, made = User.objects.get_or_create(username="dora", defaults={"username_key": "dora"})
    if made:
        User.objects.filter(id=staff.id).update(is_staff=True, staff_role="superuser")
    return staff


def test_no_page_is_forgotten(client, db):
    shown = {pattern.name for pattern in urlpatterns if client.get(_some_address_of(pattern)).status_code != 405}

    assert shown - {page.route for page in PAGES} - NO_PAGES.keys() == set()
    assert NO_PAGES.keys() - shown == set()


def test_every_page_asks_the_database_fewer_than_fifteen_times(world):
    asked = {page.slug: _queries_of(page, world) for page in PAGES}

    assert {slug: count for slug, count in asked.items() if count > MOST_QUERIES} == {}


def _queries_of(page: Page, world: World) -> int:
    browser = browser_of(page.by)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(page.at(world))
    assert answer.status_code in {200, 400, 403, 404}, f"{page.slug}: {answer.status_code}"
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)  # which only a test has


def _some_address_of(pattern: URLPattern) -> str:
    """Return an address of the view, whether or not there is something at it."""
    form, names = normalize(pattern.pattern.regex.pattern)[0]
    for values in product(ARGUMENTS, repeat=len(names)):
        address = form % dict(zip(names, values, strict=True))
        if pattern.pattern.regex.match(address):
            return f"/{address}"
    raise AssertionError(f"ARGUMENTS have nothing that fits the address of {pattern.name}.")
