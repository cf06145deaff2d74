"""What becomes of a webhook: it is a hint, acted on until that has worked, and done only then."""

import json
from datetime import timedelta

import pytest
from celery.signals import before_task_publish
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import Allowance
from cloudbox.errors import AccessDenied, NotFound
from payments import asking
from payments.models import Order, Payment, ProviderEvent
from payments.services import webhooks
from payments.simulator import Trouble
from tests.payments.gateway.ordering import ordered, paid, told, work_off
from tests.payments.returns.buying import buy, room, send_back
from tests.paystack import deliver
from tests.people import caller_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE", 0)


@pytest.fixture
def order(alice, paystack):
    return ordered(alice)


def event():
    return ProviderEvent.objects.get()


def test_a_webhook_has_its_order_settled_and_stands_in_its_timeline(paystack, order):
    told_by = paid(paystack, order)

    assert deliver(told_by) == 200
    assert deliver(told_by) == 200
    work_off()

    order.refresh_from_db()
    assert (order.state, Payment.objects.count(), Allowance.objects.count()) == ("paid", 1, 1)
    assert (event().state, event().order, event().times) == ("done", order, 2)
    (step,) = order.steps.filter(kind="webhook")
    assert (step.at, step.facts) == (event().received_at, {"event": "charge.success", "times": 2})


def test_what_a_webhook_says_of_money_does_not_count(paystack, order):
    told({"event": "charge.success", "data": {"reference": order.reference, "amount": 10**9, "status": "success"}})

    work_off()

    order.refresh_from_db()
    assert order.state == "pending"
    assert (event().state, event().error) == ("new", "Paystack does not confirm it.")


def test_an_event_of_no_order_of_ours_is_kept_and_ignored(paystack, db):
    told({"event": "charge.success", "data": {"reference": "another-shop-1"}})

    work_off()

    assert (event().state, event().error) == ("ignored", "It is about no order of ours.")


def test_an_outage_puts_it_off_and_longer_each_time(paystack, order):
    deliver(paid(paystack, order))
    paystack.close()
    waits = []

    for _ in range(webhooks.MOST_ATTEMPTS):
        now = timezone.now()
        work_off()
        waits.append(round((event().next_at - now) / timedelta(minutes=1)))

    assert waits[:-1] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert event().state == "failed"
    assert event().error.startswith("payment_provider_unavailable")


def test_an_event_that_was_put_off_is_done_in_the_end(paystack, order):
    deliver(paid(paystack, order))
    paystack.misbehave(troubles=(Trouble(call="verify", status=500),))
    work_off()
    paystack.misbehave(troubles=())

    work_off()

    order.refresh_from_db()
    assert (order.state, event().state, event().error, event().attempts) == ("paid", "done", "", 2)
    assert order.steps.filter(kind="webhook").count() == 1


def test_a_worker_that_is_killed_after_settling_loses_nothing(paystack, order, monkeypatch):
    deliver(paid(paystack, order))
    with monkeypatch.context() as killing:
        killing.setattr(webhooks, "_end", _killed)
        with pytest.raises(KeyboardInterrupt):
            work_off()

    assert event().state == "new"
    ProviderEvent.objects.update(next_at=timezone.now())
    assert webhooks.sweep() == 1
    work_off()

    assert (event().state, Payment.objects.count()) == ("done", 1)


def _killed(*_):
    raise KeyboardInterrupt


def test_an_attempt_takes_place_once_however_many_tasks_there_are(paystack, order):
    deliver(paid(paystack, order))
    first = event()

    for _ in range(3):
        webhooks.process(first.pk, 0)

    assert event().attempts == 1
    assert order.steps.filter(kind="verified").count() == 1


def test_the_sweep_takes_what_is_due_and_nothing_else(paystack, order):
    deliver(paid(paystack, order))

    assert webhooks.sweep() == 0  # its task was queued a moment ago
    ProviderEvent.objects.update(next_at=timezone.now())
    assert webhooks.sweep() == 1
    assert webhooks.sweep() == 0  # and was queued again
    work_off()
    ProviderEvent.objects.update(next_at=timezone.now())
    assert webhooks.sweep() == 0


def test_a_kept_event_is_queued_once_with_the_number_of_its_attempt(
    paystack, order, django_capture_on_commit_callbacks
):
    queued: list[tuple[str, list[int]]] = []

    def note(sender: str, body: tuple[list[int], object, object], **_: object) -> None:
        queued.append((sender, list(body[0])))

    told_by = paid(paystack, order)
    before_task_publish.connect(note)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            deliver(told_by)
            deliver(told_by)
    finally:
        before_task_publish.disconnect(note)

    assert queued == [("payments.process_event", [event().pk, 0])]


def test_money_that_comes_after_the_order_has_ended_counts(paystack, order):
    Order.objects.update(state="expired")

    deliver(paid(paystack, order))
    work_off()

    order.refresh_from_db()
    assert (order.state, event().state) == ("paid", "done")


def test_the_staff_has_an_event_tried_again(paystack, order, staff, alice):
    deliver(paid(paystack, order))
    ProviderEvent.objects.update(state="failed", attempts=12)

    for stranger, refusal in ((Caller.anonymous(), Exception), (caller_for(alice), AccessDenied)):
        with pytest.raises(refusal):
            webhooks.try_again(by=stranger, event_id=event().pk)
    webhooks.try_again(by=caller_for(staff), event_id=event().pk)
    with pytest.raises(NotFound):
        webhooks.try_again(by=caller_for(staff), event_id=event().pk)
    work_off()

    assert event().state == "done"


# Refunds and disputes


def test_what_goes_back_is_followed(paystack, alice, staff):
    order = buy(paystack, alice)
    refund = send_back(staff, order)
    paystack.move_refund(refund.provider_id)

    for told_by in paystack.webhooks:
        deliver(told_by)
        deliver(told_by)
    work_off()

    order.refresh_from_db()
    assert (order.state, room(alice)) == ("refunded", 0)
    states = {event.event: (event.state, event.times) for event in order.events.all()}
    assert states["refund.processed"] == ("done", 2)
    assert states["charge.success"] == ("done", 2)


def test_a_dispute_is_followed(paystack, alice):
    order = buy(paystack, alice)
    paystack.dispute(order.reference)
    deliver(paystack.webhooks[-1])

    work_off()

    order.refresh_from_db()
    assert (order.state, event().state, event().order) == ("disputed", "done", order)


@pytest.mark.parametrize(
    "about", [{"transaction": {"reference": "{ours}"}, "id": 5}, {"transaction": {}, "id": "x"}, {}]
)
def test_a_dispute_that_paystack_does_not_have_changes_nothing(paystack, alice, about):
    order = buy(paystack, alice)
    said = {"event": "charge.dispute.create", "data": about}
    told(json.dumps(said).replace("{ours}", order.reference).encode())

    work_off()

    order.refresh_from_db()
    assert (order.state, room(alice) > 0) == ("paid", True)
    is_ours = "transaction" in about and "reference" in about["transaction"]
    assert event().state == ("new" if is_ours else "ignored")
