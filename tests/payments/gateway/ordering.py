"""Ordering, paying and telling of it."""

import hashlib
import hmac
import json
from typing import Any

from django.test import Client

from accounts.models import User
from payments.models import Order, ProviderEvent
from payments.services import checkout, webhooks
from payments.simulator import Simulator
from payments.simulator.book import Webhook
from tests.paystack import KEY, WEBHOOK
from tests.people import caller_for


def ordered(user: User, plan: str = "basic") -> Order:
    """Return an order that waits for its payment."""
    return Order.objects.get(id=checkout.begin(by=caller_for(user), plan=plan, currency="NGN").id)


def paid(simulator: Simulator, order: Order) -> Webhook:
    """Pay at the simulator, and return the webhook that tells of it."""
    simulator.pay(order.reference)
    return simulator.webhooks[-1]


def signature(body: bytes, key: str = KEY) -> str:
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


def told(body: Any, *, key: str = KEY, path: str = WEBHOOK, client: Client | None = None) -> int:
    """Send a body, signed, to the door, and return the status of the answer. What is no bytes becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sent(raw, signature(raw, key), path=path, client=client)


def sent(raw: bytes, signed: str, *, path: str = WEBHOOK, client: Client | None = None) -> int:
    """Send a body with that signature to the door, and return the status of the answer."""
    answer = (client or Client(raise_request_exception=False)).post(
        path, raw, content_type="application/json", headers={"X-Paystack-Signature": signed}
    )
    return answer.status_code


def work_off() -> None:
    """Do what the tasks of the waiting events would."""
    for event in ProviderEvent.objects.filter(state="new").order_by("id"):
        webhooks.process(event.pk, event.attempts)
