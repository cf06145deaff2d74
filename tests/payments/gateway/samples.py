"""What Paystack's documentation shows."""

from typing import Any

CHARGE: dict[str, Any] = {
    "id": 4099260516,
    "domain": "test",
    "status": "success",
    "reference": "re4lyvq3s3",
    "receipt_number": None,
    "amount": 40333,
    "message": None,
    "gateway_response": "Successful",
    "paid_at": "2024-08-22T09:15:02.000Z",
    "created_at": "2024-08-22T09:14:24.000Z",
    "channel": "card",
    "currency": "NGN",
    "metadata": "",
    "fees": 10283,
    "customer": {"id": 181873746, "email": "demo@test.com", "metadata": None},
    "plan": None,
    "requested_amount": 30050,
}
REFUND: dict[str, Any] = {
    "id": 3018284,
    "transaction": 1004723697,
    "amount": 10000,
    "currency": "NGN",
    "domain": "live",
    "status": "pending",
}
DISPUTE: dict[str, Any] = {
    "id": 2867,
    "refund_amount": 1002,
    "currency": "NGN",
    "status": "resolved",
    "resolution": "merchant-accepted",
    "domain": "test",
    "transaction": {"id": 5991760, "reference": "asjck8gf76zd1dr", "amount": 39100, "currency": "NGN"},
    "transaction_reference": None,
    "category": "general",
    "dueAt": "2019-08-29T15:23:31.000Z",
    "history": [{"status": "pending", "by": "demo@test.co", "createdAt": "2017-11-16T16:12:24.000Z"}],
}
