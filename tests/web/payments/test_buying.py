"""Buying a pack on the pages: the price list, what it would mean, Paystack's page, and coming back."""

import re

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import space
from payments.models import Order, Payment, Price
from payments.services.settling import settle
from tests.people import caller_for
from tests.web.browsing import sign_in, text_of

pytestmark = pytest.mark.django_db
GIB = 2**30


def test_the_price_list_says_what_is_free_what_is_sold_and_until_when(alices):
    shown = text_of(alices.get("/account/plan"))

    assert "Everybody has 5 GiB for nothing." in shown
    assert "Standard + 5 GiB NGN 5,000.00 for 30 days From now until" in shown
    assert "USD 3.50" in text_of(alices.get("/account/plan?currency=USD"))


def test_the_price_list_is_in_the_currency_of_ones_last_order(alices, buying):
    buying("basic", "USD")

    assert "USD 3.50" in text_of(alices.get("/account/plan"))


@pytest.mark.parametrize("address", ["/account/plan?currency=EUR", "/account/plan/basic?currency=EUR"])
def test_a_currency_that_nothing_is_sold_in_is_refused_by_name(alices, address):
    refused = alices.get(address)

    assert refused.status_code == 400
    assert "currency" in refused.text


def test_a_plan_that_is_not_sold_is_refused_by_name_and_nothing_is_ordered(alices, paystack):
    for plan, currency in (("gold", "NGN"), ("basic", "EUR")):
        assert alices.post(f"/account/plan/{plan}", {"currency": currency}).status_code == 400

    assert not Order.objects.exists()
    assert not paystack.charges


def test_the_page_before_paying_says_exactly_what_it_means(alices, buying):
    buying("basic")

    shown = text_of(alices.get("/account/plan/premium?currency=NGN"))

    assert "10 GiB more than everybody has" in shown
    assert "Ends, and what is left of it counts: it adds 5 days" in shown
    assert "NGN 10,000.00" in shown
    assert "all stays as it is for 7 more days" in shown


def test_nobody_pays_a_price_that_was_changed_after_they_saw_it(alices, paystack):
    address = "/account/plan/basic?currency=NGN"
    [seen] = re.findall('name="offer" value="([^"]+)"', alices.get(address).text)
    Price.objects.filter(plan__code="basic", currency="NGN").update(amount_minor=900_000)

    refused = alices.post(address, {"currency": "NGN", "offer": seen})

    assert (refused.status_code, Order.objects.count()) == (409, 0)
    assert "This pack has changed meanwhile." in text_of(refused)
    assert "NGN 9,000.00" in text_of(refused)
    [seen] = re.findall('name="offer" value="([^"]+)"', refused.text)
    assert alices.post(address, {"currency": "NGN", "offer": seen}).status_code == 303


def test_only_the_page_with_the_order_form_lets_its_form_lead_to_paystack(alices, paystack):
    forms = {
        address: re.findall("form-action ([^;]*)", alices.get(address)["Content-Security-Policy"])
        for address in ("/account/plan", "/account/plan/basic?currency=NGN", "/account/orders")
    }

    assert forms == {
        "/account/plan": ["'self'"],
        "/account/plan/basic?currency=NGN": [f"'self' {paystack.url}"],
        "/account/orders": ["'self'"],
    }


def test_who_pays_comes_back_to_more_room_and_a_receipt(alice, alices, buying):
    page = buying("standard")

    assert "Thank you, your payment has arrived." in text_of(page)
    assert space(by=caller_for(alice)).limit == 10 * GIB
    [number] = re.findall(r"/account/receipts/(\d+)", page.text)
    receipt = alices.get(f"/account/receipts/{number}")
    assert "Trial: no money has moved." in text_of(receipt)
    assert "Paid NGN 5,000.00" in text_of(receipt)


def test_who_has_no_mail_address_is_led_to_where_to_give_one(alice, alices, paystack):
    User.objects.filter(id=alice.id).update(email="", email_key=None)

    page = alices.get("/account/plan/basic?currency=NGN")

    assert 'href="/account/email"' in page.text
    assert "Go on to payment" not in text_of(page)
    refused = alices.post("/account/plan/basic", {"currency": "NGN"})
    assert refused.status_code == 409
    assert not Order.objects.exists()


def test_clicking_twice_orders_once_and_pays_once(alices, paystack):
    first, second = (alices.post("/account/plan/basic", {"currency": "NGN"}) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1
    assert len(paystack.charges) == 1


def test_who_is_declined_reads_why_and_may_try_again(alice, alices, buying):
    page = buying(press="decline")

    assert "The payment did not succeed. Nothing was taken from you." in text_of(page)
    assert 'href="/account/plan/standard?currency=NGN"' in page.text
    assert space(by=caller_for(alice)).limit == 5 * GIB


def test_who_leaves_without_paying_may_pay_later_or_give_up(alices, buying):
    page = buying(press="cancel")

    order = Order.objects.get()
    assert "Not paid yet" in text_of(page)
    assert f'href="{order.page}"' in page.text
    alices.post(f"/account/orders/{order.id}/cancel")
    assert "Cancelled" in text_of(alices.get(f"/account/orders/{order.id}"))


def test_a_payment_that_is_on_its_way_is_asked_for_again_by_a_button(alices, buying, paystack):
    page = buying(press="transfer")
    [address] = re.findall(r'data-check="([^"]+)"', page.text)
    assert "Checking your payment…" in text_of(page)
    paystack.pay(Order.objects.get().reference)
    Order.objects.update(checked_at=None)

    piece = alices.post(address, headers={"HX-Request": "true"})
    back = alices.post(address, follow=True)

    assert 'data-outcome="paid"' in piece.text
    assert "<html" not in piece.text
    assert "Your payment was confirmed, and your room counts." in text_of(back)


def test_what_paystack_answers_again_is_told_once(alices, buying):
    buying()
    order = Order.objects.get()

    for _ in range(2):  # copies of a webhook
        settle(order.id, trigger="webhook")

    shown = text_of(alices.get(f"/account/orders/{order.id}"))
    assert shown.count("The payment provider said: paid.") == 1


def test_a_payment_that_is_not_as_ordered_is_said_to_be_looked_at(alice, alices, buying, paystack):
    paystack.faults = paystack.faults.but(amount=1)

    page = buying()

    assert "We are looking at it" in text_of(page)
    assert space(by=caller_for(alice)).limit == 5 * GIB


def test_when_paystack_does_not_answer_the_page_says_so_and_the_order_waits(alices, buying, paystack):
    buying(press="cancel")
    Order.objects.update(checked_at=None)
    paystack.close()

    piece = alices.post(f"/account/orders/{Order.objects.get().id}/check", headers={"HX-Request": "true"})

    assert piece.status_code == 503
    assert "The payment provider does not answer just now. Your order is safe" in text_of(piece)
    assert Order.objects.get().state == "pending"


def test_to_look_at_the_way_back_asks_nothing_and_changes_nothing(alice, alices, buying, paystack):
    buying(press="cancel")
    order = Order.objects.get()
    paystack.pay(order.reference)
    Order.objects.update(checked_at=None)

    assert alices.get("/account/orders/return", {"reference": order.reference}).status_code == 200

    assert not Payment.objects.exists()


def test_the_way_back_finds_only_ones_own_orders(alices, bob, buying, paystack):
    buying(press="cancel")
    reference = Order.objects.get().reference
    paystack.pay(reference)
    bobs = sign_in(Client(), "bob")

    for wrong in (reference, "cb-nobody", "../../evil?x=1", "\0", ""):
        assert bobs.get("/account/orders/return", {"reference": wrong}).status_code == 404
    assert not Payment.objects.exists()


def test_who_has_to_sign_in_on_the_way_back_comes_to_their_orders(alices, client):
    asked = client.get("/account/orders/return?reference=cb-1&trxref=cb-1")
    assert asked["Location"] == "/login?next=%2Faccount%2Forders%2Freturn"

    assert alices.get("/account/orders/return")["Location"] == "/account/orders"


def test_orders_and_receipts_of_somebody_else_do_not_exist(alices, bob, buying):
    buying()
    order = Order.objects.get()
    number = order.receipts.get().number
    bobs = sign_in(Client(), "bob")

    shown = [f"/account/orders/{order.id}", f"/account/receipts/{number}", f"/account/receipts/{number}.pdf"]
    assert [bobs.get(address).status_code for address in shown] == [404] * 3
    done = [f"/account/orders/{order.id}/{act}" for act in ("cancel", "check")]
    assert [bobs.post(address).status_code for address in done] == [404] * 2


PAGES = ["plan", "plan/basic", "orders", "orders/return?reference=x", "receipts/1", "receipts/1.pdf"]


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_sent_to_where_they_do(client, db, page):
    assert client.get(f"/account/{page}")["Location"].startswith("/login?")


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_it_exists_where_nothing_is_sold(alices, settings, page):
    settings.CLOUDBOX_BILLING = False

    assert alices.get(f"/account/{page}").status_code == 404
    assert "/account/plan" not in alices.get("/account").text


def test_nobody_orders_by_a_form_of_another_site(alice, paystack):
    browser = sign_in(Client(), "alice")
    browser.handler.enforce_csrf_checks = True

    assert browser.post("/account/plan/basic", {"currency": "NGN"}).status_code == 403
    assert not Order.objects.exists()


def test_a_long_history_costs_no_more_queries_and_goes_on(alices, buying, django_assert_max_num_queries):
    for _ in range(3):
        buying("basic")
    first = Order.objects.all()[0]
    for number in range(20):
        Order.objects.create(
            **{
                field: getattr(first, field)
                for field in ("user_id", "mode", "plan_code", "plan_name", "bytes", "days", "currency", "amount_minor")
            },
            reference=f"cb-{number}",
            email="alice@example.com",
            expires_at=first.expires_at,
        )

    for address in ("/account/orders", "/account/plan", f"/account/orders/{first.id}"):
        with django_assert_max_num_queries(14):
            alices.get(address)
    [cursor] = re.findall(r'href="\?cursor=([\w-]+)"', alices.get("/account/orders").text)
    more = alices.get("/account/orders", {"cursor": cursor}, headers={"HX-Request": "true"})
    assert len(re.findall("<li>", more.text)) == 3
    assert "<html" not in more.text
