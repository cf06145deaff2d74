"""The price list as the staff edit it: what it says first, what it refuses, and what it leaves alone."""

import re

import pytest
from django.urls import reverse

from activity.models import AuditEntry
from cloudbox.errors import AccessDenied, BadInput, Conflict
from cloudbox.money import minor_of, plainly
from payments.models import Plan
from payments.services import selling
from payments.services.selling import Wish
from tests.admin.payments.rows import order_of, paid
from tests.admin.test_roles import browser_with
from tests.people import caller_for

pytestmark = pytest.mark.django_db

BASIC = {"name": "Basic", "bytes": "1 GiB", "days": "30", "position": "0", "price_ngn": "2,000.00", "price_usd": "1.50"}


@pytest.fixture
def basic(db):
    return Plan.objects.get(code="basic")


def fill_in(browser, dialog, /, *args, **fields):
    address = reverse(f"admin:payments_plan_{dialog}", args=args)
    return browser.post(address, {"_form_submitted": "True", **fields})


def save(browser, dialog, /, *args, **fields):
    """Fill a dialog in, look at what it would mean, and save."""
    shown = fill_in(browser, dialog, *args, **fields)
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.text)
    assert found, shown.text
    return shown, fill_in(browser, dialog, *args, **fields, seen=found[1])


def prices_of(plan):
    return {price.currency: price.amount_minor for price in plan.prices.all()}


def test_whom_a_change_concerns_is_shown_before_it_is_saved(alice, bob, basic):
    held, waiting = paid(alice), order_of(bob)
    finance = browser_with("finance")

    shown, saved = save(finance, "change_plan", basic.id, **BASIC | {"days": "60", "price_ngn": "2,500"})

    assert "Nothing is saved yet." in shown.text
    assert re.search(r"Days</th><td>30</td><td>60", shown.text)
    assert re.search(r"Have it now</dt><dd>1, the last until", shown.text)
    assert "alice on" in shown.text
    assert saved["HX-Redirect"] == reverse("admin:payments_plan_change", args=[basic.id])
    basic.refresh_from_db()
    assert (basic.days, prices_of(basic)) == (60, {"NGN": 250_000, "USD": 150})
    for order in (held, waiting):
        before = (order.days, order.amount_minor)
        order.refresh_from_db()
        assert (order.days, order.amount_minor) == before == (30, 200_000)


def test_what_is_looked_at_is_not_saved_and_nothing_else_is_saved_than_what_was_looked_at(dora, basic):
    fill_in(dora, "change_plan", basic.id, **BASIC | {"days": "60"})
    shown, _ = save(dora, "change_plan", basic.id, **BASIC)
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown.text)[0]

    again = fill_in(dora, "change_plan", basic.id, **BASIC | {"days": "90"}, seen=seen)

    assert "Nothing is saved yet." in again.text
    assert Plan.objects.get(id=basic.id).days == 30


def test_a_change_is_recorded_with_what_it_was_and_what_it_is(staff, basic):
    wish = Wish(name="Basic", bytes=2**30, days=31, position=0, prices={"USD": 200})

    selling.change_plan(by=caller_for(staff), plan_id=basic.id, wish=wish)

    entry = AuditEntry.objects.latest("id")
    nbsp = "\N{NO-BREAK SPACE}"
    assert (entry.verb, entry.actor_label, entry.target_label) == ("plan_changed", "dora", "Basic")
    assert entry.facts["old"] == ["Days: 30", f"Price in NGN: NGN{nbsp}2,000.00", f"Price in USD: USD{nbsp}1.50"]
    assert entry.facts["new"] == ["Days: 31", "Price in NGN: -", f"Price in USD: USD{nbsp}2.00"]


def test_a_change_of_what_somebody_else_has_changed_meanwhile_is_refused(staff, basic):
    by, seen = caller_for(staff), basic.changed_at
    wish = Wish(name="Basic", bytes=2**30, days=31, position=0, prices={"USD": 200})
    selling.change_plan(by=by, plan_id=basic.id, wish=wish, seen=seen)

    with pytest.raises(Conflict, match="meanwhile"):
        selling.change_plan(by=by, plan_id=basic.id, wish=wish, seen=seen)


def test_a_plan_is_added_and_taken_off_the_list_and_put_back(dora):
    save(dora, "make_plan", **BASIC | {"code": "team-100", "name": "Team"})
    plan = Plan.objects.get(code="team-100")
    assert (plan.name, plan.bytes, plan.sold, prices_of(plan)) == ("Team", 2**30, True, {"NGN": 200_000, "USD": 150})

    for name, sold in (("stop_selling", False), ("sell_again", True)):
        fill_in(dora, name, plan.id)
        plan.refresh_from_db()
        assert plan.sold is sold

    assert [*AuditEntry.objects.order_by("-id").values_list("verb", flat=True)[:3]] == [
        "plan_offered", "plan_withdrawn", "plan_made",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("code", "Basic Plan", "small letters"),
        ("code", "standard", "Another plan has this code."),
        ("name", "", "required"),
        ("bytes", "1025 TiB", "From 1 to"),
        ("bytes", "much", "a size"),
        ("days", "0", "greater than or equal to 1"),
        ("days", "3661", "less than or equal to 3660"),
        ("price_ngn", "49.99", "From NGN"),
        ("price_ngn", "2.000,00", "an amount such as 2,000.00"),
        ("price_usd", "1.505", "an amount such as"),
        ("price_usd", "-1", "an amount such as"),
        ("price_usd", "1e9", "an amount such as"),
    ],
)
def test_what_no_plan_can_be_is_refused_beside_its_field(field, value, said, dora):
    fields = BASIC | {"code": "new"} | {field: value}

    answer = fill_in(dora, "make_plan", **fields)
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', answer.text)
    if seen:
        answer = fill_in(dora, "make_plan", **fields, seen=seen[1])

    assert said in answer.text
    assert Plan.objects.count() == 3


def test_a_plan_without_any_price_is_refused(staff):
    with pytest.raises(BadInput) as refused:
        selling.make_plan(by=caller_for(staff), code="x", wish=Wish(name="X", bytes=1, days=1, position=0, prices={}))

    assert refused.value.field == "prices"


def test_only_finance_edits_the_price_list(alice, basic):
    assert fill_in(browser_with("support"), "change_plan", basic.id, **BASIC).status_code == 403
    with pytest.raises(AccessDenied):
        selling.stop_selling(by=caller_for(alice), plan_id=basic.id)


@pytest.mark.parametrize(("written", "minor"), [("2,000.00", 200_000), ("0.2", 20), ("1", 100), ("1,234.5", 123_450)])
def test_an_amount_is_read_exactly(written, minor):
    assert minor_of(written) == minor
    assert minor_of(plainly(minor)) == minor
