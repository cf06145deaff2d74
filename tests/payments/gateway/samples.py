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
