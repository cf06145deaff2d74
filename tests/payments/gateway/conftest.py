from dataclasses import replace

import pytest

from payments import asking
from tests.payments.gateway.liar import lying

KEY, PREVIOUS = "sk_test_" + "a" * 40, "sk_test_" + "b" * 40


@pytest.fixture
def liar(settings, monkeypatch):
    """Somebody who answers in Paystack's place, with whom nobody is patient."""
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    monkeypatch.setattr(asking, "ANSWER", 0.15)
    with lying() as liar:
        settings.CLOUDBOX_PAYING = replace(
            settings.CLOUDBOX_PAYING, billing=True, simulated=False, keys=(KEY,), url=liar.url, checkout=liar.url
        )
        yield liar


@pytest.fixture
def two_keys(liar, settings):
    """Keys are being changed."""
    settings.CLOUDBOX_PAYING = replace(settings.CLOUDBOX_PAYING, keys=(KEY, PREVIOUS))
    return KEY, PREVIOUS
