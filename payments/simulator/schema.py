"""The facts of Paystack's answers and webhooks that we rely on, as JSON Schemas.

They say no more than its documentation does: what is not named here may be anything. The tests hold every answer and
every webhook of the simulator against them, and Paystack's own examples, too.
"""

from typing import Any

Schema = dict[str, Any]

STATUSES = ["abandoned", "failed", "ongoing", "pending", "processing", "queued", "reversed", "success"]
REFUND_STATUSES = ["pending", "processing", "processed", "failed", "needs-attention"]
CURRENCIES = ["GHS", "KES", "NGN", "USD", "ZAR"]


def _object(required: str, **properties: Schema) -> Schema:
    """Return the schema of an object that has at least the `required` ones of these."""
    return {"type": "object", "required": required.split(), "properties": properties}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _as(schema: Schema, **properties: Schema) -> Schema:
    """Return a schema with some of its properties said more exactly."""
    return {**schema, "properties": {**schema["properties"], **properties}}


TEXT: Schema = {"type": "string"}
ID: Schema = {"type": "integer", "minimum": 1}
AMOUNT: Schema = {"type": "integer", "minimum": 0}
WRITTEN_AMOUNT: Schema = {"anyOf": [AMOUNT, {"type": "string", "pattern": "^[0-9]+$"}]}
TIME: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"}
CURRENCY: Schema = {"enum": CURRENCIES}
DOMAIN: Schema = {"enum": ["live", "test"]}
REFERENCE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9.=-]+$"}
METADATA: Schema = {"type": ["object", "string", "null", "integer"]}
CUSTOMER = _object("email", email={"type": "string", "pattern": "@"})

CHARGE = _object(
    "id domain status reference amount currency paid_at created_at channel metadata fees customer gateway_response",
    id=ID,
    domain=DOMAIN,
    status={"enum": STATUSES},
    reference=REFERENCE,
    amount=AMOUNT,
    requested_amount=_or_null(AMOUNT),  # not in all of the webhooks that are shown
    currency=CURRENCY,
    paid_at=_or_null(TIME),
    created_at=TIME,
    channel=TEXT,
    metadata=METADATA,
    fees=_or_null(AMOUNT),
    customer=CUSTOMER,
    gateway_response=_or_null(TEXT),
)
SUCCESS = _as(CHARGE, status={"const": "success"}, paid_at=TIME)
REFUND = _object(
    "id transaction amount currency domain status merchant_note customer_note",
    id=ID,
    transaction=ID,
    amount=WRITTEN_AMOUNT,
    currency=CURRENCY,
    domain=DOMAIN,
    status={"enum": REFUND_STATUSES},
    dispute=_or_null(ID),
    merchant_note=TEXT,
    customer_note=TEXT,
)
REFUND_BEGUN = _as(REFUND, transaction=_object("id reference amount currency", id=ID, reference=REFERENCE))
TOLD_CHARGE = _object("id reference amount currency", id=ID, reference=REFERENCE, amount=AMOUNT, currency=CURRENCY)
DISPUTE = _object(
    "id refund_amount currency status resolution domain transaction transaction_reference category dueAt",
    id=ID,
    refund_amount=_or_null(AMOUNT),
    currency=_or_null(CURRENCY),
    status={"enum": ["awaiting-merchant-feedback", "awaiting-bank-feedback", "pending", "resolved", "archived"]},
    resolution=_or_null({"enum": ["merchant-accepted", "declined", "auto-accepted"]}),
    domain=DOMAIN,
    transaction=TOLD_CHARGE,
    transaction_reference=_or_null(REFERENCE),
    category=_or_null(TEXT),
    dueAt=_or_null(TIME),
)
REFUND_EVENT = _object(
    "status transaction_reference refund_reference amount currency customer domain",
    status={"enum": REFUND_STATUSES},
    transaction_reference=TEXT,
    refund_reference=_or_null(TEXT),
    amount=WRITTEN_AMOUNT,
    currency=CURRENCY,
    customer=CUSTOMER,
    domain=DOMAIN,
)
META = _object(
    "total perPage page pageCount",
    total={"type": "integer", "minimum": 0},
    perPage={"type": ["integer", "string"]},
    page={"type": "integer", "minimum": 1},
    pageCount={"type": "integer", "minimum": 0},
)
BEGUN = _object(
    "authorization_url access_code reference", authorization_url=TEXT, access_code=TEXT, reference=REFERENCE
)


def _answer(data: Schema) -> Schema:
    return _object("status message data", status={"const": True}, message=TEXT, data=data)


def _page(item: Schema) -> Schema:
    schema = _answer({"type": "array", "items": item})
    return {**_as(schema, meta=META), "required": ["status", "message", "data", "meta"]}


ANSWERS: dict[str, Schema] = {
    "initialize": _answer(BEGUN),
    "verify": _answer(CHARGE),
    "charge": _answer(CHARGE),
    "charges": _page(CHARGE),
    "refund": _answer(REFUND_BEGUN),
    "refund_of": _answer(REFUND),
    "refunds": _page(REFUND),
    "disputes": _page(DISPUTE),
    "dispute_of": _answer(DISPUTE),
}
REFUSAL = _object("status message", status={"const": False}, message=TEXT)

_EVENTS: dict[str, Schema] = {
    "charge.success": SUCCESS,
    **{f"charge.dispute.{what}": DISPUTE for what in ("create", "remind", "resolve")},
    **{f"refund.{status}": _as(REFUND_EVENT, status={"const": status}) for status in REFUND_STATUSES},
}
EVENTS = {event: _object("event data", event={"const": event}, data=data) for event, data in _EVENTS.items()}
