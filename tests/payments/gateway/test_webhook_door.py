"""What comes in as a webhook: only what Paystack signed leaves a trace, and all of that does."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
import structlog
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts import rates
from cloudbox.environment import Rate
from payments.api import webhook as door
from payments.hearing import heard_in
from payments.models import ProviderEvent
from payments.paystack import is_signed
from tests.payments.gateway.ordering import sent, signature, told
from tests.paystack import KEY, WEBHOOK
from tests.threads import at_once

pytestmark = pytest.mark.django_db
PREVIOUS = "sk_test_the_key_before_it"
PAID = {"event": "charge.success", "data": {"reference": "cb-1", "amount": 5000}}
MALFORMED = [
    b"",
    b"no JSON",
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"charge.success"',
    b"{}",
    b'{"event": 5, "data": {}}',
    b'{"event": "charge.success"}',
    b'{"event": "charge.success", "data": []}',
    b'{"event": "charge.success", "data": null}',
    b'{"event": "charge.success", "data": {}}',
    b'{"event": "charge.success", "data": {"reference": 5}}',
    b'{"event": "charge.success", "data": {"reference": ["cb-1"]}}',
    b'{"event": "charge.success", "data": {"reference": "cb-\\u0000"}}',
    b'{"event": "charge.success", "data": {"reference": "\\ud800"}}',
    b'{"event": "charge.\\u0000", "data": {"reference": "cb-1"}}',
    b'{"event": "charge.success", "data": {"reference": "' + b"x" * 300 + b'"}}',
    b'{"event": "' + b"x" * 300 + b'", "data": {}}',
    b'{"event": "charge.success", "data": {"amount": NaN}}',
    b'{"event": "charge.success", "data": {"amount": ' + b"9" * 5000 + b"}}",
    b"[" * 100_000,
    b'{"data":' * 20_000,
]


@pytest.fixture(autouse=True)
def keys(settings):
    """The simulator's key, and the one before it; billing is off, for that does not matter here."""
    settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, billing=False, keys=(KEY, PREVIOUS))


@pytest.mark.parametrize(
    "path", [WEBHOOK, f"{WEBHOOK}/", *(f"/api/v1/payments/verify/webhook{end}" for end in ("", "/"))]
)
def test_a_signed_webhook_is_kept_as_it_came(path):
    raw = json.dumps(PAID).encode()

    assert told(raw, path=path) == 200

    event = ProviderEvent.objects.get()
    assert (bytes(event.raw), event.event, event.reference, event.times) == (raw, "charge.success", "cb-1", 1)
    assert (event.state, event.attempts) == ("new", 0)


def test_both_keys_sign_while_they_are_changed():
    assert told({**PAID, "n": 1}, key=KEY) == 200
    assert told({**PAID, "n": 2}, key=PREVIOUS) == 200
    assert told({**PAID, "n": 3}, key="sk_test_of_somebody_else") == 401

    assert ProviderEvent.objects.count() == 2


RAW = json.dumps(PAID).encode()


@pytest.mark.parametrize(
    "signed",
    [
        *("", "0" * 128, "ä" * 128, signature(RAW)[:-1], signature(RAW).upper(), f" {signature(RAW)} x"),
        *(signature(RAW + b" "), signature(RAW, ""), f"sha512={signature(RAW)}"),
    ],
)
def test_a_wrong_signature_is_401_and_leaves_no_trace(signed):
    with structlog.testing.capture_logs() as logged:
        assert sent(RAW, signed) == 401

    assert not ProviderEvent.objects.exists()
    assert "cb-1" not in str(logged)
    assert [line["event"] for line in logged if "webhook" in line["event"]] == ["payment_webhook_refused"]


def test_the_signature_is_over_the_bytes_not_over_what_they_mean():
    spaced = json.dumps(PAID, indent=2).encode()

    assert sent(spaced, signature(RAW)) == 401
    assert told(spaced) == 200


def test_a_body_is_read_up_to_a_limit_and_not_at_all_without_a_signature():
    largest = b" " * door.LARGEST

    assert told(largest) == 200
    assert told(largest + b" ") == 413
    assert sent(largest + b" ", "") == 401


def test_without_keys_there_is_no_such_address(settings):
    settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, keys=())

    assert told(PAID, key="") == 404
    assert not is_signed(b"", signature(b"", ""))
    assert Client().get(WEBHOOK).status_code == 405


@pytest.mark.parametrize("raw", MALFORMED)
def test_what_is_signed_and_malformed_is_kept_and_never_acted_on(raw):
    assert told(raw) == 200

    event = ProviderEvent.objects.get()
    assert (event.state, bytes(event.raw)) == ("ignored", raw)
    assert event.error


def test_an_unknown_event_is_kept_and_never_acted_on():
    assert told({"event": "subscription.create", "data": {"reference": 5}}) == 200

    event = ProviderEvent.objects.get()
    assert (event.event, event.state, event.error, event.reference) == ("subscription.create", "ignored", "", "")


@pytest.mark.parametrize(
    "body",
    [
        {"event": "refund.processed", "data": {"transaction_reference": "cb-7", "reference": "other"}},
        {"event": "charge.dispute.create", "data": {"transaction": {"reference": "cb-7"}, "reference": "other"}},
        {"event": "charge.success", "data": {"reference": "cb-7"}},
    ],
)
def test_each_kind_of_event_names_its_charge_in_its_own_place(body):
    assert heard_in(json.dumps(body).encode()).reference == "cb-7"


@given(
    raw=st.binary(max_size=300)
    | st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=10)
        | st.sampled_from(["charge.success", "refund.x"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["event", "data", "reference", "transaction", "x"]), inner, max_size=4)
        ),
        max_leaves=10,
    ).map(lambda said: json.dumps(said).encode())
)
def test_whatever_is_signed_is_understood_or_ignored(raw):
    heard = heard_in(raw)

    assert heard.is_ours <= (not heard.fault)
    assert len(heard.event) <= 64
    assert len(heard.reference) <= 255
    assert heard.reference.isprintable()


def test_a_copy_is_only_counted():
    for _ in range(3):
        assert told(PAID) == 200

    assert ProviderEvent.objects.get().times == 3


def test_a_copy_of_what_was_given_up_begins_anew():
    told(PAID)
    ProviderEvent.objects.update(state="failed", attempts=12)

    told(PAID)

    event = ProviderEvent.objects.get()
    assert (event.state, event.attempts, event.times, event.processed_at) == ("new", 0, 2, None)


@pytest.mark.django_db(transaction=True)
def test_two_hundred_copies_at_once_are_one_event():
    client = Client()  # to make one takes longer than all of this
    told(PAID, client=client)

    statuses = at_once(199, lambda _: told(PAID, client=client))

    assert [200, *statuses] == [200] * 200
    assert ProviderEvent.objects.get().times == 200


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_kept_is_not_acknowledged():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_providerevent RENAME TO gone")
    try:
        with structlog.testing.capture_logs():
            status = sent(RAW, signature(RAW))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE gone RENAME TO payments_providerevent")

    assert status == 500
    assert told(PAID) == 200


def test_no_limit_of_requests_holds_paystack_up(settings, monkeypatch):
    monkeypatch.setattr(rates, "PREFIX", f"test:{uuid4().hex}:")
    settings.CLOUDBOX_RATE_PER_ADDRESS = Rate(1, 86_400)

    assert [told(PAID) for _ in range(3)] == [200] * 3
    assert [Client().get("/api/v1/auth/profile").status_code for _ in range(2)][-1] == 429
