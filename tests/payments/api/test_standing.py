"""GET /payments/plan."""

from django.db import transaction
from django.test import Client

from accounts import quotas
from tests.payments.having import GIB, bought
from tests.payments.time import let_pass
from tests.people import key_of

PLAN = "/api/v1/payments/plan"


def test_whoever_has_bought_nothing_stands_free(mine):
    answer = mine.get(f"{PLAN}/")

    assert answer.json() == {
        "state": "free",
        "term": None,
        "following": [],
        "paid_until": None,
        "grace_until": None,
        "expired_at": None,
        "used": 0,
        "limit": 5 * GIB,
    }


def test_a_pack_is_told_with_what_follows_it_until_nothing_can_be_added(alice, mine):
    first, second = (bought(alice, size=10 * GIB, days=30, name=name) for name in ("First", "Second"))
    with transaction.atomic():
        quotas.charge(alice.id, 6 * GIB)

    now = mine.get(PLAN).json()
    let_pass(62)
    in_grace = mine.get(PLAN).json()
    let_pass(10)
    over = mine.get(PLAN).json()

    assert (now["state"], now["term"]["order"], now["limit"]) == ("active", str(first.id), 15 * GIB)
    assert [term["order"] for term in now["following"]] == [str(second.id)]
    assert now["following"][0]["ends_at"] == now["paid_until"] < now["grace_until"]
    assert (in_grace["state"], in_grace["term"]["order"]) == ("grace", str(second.id))
    assert (over["state"], over["used"], over["limit"]) == ("read_only", 6 * GIB, 5 * GIB)
    assert over["expired_at"]


def test_it_is_told_to_oneself_and_to_ones_programs_that_read_everything(settings, alice, mine):
    keys = [key_of(alice, "read"), key_of(alice, "write")]
    programs = [Client(headers={"Authorization": f"Bearer {key.token}"}) for key in keys]

    assert [client.get(PLAN).status_code for client in (Client(), *programs)] == [401, 200, 403]
    assert mine.get(f"{PLAN}?user=bob").json()["field"] == "user"
    settings.CLOUDBOX_BILLING = False
    assert mine.get(PLAN).status_code == 404
