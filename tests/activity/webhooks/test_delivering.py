"""Events on their way to webhooks, and what may go wrong there."""

import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from activity import calling, deliveries, webhooks
from activity.models import Delivery, Webhook
from tests.people import caller_for, register
from tests.receivers import receiving
from tests.threads import uncommitted

from .conftest import World


def sent(me, hook):
    return deliveries.page(by=me, webhook_id=hook.info.id).items


def test_an_event_is_called_out_signed_as_receivers_verify_it(me, world, hook, receiver, alice):
    world.happen(name="über.txt", old_name="a", name2="secret")
    world.work()

    (call,) = receiver.calls
    said = call.signed_with(hook.secret)
    assert (said["type"], set(said)) == ("file_renamed", {"type", "timestamp", "data"})
    assert said["data"] == {
        "id": sent(me, hook)[0].event_id,
        "actor": {"id": str(alice.id), "label": "alice"},
        "target": {"kind": "file", "id": "1", "label": "über.txt"},
        "facts": {"old_name": "a"},
    }
    (delivery,) = sent(me, hook)
    assert (delivery.state, delivery.status, delivery.attempts) == ("delivered", 204, 1)
    assert (call.headers["webhook-id"], call.headers["content-type"]) == (str(delivery.id), "application/json")


def test_a_webhook_is_called_for_its_kinds_and_its_owner_only(me, world, receiver):
    deliveries.dispatch()
    bob = register("bob")
    webhooks.make(by=me, url=receiver.url, kinds=["file_moved"])
    webhooks.make(by=caller_for(bob), url=receiver.url)
    world.happen("file_renamed")
    world.happen("file_moved")
    world.work()

    assert [call.json["type"] for call in receiver.calls if call.json["type"].startswith("file")] == ["file_moved"]


def test_a_webhook_without_kinds_is_called_for_all(me, world, receiver):
    deliveries.dispatch()
    webhooks.make(by=me, url=receiver.url)
    world.happen("file_renamed")
    world.happen("link_made")
    world.work()

    assert [call.json["type"] for call in receiver.calls] == ["webhook_made", "file_renamed", "link_made"]


def test_a_new_webhook_is_not_called_for_what_was_before(me, world, receiver):
    deliveries.dispatch()
    world.happen()
    webhooks.make(by=me, url=receiver.url, kinds=["file_renamed"])
    world.work()

    assert receiver.calls == []


def test_nobody_is_called_for_somebody_who_is_suspended(alice, world, hook, receiver):
    User.objects.filter(id=alice.id).update(suspended_at=timezone.now())
    world.happen()
    world.work()

    assert receiver.calls == []


def test_what_failed_is_sent_again_under_the_same_id_until_it_goes(me, world, hook, receiver):
    receiver.acts = [500, "close", 200]
    world.happen()
    world.work()
    (first,) = sent(me, hook)
    assert (first.state, first.status, first.next_at > timezone.now()) == ("pending", 500, True)
    assert webhooks.get(by=me, webhook_id=hook.info.id).failing_since is not None

    world.later()
    assert (sent(me, hook)[0].status, sent(me, hook)[0].error) == (None, "no_connection")
    world.later()

    (last,) = sent(me, hook)
    assert (last.state, last.attempts, last.error) == ("delivered", 3, "")
    assert {call.headers["webhook-id"] for call in receiver.calls} == {str(first.id)}
    assert webhooks.get(by=me, webhook_id=hook.info.id).failing_since is None


def test_the_waits_grow_from_seconds_to_a_day_and_then_it_is_given_up(me, world, hook, receiver):
    receiver.acts = [503]
    world.happen()
    waits = []
    for _ in range(len(deliveries.WAITS)):
        world.later()
        waits.append(round((Delivery.objects.get().next_at - timezone.now()).total_seconds() / 5) * 5)
    world.later()

    assert waits == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert (sent(me, hook)[0].state, sent(me, hook)[0].attempts) == ("failed", 10)


@pytest.mark.parametrize(
    ("act", "status", "error"),
    [
        (301, 301, ""),
        (307, 307, ""),
        (404, 404, ""),
        ("close", None, "no_connection"),
        ("hang", None, "timeout"),
        ("drip", None, "timeout"),
    ],
)
def test_an_answer_that_is_no_yes_is_a_failure_and_leads_nowhere(
    me, world, hook, receiver, monkeypatch, act, status, error
):
    monkeypatch.setattr(calling, "TIMEOUT", 0.3)
    monkeypatch.setattr(calling, "DEADLINE", 0.6)
    receiver.acts = [act]
    world.happen()
    world.work()

    (delivery,) = sent(me, hook)
    assert (delivery.state, delivery.status, delivery.error) == ("pending", status, error)
    assert [call.path for call in receiver.calls] == ["/hook"]


@pytest.mark.parametrize("act", ["huge", "broken", "stops"])
def test_no_more_of_an_answer_is_read_than_a_little_however_it_goes_on(me, world, hook, receiver, monkeypatch, act):
    monkeypatch.setattr(calling, "TIMEOUT", 0.3)
    receiver.acts = [act]
    world.happen()
    world.work()

    assert sent(me, hook)[0].state == "delivered"


def test_an_address_that_is_gone_is_called_no_more_and_its_owner_is_told(me, world, hook, receiver, mailed):
    receiver.acts = [410]
    world.happen()
    world.work()

    off = webhooks.get(by=me, webhook_id=hook.info.id)
    assert (off.is_active, off.off_reason) == (False, "gone")
    assert mailed("webhook_turned_off") == ["alice@example.com"]

    receiver.acts = [204]
    on = webhooks.change(by=me, webhook_id=hook.info.id, wish={"is_active": True})
    world.happen("file_moved")
    world.later()
    assert (on.is_active, on.off_reason) == (True, "")
    assert receiver.calls[-1].json["type"] == "file_moved"


def test_a_webhook_of_which_nothing_goes_for_five_days_is_turned_off(me, world, hook, receiver, mailed):
    receiver.acts = [500]
    world.happen()
    world.work()
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=5, seconds=1))
    world.later()

    assert webhooks.get(by=me, webhook_id=hook.info.id).off_reason == "failing"
    assert mailed("webhook_turned_off") == ["alice@example.com"]


def test_a_test_is_one_call_that_says_nothing(me, hook, receiver):
    receiver.acts = [500]
    asked = deliveries.test(by=me, webhook_id=hook.info.id)
    deliveries.deliver()

    assert receiver.calls[0].signed_with(hook.secret)["type"] == "webhook_test"
    assert [(row.id, row.state, row.status) for row in sent(me, hook)] == [(asked.id, "failed", 500)]


def test_what_was_given_up_is_sent_again_when_its_owner_asks(me, world, hook, receiver):
    receiver.acts = [500, 200]
    failed = deliveries.test(by=me, webhook_id=hook.info.id)
    deliveries.deliver()
    again = deliveries.retry(by=me, webhook_id=hook.info.id, delivery_id=failed.id)
    deliveries.deliver()

    assert (again.state, again.attempts) == ("pending", 0)
    assert (sent(me, hook)[0].state, len(receiver.calls)) == ("delivered", 2)


def test_a_worker_that_dies_before_the_answer_leaves_the_call_to_the_next_one(me, world, hook, receiver):
    world.happen()
    deliveries.dispatch()
    taken = deliveries._take()
    assert taken
    deliveries.deliver()
    assert receiver.calls == []  # somebody may be at it

    world.later()

    assert [call.headers["webhook-id"] for call in receiver.calls] == [str(taken.id)]
    assert (sent(me, hook)[0].state, sent(me, hook)[0].attempts) == ("delivered", 2)


def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(me, world, hook, receiver):
    receiver.acts = [500, 200]
    world.happen()
    deliveries.dispatch()
    slow = deliveries._take()
    assert slow
    world.later()
    deliveries._settle(slow, calling.Outcome(status=200, error="", milliseconds=1))

    assert (sent(me, hook)[0].state, sent(me, hook)[0].status) == ("pending", 500)


def test_events_that_commit_out_of_order_are_each_delivered_once(me, world, hook, receiver):
    with uncommitted(lambda: world.happen(name="slow")):
        world.happen(name="quick")
        world.work()
    world.work()
    world.work()

    names = [call.json["data"]["target"]["label"] for call in receiver.calls]
    assert sorted(names) == ["quick", "slow"]


def test_an_address_that_hangs_keeps_two_callers_waiting_and_nobody_elses_calls(me, world, hook, receiver):
    receiver.acts = ["hang"]
    other = caller_for(register("bob"))
    with receiving() as quick:
        webhooks.make(by=other, url=quick.url, kinds=["file_moved"])
        for _ in range(5):
            world.happen()
        World(other).happen("file_moved")
        deliveries.dispatch()
        threads = [threading.Thread(target=_deliver, daemon=True) for _ in range(deliveries.AT_ONCE)]
        for thread in threads:
            thread.start()
        assert eventually(lambda: len(alive(threads)) == deliveries.EACH)
        assert (len(receiver.calls), len(quick.calls)) == (deliveries.EACH, 1)

        receiver.acts = [204]
        receiver.over.set()
        assert eventually(lambda: not alive(threads))
        assert len(receiver.calls) == 5


def alive(threads):
    return [thread for thread in threads if thread.is_alive()]


def eventually(holds, seconds=10):
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return held


def _deliver():
    try:
        deliveries.deliver()
    finally:
        connection.close()


def test_what_was_sent_is_kept_for_a_while(me, world, hook):
    world.happen()
    world.work()
    Delivery.objects.update(created_at=timezone.now() - timedelta(days=31))

    assert deliveries.prune(timedelta(days=30)) == 1
    assert isinstance(hook.info.id, UUID)
