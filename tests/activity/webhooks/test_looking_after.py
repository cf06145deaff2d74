"""Webhooks as their owners look after them."""

import pytest

from activity import deliveries, webhooks
from activity.models import AuditEntry, Delivery, Webhook
from cloudbox import sealing
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotFound
from tests.people import caller_for, register, with_key

URL = "https://hooks.example.org/cloudbox"


def test_a_webhook_is_made_with_a_secret_that_lies_sealed(me):
    made = webhooks.make(by=me, url=f" {URL} ", label=" here ", kinds=["file_shared", "file_uploaded"])

    assert (made.info.url, made.info.label) == (URL, "here")
    assert made.info.kinds == ["file_uploaded", "file_shared"]  # in the order of the list of kinds
    assert (made.info.is_active, made.info.rotates_until) == (True, None)
    assert made.secret.startswith("whsec_")
    assert webhooks.secret_of(by=me, webhook_id=made.info.id) == made.secret
    assert made.secret.encode() not in str(Webhook.objects.values()[0]).encode()


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"kinds": ["file_eaten"]}, "kinds"),
        ({"label": "x" * 101}, "label"),
        ({"label": "two\nlines"}, "label"),
        ({"url": "ftp://hooks.example.org/"}, "url"),
        ({"url": ""}, "url"),
    ],
)
def test_what_a_webhook_cannot_have_is_refused_by_its_field(me, wish, field):
    made = webhooks.make(by=me, url=URL)

    with pytest.raises(BadInput) as refused:
        webhooks.change(by=me, webhook_id=made.info.id, wish=wish)

    assert refused.value.field == field
    assert webhooks.get(by=me, webhook_id=made.info.id) == made.info


def test_nobody_has_more_than_twenty(me):
    for _ in range(webhooks.MOST):
        webhooks.make(by=me, url=URL)

    with pytest.raises(Conflict):
        webhooks.make(by=me, url=URL)


def test_a_stranger_finds_no_webhook_and_a_key_looks_after_none(me, alice):
    hook = webhooks.make(by=me, url=URL).info
    stranger, key = caller_for(register("charlie")), with_key(alice, "read", "write", "delete", "share")

    calls = [
        lambda by: webhooks.get(by=by, webhook_id=hook.id),
        lambda by: webhooks.change(by=by, webhook_id=hook.id, wish={"label": "mine"}),
        lambda by: webhooks.delete(by=by, webhook_id=hook.id),
        lambda by: webhooks.secret_of(by=by, webhook_id=hook.id),
        lambda by: webhooks.rotate_secret(by=by, webhook_id=hook.id),
        lambda by: deliveries.test(by=by, webhook_id=hook.id),
        lambda by: deliveries.page(by=by, webhook_id=hook.id),
        lambda by: deliveries.retry(by=by, webhook_id=hook.id, delivery_id=hook.id),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            call(stranger)
        with pytest.raises(AccessDenied):
            call(key)
    assert webhooks.page(by=stranger).items == []
    assert webhooks.get(by=me, webhook_id=hook.id) == hook


def test_a_new_secret_signs_beside_the_old_one_for_a_day(me, world, hook, receiver):
    new = webhooks.rotate_secret(by=me, webhook_id=hook.info.id)
    world.happen()
    world.work()

    assert new.info.rotates_until is not None
    assert new.secret != hook.secret
    assert receiver.calls[0].signed_with(hook.secret) == receiver.calls[0].signed_with(new.secret)


def test_what_is_done_to_a_webhook_is_written_down_without_its_secret(me):
    made = webhooks.make(by=me, url=URL, label="here")
    webhooks.change(by=me, webhook_id=made.info.id, wish={"is_active": False})
    webhooks.rotate_secret(by=me, webhook_id=made.info.id)
    webhooks.delete(by=me, webhook_id=made.info.id)

    entries = list(AuditEntry.objects.filter(target_kind="webhook").order_by("id"))
    done = ["webhook_made", "webhook_changed", "webhook_secret_rotated", "webhook_deleted"]
    assert [entry.verb for entry in entries] == done
    assert "whsec" not in str([vars(entry) for entry in entries])


def test_a_webhook_that_is_turned_off_gives_up_what_waits(me, world, hook, receiver):
    receiver.acts = [500]
    world.happen()
    world.work()
    webhooks.change(by=me, webhook_id=hook.info.id, wish={"is_active": False})
    world.happen()
    world.later()

    assert len(receiver.calls) == 1
    (delivery,) = deliveries.page(by=me, webhook_id=hook.info.id).items
    assert (delivery.state, delivery.error, delivery.next_at) == ("failed", "turned_off", None)
    with pytest.raises(Conflict):
        deliveries.test(by=me, webhook_id=hook.info.id)


def test_the_staff_turns_a_webhook_off_and_its_owner_is_told(me, hook, mailed):
    boss = register("dora")
    boss.staff_role = "superuser"

    with pytest.raises(AccessDenied):
        webhooks.turn_off_for(by=me, webhook_id=hook.info.id)
    webhooks.turn_off_for(by=caller_for(boss), webhook_id=hook.info.id)

    off = webhooks.get(by=me, webhook_id=hook.info.id)
    assert (off.is_active, off.off_reason) == (False, "staff")
    assert mailed("webhook_turned_off") == ["alice@example.com"]


def test_secrets_are_sealed_anew_with_the_others(me, settings):
    made = webhooks.make(by=me, url=URL)
    webhooks.rotate_secret(by=me, webhook_id=made.info.id)
    settings.CLOUDBOX_KEYS_SECRETS = ["another secret to seal with"]

    assert webhooks.reseal() == sealing.Resealed(2, [])
    settings.SECRET_KEY = "lost"
    assert webhooks.secret_of(by=me, webhook_id=made.info.id).startswith("whsec_")


def test_deleting_a_webhook_deletes_what_was_sent(me, world, hook):
    world.happen()
    world.work()
    webhooks.delete(by=me, webhook_id=hook.info.id)

    assert not Delivery.objects.exists()
