"""That what was paid for comes to its end is told in time, once, and not to those who have paid again."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts import quotas
from activity import preferences
from activity.models import AuditEntry, Mail
from payments import owners, terms
from payments.models import Order, Step
from payments.services.reminding import remind
from payments.words import State
from tests.payments.having import GIB, bought, end_of
from tests.payments.time import let_pass
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ENDING = "Your pack Standard ends in {} days"
WITHIN_A_DAY = "Your pack Standard ends within a day"
HAS_ENDED = "Your pack Standard has ended"
LOST = "Nothing can be added to your files until you buy a pack or make room"


def told(user) -> list[str]:
    return list(Mail.objects.filter(to=user.email).order_by("id").values_list("subject", flat=True))


def store(user, size: int) -> None:
    with transaction.atomic():
        quotas.charge(user.id, size)
    Mail.objects.filter(kind="quota_warning").delete()


def rounds(*days: float) -> None:
    """Let days pass, with two rounds after each time."""
    for passed in days:
        let_pass(passed)
        remind()
        remind()


def give_back(order: Order) -> None:
    """Let the money of an order have gone back."""
    with transaction.atomic():
        line = owners.line_of(order.user_id)
        Order.objects.filter(id=order.id).update(state=State.REFUNDED)
        owners.write(order.user_id, terms.remove(line, order.id, timezone.now()), line)


def test_it_is_told_7_3_1_and_0_days_before_each_once(alice):
    bought(alice)

    rounds(22, 1.5, 1, 1, 1, 1, 1, 0.6, 0.9)

    assert told(alice) == [ENDING.format(7), ENDING.format(3), WITHIN_A_DAY, HAS_ENDED]
    steps = Step.objects.filter(kind="mailed").order_by("id")
    assert [(step.facts["mail"], step.facts["days"]) for step in steps] == [
        ("plan_ending", days) for days in (7, 3, 1, 0)
    ]
    assert Mail.objects.filter(dedupe__in=[step.facts["key"] for step in steps]).count() == 4


def test_whatever_was_missed_only_the_most_urgent_is_told(alice):
    bought(alice)

    rounds(29.5)

    assert told(alice) == [WITHIN_A_DAY]


@pytest.mark.parametrize("passed", [24, 29.5, 33])
def test_nobody_is_told_who_has_paid_again_meanwhile(alice, passed):
    bought(alice)
    let_pass(passed)
    bought(alice)

    rounds(0, 1)

    assert told(alice) == []


def test_whoever_gets_back_what_they_had_paid_again_is_told_of_the_end_that_counts_now(alice):
    bought(alice)
    let_pass(24)
    again = bought(alice)
    rounds(0)
    give_back(again)

    rounds(0)

    assert told(alice) == [ENDING.format(6)]


def test_an_end_that_has_moved_is_told_of_anew(alice):
    order = bought(alice)
    rounds(24)
    Order.objects.filter(id=order.id).update(ends_at=end_of(order) + timedelta(days=10))

    rounds(1, 8.5)

    assert told(alice) == [ENDING.format(6), ENDING.format(7)]


def test_a_pack_of_a_day_has_no_last_week(alice):
    bought(alice, days=1)

    rounds(0, 0.5, 0.6)

    assert told(alice) == [HAS_ENDED]


def test_when_the_days_of_grace_are_over_it_is_told_once_to_whoever_has_no_room_left(alice, bob):
    bought(alice, size=10 * GIB)
    bought(bob, size=10 * GIB)
    store(alice, 12 * GIB)

    rounds(37.5, 1)

    assert [subject for subject in told(alice) if subject != "Your storage is full"] == [LOST]
    assert told(bob) == []
    assert Step.objects.filter(kind="ended", facts={"read_only": True}).count() == 1
    assert Step.objects.filter(kind="ended", facts={"read_only": False}).count() == 1
    assert AuditEntry.objects.filter(verb="pack_ended").count() == 2


def test_what_ended_long_ago_is_told_no_more(alice):
    bought(alice, size=10 * GIB)
    store(alice, 12 * GIB)

    rounds(100)

    assert told(alice) == []


def test_it_is_said_what_happens_then(alice):
    bought(alice, size=10 * GIB)
    store(alice, 12 * GIB)

    rounds(27.5)

    mail = Mail.objects.get(to=alice.email)
    order = Order.objects.get()
    for text in (mail.text, mail.html):
        assert f"{order.ends_at:%-d %B %Y, %H:%M} UTC" in text
        assert "you use 12 GiB now" in text
        assert "7 GiB more" in text
        assert "ill be deleted" in text
        assert "/account/plan" in text


def test_whoever_keeps_within_what_is_left_need_not_worry(alice):
    bought(alice, size=10 * GIB)

    rounds(27.5)

    assert "That is enough for what you store." in Mail.objects.get(to=alice.email).text


def test_who_wants_no_such_mail_is_told_on_the_pages_alone(alice):
    bought(alice)
    preferences.choose(alice.id, {"plan": {"by_mail": False}})

    rounds(25)

    assert told(alice) == []
    assert Step.objects.filter(kind="reminded", facts={"mail": "plan_ending", "days": 7}).count() == 1
    assert AuditEntry.objects.filter(verb="pack_ending", owner_id=alice.id).count() == 1


def test_where_nothing_is_sold_nobody_is_told(alice, settings):
    bought(alice)
    settings.CLOUDBOX_BILLING = False

    rounds(29.5)

    assert told(alice) == []


def test_whoever_is_suspended_is_not_written_to(alice):
    bought(alice)
    alice.suspended_at = timezone.now()
    alice.save()

    rounds(29.5)

    assert told(alice) == []


@pytest.mark.django_db(transaction=True)
def test_rounds_at_the_same_time_tell_it_once(alice):
    bought(alice)
    let_pass(25)

    assert sorted(at_once(6, lambda _: remind())) == [0, 0, 0, 0, 0, 1]
    assert told(alice) == [ENDING.format(5)]


def test_a_round_asks_no_more_for_those_who_have_time(alice, bob, django_assert_num_queries):
    bought(alice)
    bought(bob)

    with django_assert_num_queries(1):
        assert remind() == 0
