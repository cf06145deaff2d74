"""/payments/webhook: what Paystack tells. Whoever signs the body may; nobody else leaves a trace."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cloudbox.http import read_whole
from payments.services import webhooks

LARGEST = 256 * 1024  # bytes


@csrf_exempt
@require_POST
def hear(request: HttpRequest) -> HttpResponse:
    """Answer once it is kept: anything but 200 makes Paystack send it again."""
    webhooks.receive(
        signature=request.headers.get("X-Paystack-Signature", ""),
        address=request.META.get("REMOTE_ADDR", ""),
        read=lambda: read_whole(request, LARGEST),
    )
    return HttpResponse(status=200)


_SIGNATURE: dict[str, Any] = {
    "name": "X-Paystack-Signature",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "HMAC-SHA512 of the body with the secret key, in hex.",
}
view: Any = hear
view.openapi = {
    "post": {
        "summary": "Take a webhook of Paystack",
        "description": "Kept if it is signed, and acted on afterwards, once however often it comes.",
        "tags": ["payments"],
        "security": [{}],
        "parameters": [_SIGNATURE],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"description": "It is kept."}},
    }
}
