"""How Paystack tells what it knows: the JSON of its answers and webhooks, with their oddities.

As documented in PaystackOSS/openapi and PaystackOSS/doc-code-snippets.
"""

import json
from datetime import UTC, datetime
from typing import Any

from payments.simulator.book import Charge, Dispute, Refund

INTEGRATION = 412829


def at(seconds: float | None) -> str | None:
    """Return a time as Paystack writes it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def verified(charge: Charge) -> dict[str, Any]:
    """The answer to verifying or fetching a transaction. Without metadata, that is an empty text."""
    return _charge(charge, "") | {
        "receipt_number": None,
        "log": None,
        "fees_breakdown": None,
        "connect": None,
        "split": {},
        "plan_object": {},
        "transaction_date": at(charge.created),
    }


def listed(charge: Charge) -> dict[str, Any]:
    """An item of the list of transactions. Without metadata, that is null."""
    source = {"source": "merchant_api", "type": "api", "identifier": None, "entry_point": "transaction_initialize"}
    return _charge(charge, None) | {"plan": {}, "split": {}, "subaccount": {}, "source": source, "connect": None}


def succeeded(charge: Charge) -> dict[str, Any]:
    """The data of `charge.success`. Without metadata, that is a zero."""
    return _charge(charge, 0) | {"log": None, "fees_breakdown": None, "subaccount": {}, "split": {}}


def _charge(charge: Charge, no_metadata: Any) -> dict[str, Any]:
    paid = charge.paid is not None
    return {
        "id": charge.id,
        "domain": charge.domain,
        "status": charge.status,
        "reference": charge.reference,
        "amount": charge.amount,
        "message": None,
        "gateway_response": charge.gateway_response,
        "paid_at": at(charge.paid),
        "created_at": at(charge.created),
        "channel": charge.channel,
        "currency": charge.currency,
        "ip_address": "127.0.0.1",
        "metadata": json.loads(charge.metadata) if charge.metadata else no_metadata,
        "fees": charge.fees,
        "fees_split": None,
        "authorization": _authorization(charge) if paid else {},
        "customer": _customer(charge),
        "plan": None,
        "order_id": None,
        "paidAt": at(charge.paid),
        "createdAt": at(charge.created),
        "requested_amount": charge.requested,
        "pos_transaction_data": None,
        "source": None,
    }


def _authorization(charge: Charge) -> dict[str, Any]:
    return {
        "authorization_code": f"AUTH_{charge.access_code[:10]}",
        "bin": "408408",
        "last4": "4081",
        "exp_month": "12",
        "exp_year": "2030",
        "channel": charge.channel,
        "card_type": "visa ",
        "bank": "TEST BANK",
        "country_code": "NG",
        "brand": "visa",
        "reusable": True,
        "signature": "SIG_simulated",
        "account_name": None,
    }


def _customer(charge: Charge) -> dict[str, Any]:
    return {
        "id": charge.id + 1,
        "first_name": None,
        "last_name": None,
        "email": charge.email,
        "customer_code": f"CUS_{charge.access_code}",
        "phone": None,
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def refund_begun(refund: Refund, charge: Charge) -> dict[str, Any]:
    """The answer to asking for a refund: here the transaction is told in full."""
    told = _charge(charge, "")
    told = {name: told[name] for name in ("id", "domain", "reference", "amount", "paid_at", "channel", "currency")}
    return _refund(refund) | {"transaction": told}


def refund_listed(refund: Refund) -> dict[str, Any]:
    """A refund in the list or by itself: here the transaction is its id."""
    done = refund.status == "processed"
    return _refund(refund) | {
        "dispute": refund.dispute,
        "settlement": None,
        "refunded_at": at(refund.updated) if done else None,
        "fully_deducted": done,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "integration": INTEGRATION,
        "transaction": refund.charge,
        "domain": refund.domain,
        "amount": refund.amount,
        "deducted_amount": refund.amount if refund.status == "processed" else 0,
        "fully_deducted": False,
        "currency": refund.currency,
        "channel": None,
        "status": refund.status,
        "refunded_by": "simulator@example.com",
        "expected_at": at(refund.created + 10 * 86400),
        "customer_note": refund.customer_note,
        "merchant_note": refund.merchant_note,
        "createdAt": at(refund.created),
        "updatedAt": at(refund.updated),
    }


def refund_event(refund: Refund, charge: Charge) -> dict[str, Any]:
    """The data of `refund.…`: only one of them has an id, and the amount is a text in some."""
    told: dict[str, Any] = {
        "status": refund.status,
        "transaction_reference": charge.reference,
        "refund_reference": None if refund.status in {"pending", "processing"} else f"TRF_{refund.id}",
        "amount": refund.amount if refund.status in {"failed", "needs-attention"} else str(refund.amount),
        "currency": refund.currency,
        "customer": {"first_name": None, "last_name": None, "email": charge.email},
        "integration": INTEGRATION,
        "domain": refund.domain,
    }
    if refund.status == "needs-attention":
        notes = {"customer_note": refund.customer_note, "merchant_note": refund.merchant_note}
        return told | {"id": str(refund.id)} | notes
    return told | {"processor": "instant-transfer"}


def dispute_told(dispute: Dispute, charge: Charge) -> dict[str, Any]:
    """A dispute by itself: its times have other names than in its webhooks."""
    told = dispute_event(dispute, charge)
    return told | {"createdAt": told.pop("created_at"), "updatedAt": told.pop("updated_at")}


def dispute_event(dispute: Dispute, charge: Charge) -> dict[str, Any]:
    """The data of `charge.dispute.…`: what it is about is within `transaction`, not in `transaction_reference`."""
    return {
        "id": dispute.id,
        "refund_amount": dispute.amount,
        "currency": dispute.currency,
        "status": dispute.status,
        "resolution": dispute.resolution,
        "domain": dispute.domain,
        "transaction": _charge(charge, "") | {"log": None},
        "transaction_reference": None,
        "category": "chargeback",
        "customer": _customer(charge),
        "bin": "408408",
        "last4": "4081",
        "dueAt": at(dispute.created + 86400),
        "resolvedAt": at(dispute.resolved),
        "evidence": None,
        "attachments": None,
        "note": None,
        "history": [{"status": "pending", "by": charge.email, "createdAt": at(dispute.created)}],
        "messages": [{"sender": charge.email, "body": "I did not buy this.", "createdAt": at(dispute.created)}],
        "created_at": at(dispute.created),
        "updated_at": at(dispute.resolved or dispute.created),
    }
