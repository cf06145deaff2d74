"""One mail for each percentage that is passed upwards."""

import pytest
from django.db import transaction

from accounts import quotas, services
from accounts.models import User
from activity.models import Mail
from tests.accounts.usage import limit
from tests.people import caller_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db


def warnings(user: User) -> list[str]:
    mails = Mail.objects.filter(kind="quota_warning", to=user.email).order_by("id")
    return list(mails.values_list("subject", flat=True))


def test_nobody_is_warned_below_three_quarters(alice):
    limit(alice, 100)

    quotas.charge(alice.id, 74)

    assert warnings(alice) == []


def test_each_percentage_is_mailed_once_on_the_way_up(alice):
    limit(alice, 1000)

    for size in (750, 1, 149, 50, 50):  # 750, 751, 900, 950, 1000
        quotas.charge(alice.id, size)

    assert warnings(alice) == ["Your storage is 75 % full", "Your storage is 90 % full", "Your storage is full"]


def test_several_percentages_passed_in_one_step_are_one_mail(alice):
    limit(alice, 100)

    quotas.charge(alice.id, 100)

    assert warnings(alice) == ["Your storage is full"]


def test_who_made_room_is_warned_again_at_the_next_crossing(alice):
    limit(alice, 100)
    quotas.charge(alice.id, 80)

    quotas.give_back(alice.id, 10)
    quotas.charge(alice.id, 10)

    assert len(warnings(alice)) == 2


def test_a_limit_that_shrinks_below_what_is_used_warns_too(alice, staff):
    quotas.charge(alice.id, 100)

    services.set_base_quota(by=caller_for(staff), user_id=alice.id, size=100)

    assert warnings(alice) == ["Your storage is full"]


def test_a_warning_that_is_rolled_back_is_not_sent(alice):
    limit(alice, 100)

    with transaction.atomic():
        quotas.charge(alice.id, 80)
        transaction.set_rollback(True)

    assert warnings(alice) == []


def test_somebody_without_an_address_is_not_mailed(alice):
    User.objects.filter(id=alice.id).update(email=None, email_key=None)
    limit(alice, 100)

    quotas.charge(alice.id, 100)

    assert not Mail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_cross_a_percentage_with_one_mail(alice):
    limit(alice, 100)

    at_once(10, lambda _: quotas.charge(alice.id, 8))

    assert Mail.objects.filter(kind="quota_warning", to=alice.email).count() == 1
