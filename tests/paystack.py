"""A pytest plugin: a Paystack on this machine, which our settings name.

`paystack` is a simulator of its own for each test. Webhooks stay with it until `deliver` hands them over, or until
a test gives it the address of a server: `paystack.webhook_url = …`.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as house
from django.test import Client

from payments.simulator import Simulator
from payments.simulator.book import Webhook

KEY = "sk_test_the_simulators_own_key"
WEBHOOK = "/api/v1/payments/webhook"


@pytest.fixture
def paystack(settings: Any) -> Iterator[Simulator]:
    with Simulator(KEY) as simulator:
        for name, value in settings_for(simulator).items():
            setattr(settings, name, value)
        yield simulator


def settings_for(simulator: Simulator) -> dict[str, Any]:
    """Return our settings with which a simulator is asked."""
    paying = dataclasses.replace(
        house.CLOUDBOX_PAYING,
        billing=True,
        simulated=True,
        keys=(KEY,),
        url=simulator.url,
        checkout=simulator.url,
    )
    return {"CLOUDBOX_PAYING": paying, "CLOUDBOX_BILLING": True}


def deliver(webhook: Webhook) -> int:
    """Hand a webhook over to our door, as Paystack would, and return the status of the answer."""
    headers = {"x-paystack-signature": webhook.signature}
    answer = Client().post(WEBHOOK, webhook.body, content_type="application/json", headers=headers)
    return answer.status_code


def waiting(simulator: Simulator) -> list[Webhook]:
    """Return the webhooks that Paystack would send, in their order."""
    return [webhook for webhook in simulator.webhooks if webhook.state == "waiting"]
