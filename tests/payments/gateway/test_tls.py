"""Paystack over TLS: whose certificate cannot be verified is not told the key, and whoever drips is cut off, too."""

import socket
import time
from dataclasses import replace

import pytest
import requests.adapters

from payments import asking, paystack
from payments.paystack import PaystackUnavailable
from tests.payments.gateway.conftest import KEY
from tests.payments.gateway.liar import lying, yes
from tests.payments.gateway.samples import CHARGE
from tests.providers import HOSTS


@pytest.fixture
def liar(settings, monkeypatch, stand_in):
    """One who shows a certificate for a name that leads here, by an authority that nobody knows."""
    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _host, *more, **named: real("127.0.0.1", *more, **named))
    with lying(stand_in.tls) as liar:
        liar.answer(yes(CHARGE))
        url = f"https://{HOSTS[0]}:{liar.port}"
        settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, keys=(KEY,), url=url, checkout=url)
        yield liar


@pytest.fixture
def known_authority(monkeypatch, stand_in):
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", stand_in.environment()["REQUESTS_CA_BUNDLE"])


def test_a_certificate_that_cannot_be_verified_ends_it(liar, stand_in, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", stand_in.environment()["REQUESTS_CA_BUNDLE"])

    with pytest.raises(PaystackUnavailable, match="certificate"):
        paystack.verify("cb-1")

    assert liar.asked == []


def test_a_verified_one_is_asked(liar, known_authority):
    charge = paystack.verify("cb-1")

    assert charge
    assert (charge.id, liar.asked[0].key) == (CHARGE["id"], KEY)


def test_an_answer_that_drips_is_cut_off_under_tls_too(liar, known_authority, monkeypatch):
    monkeypatch.setattr(asking, "ALL", 0.6)
    liar.answer("trickle")
    began = time.monotonic()

    with pytest.raises(PaystackUnavailable):
        paystack.verify("cb-1")

    assert time.monotonic() - began < 5
