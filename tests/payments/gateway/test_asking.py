"""However Paystack behaves, a question ends soon, and with an answer or a refusal that gives nothing away."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from django.conf import settings as django_settings
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.slots import provider_slots
from payments import asking, paystack
from payments.paystack import DuplicateReference, PaystackRefused, PaystackUnavailable
from tests.payments.gateway.conftest import KEY, PREVIOUS
from tests.payments.gateway.liar import Raw, no, yes
from tests.payments.gateway.samples import CHARGE, REFUND
from tests.threads import at_once

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=1)
GZIPPED = Raw(200, b"\x1f\x8b\x08\x00", {"Content-Encoding": "gzip"})
UNREADABLE = [
    Raw(200, b"<html>Just a moment</html>"),
    Raw(200, b""),
    Raw(200, b'{"status": true, "data": NaN}'),
    Raw(200, b'{"status": true, "data": ' + b"9" * 5000 + b"}"),
    Raw(200, b"[" * 100_000),
    Raw(200, b"\xff\xfe"),
    (200, ["status"]),
    (200, {"status": "true", "data": CHARGE}),
    (200, {"data": CHARGE}),
    Raw(403, b"<html>Blocked</html>"),
    Raw(302, b"", {"Location": "/elsewhere"}),
    GZIPPED,
]


def initialized(reference="cb-1"):
    return paystack.initialize(
        reference=reference,
        email="alice@example.com",
        amount=5000,
        currency="NGN",
        callback_url="https://box.example.org/plan/back",
        metadata={"order": "1"},
    )


def verified():
    charge = paystack.verify("cb-1")
    return charge.id if charge else None


def refunded():
    return paystack.refund(charge_id=7, amount=100, note="wrong pack")


@pytest.mark.parametrize("answer", UNREADABLE)
def test_an_answer_that_cannot_be_read_is_an_outage(liar, answer):
    liar.answer(answer)

    with pytest.raises(PaystackUnavailable):
        paystack.verify("cb-1")

    assert len(liar.asked) == 1


@pytest.mark.parametrize("answer", ["hang", "close", "half", (500, {}), (503, {}), (429, {}), Raw(502, b"<html>")])
def test_only_what_changes_nothing_is_asked_again(liar, answer):
    liar.answer(answer)

    with pytest.raises(PaystackUnavailable):
        paystack.verify("cb-1")
    asked = len(liar.asked)
    with pytest.raises(PaystackUnavailable):
        initialized()
    with pytest.raises(PaystackUnavailable):
        refunded()

    assert asked == 3
    assert [call.method for call in liar.asked[asked:]] == ["POST", "POST"]


def test_a_fault_that_passes_is_not_noticed(liar):
    liar.answer(Raw(502, b"<html>"), "close", yes(CHARGE))

    assert verified() == CHARGE["id"]


@pytest.mark.parametrize("slowness", ["drip", "trickle"])
def test_an_answer_that_drips_is_cut_off(liar, monkeypatch, slowness):
    monkeypatch.setattr(asking, "ALL", 0.6)
    liar.answer(slowness)
    began = time.monotonic()

    with pytest.raises(PaystackUnavailable, match=r"too long|hangs up"):
        paystack.verify("cb-1")

    assert time.monotonic() - began < 5
    assert len(liar.asked) == 1


def test_an_answer_is_read_up_to_a_limit(liar):
    liar.answer(Raw(200, b" " * (asking.LARGEST + 1)))

    with pytest.raises(PaystackUnavailable, match="more than can be read"):
        paystack.verify("cb-1")


def test_nobody_is_followed_elsewhere_with_our_key(liar):
    liar.answer(Raw(307, b"", {"Location": f"{liar.url}/thief"}), yes(CHARGE))

    with pytest.raises(PaystackUnavailable, match="elsewhere"):
        paystack.verify("cb-1")

    assert [call.path for call in liar.asked] == ["/transaction/verify/cb-1"]


def test_neither_a_proxy_nor_a_netrc_of_the_environment_is_used(liar, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login mallory password stolen\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    liar.say(CHARGE)

    paystack.verify("cb-1")

    assert liar.asked[0].key == KEY


def test_the_key_is_that_of_the_settings_at_each_call(liar, settings):
    liar.say(CHARGE)

    for key in (KEY, PREVIOUS):
        settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, keys=(key,))
        paystack.verify("cb-1")

    assert [call.key for call in liar.asked] == [KEY, PREVIOUS]


def test_without_a_key_nobody_is_asked(liar, settings):
    settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, keys=())
    liar.say(CHARGE)

    with pytest.raises(PaystackUnavailable):
        paystack.verify("cb-1")

    assert liar.asked == []


def test_a_key_that_is_not_known_yet_gives_way_to_the_one_before(liar, two_keys):
    liar.answer(no(401, "Invalid key"), yes(CHARGE))

    assert verified() == CHARGE["id"]
    assert [call.key for call in liar.asked] == [KEY, PREVIOUS]


def test_two_keys_that_are_refused_are_a_refusal(liar, two_keys):
    liar.answer(no(401, "Invalid key"))

    with pytest.raises(PaystackRefused) as refused:
        initialized()

    assert refused.value.said == "Invalid key"
    assert len(liar.asked) == 2


def test_threads_do_not_mix_their_answers(liar):
    liar.say(CHARGE)

    found = at_once(8, lambda number: paystack.verify(f"cb-{number}"))

    assert {charge.id for charge in found} == {CHARGE["id"]}
    assert sorted(call.path for call in liar.asked) == sorted(f"/transaction/verify/cb-{number}" for number in range(8))


def test_a_hanging_paystack_takes_a_quarter_of_the_threads_at_most(liar):
    liar.say(CHARGE)
    half = django_settings.CLOUDBOX_THREADS // 2

    with pytest.raises(PaystackUnavailable, match="Too many"):
        _with_places_taken(half // 2, lambda: paystack.verify("cb-1"))

    assert liar.asked == []


def _with_places_taken(count, act):
    if not count:
        return act()
    with provider_slots.taken("paystack", total=10**6, each=10**6):
        return _with_places_taken(count - 1, act)


@pytest.mark.parametrize(
    "reference", ["", ".", "..", "../refund", "a/b", "a?x=1", "a#b", "a%2fb", "a b", "ä", "a\n", "_"]
)
def test_a_reference_that_leads_elsewhere_is_one_that_is_not_there(liar, reference):
    liar.say(CHARGE)

    assert paystack.verify(reference) is None
    assert liar.asked == []


@pytest.mark.parametrize("path", ["transaction/../refund", "transaction//1", "/refund", "refund/1?x=1", "refund/"])
def test_no_path_leads_out_of_the_calls(liar, path):
    liar.say(CHARGE)

    with pytest.raises(PaystackRefused):
        asking.ask(asking.Question(method="GET", path=path, query={}, body=None))

    assert liar.asked == []


def test_neither_errors_nor_the_log_have_a_key_in_them(liar, two_keys):
    liar.answer(no(401, f"Invalid key {KEY}"), no(400, f"Wrong\nkey {PREVIOUS} \x00 " + "!" * 1000))

    with structlog.testing.capture_logs() as logged, pytest.raises(PaystackRefused) as refused:
        initialized()

    assert refused.value.said.startswith("Wrong key … !!!")
    assert len(refused.value.said) <= asking.LONGEST_SAID
    assert "sk_test" not in json.dumps([logged, repr(refused.value), refused.value.facts], default=str)


@pytest.mark.parametrize(
    "answer",
    [
        no(404, "Entity not found"),
        no(400, "Transaction reference not found"),
        no(400, "", code="transaction_not_found"),
    ],
)
def test_what_paystack_does_not_have_is_none(liar, answer):
    liar.answer(answer)

    assert paystack.verify("cb-1") is None
    assert paystack.refund_of(7) is None


def test_another_refusal_is_no_missing_charge(liar):
    liar.answer(no(400, "Invalid amount"))

    with pytest.raises(PaystackRefused):
        paystack.verify("cb-1")


@pytest.mark.parametrize("more", [{"message": "Duplicate Transaction Reference"}, {"code": "duplicate_reference"}])
def test_a_reference_that_was_used_is_told_apart(liar, more):
    liar.answer((400, {"status": False, "message": "No", **more}))

    with pytest.raises(DuplicateReference):
        initialized()


def test_a_page_is_asked_for_with_our_facts_and_given_if_it_is_of_the_checkout(liar):
    liar.say({"authorization_url": f"{liar.url}/pay/abc", "access_code": "abc", "reference": "cb-1"})

    page = initialized()

    asked = liar.asked[0]
    assert page == f"{liar.url}/pay/abc"
    assert (asked.method, asked.path) == ("POST", "/transaction/initialize")
    assert asked.body == {
        "reference": "cb-1",
        "email": "alice@example.com",
        "amount": 5000,
        "currency": "NGN",
        "callback_url": "https://box.example.org/plan/back",
        "metadata": {"order": "1"},
    }


@pytest.mark.parametrize(
    "page",
    [
        *("https://evil.example/pay", "javascript:alert(1)", "//evil.example", "", None, 5, "http://[", "/pay/abc"),
        *("{url}.evil.example/pay", "{url}@evil.example/", "{url}/pay\n", "{url}/" + "x" * 600, '{url}/"><script>'),
    ],
)
def test_a_page_elsewhere_is_given_to_nobody(liar, page):
    liar.say({"authorization_url": page.replace("{url}", liar.url) if isinstance(page, str) else page})

    with pytest.raises(PaystackUnavailable):
        initialized()


def test_a_list_is_read_to_its_end_and_has_each_once(liar):
    first, second, third = ({**CHARGE, "id": number, "reference": f"cb-{number}"} for number in (1, 2, 3))
    liar.answer(yes([first, second]), yes([second, third]), yes([third]))

    found = [charge.id for charge in paystack.charges(since=SINCE, until=NOW)]

    assert found == [1, 2, 3]
    assert [call.query["page"] for call in liar.asked] == ["1", "2", "3"]
    assert liar.asked[0].query == {
        "from": "2026-11-20T12:00:00.000Z",
        "to": "2026-11-21T12:00:00.000Z",
        "status": "success",
        "page": "1",
        "perPage": "100",
    }


def test_a_list_that_never_ends_is_left(liar, monkeypatch):
    monkeypatch.setattr(paystack, "MOST_PAGES", 3)
    liar.answer(*(yes([{**CHARGE, "id": number}]) for number in range(10)))

    with pytest.raises(PaystackUnavailable, match="without an end"):
        list(paystack.charges(since=SINCE, until=NOW))


def test_refunds_are_listed_by_a_query_and_without_a_body(liar):
    liar.answer(yes([REFUND]), yes([]))

    found = list(paystack.refunds(since=SINCE, until=NOW))

    assert [refund.id for refund in found] == [REFUND["id"]]
    assert liar.asked[0].body is None
    assert liar.asked[0].query["from"] == "2026-11-20T12:00:00.000Z"


def test_a_refund_is_asked_for_by_the_id_of_the_charge(liar):
    liar.say({**REFUND, "transaction": {"id": 7, "reference": "cb-1"}})

    found = refunded()

    assert (found.charge_id, found.reference, found.status) == (7, "cb-1", "pending")
    assert liar.asked[0].body == {"transaction": 7, "amount": 100, "merchant_note": "wrong pack"}


@given(body=st.binary(max_size=200), status=st.sampled_from([200, 201, 204, 400, 401, 404, 422, 500]))
def test_whatever_is_answered_is_a_yes_or_a_refusal(body, status):
    try:
        said = asking._yes(status, asking._read(status, "identity", body))
    except (PaystackUnavailable, PaystackRefused, asking._Failed):
        return
    assert said["status"] is True
