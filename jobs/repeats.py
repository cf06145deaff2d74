"""Let the `post` of a creating view be repeated under an Idempotency-Key.

class Folders(APIView):
    @extend_schema(...)
    @idempotent
    def post(self, request): ...
"""

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from cloudbox.errors import BadInput
from jobs.idempotency import Answer, key_of, once

HEADER = "Idempotency-Key"
_described = extend_schema(
    parameters=[
        OpenApiParameter(
            HEADER, str, OpenApiParameter.HEADER, description="Repeats under one key are done once and answered alike."
        )
    ]
)


def idempotent(post: Callable[..., Response]) -> Callable[..., Response]:
    """Run the view once for each user and key; a repeat gets the stored answer and `Idempotency-Replayed: true`.

    Everything the view does belongs to one transaction with the stored answer. Not for uploads: the
    body is compared, so it must be parsed before anything happens. Callers without an account have no keys.
    """

    @functools.wraps(post)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = key_of(request.headers.get(HEADER))
        caller: Any = request.auth  # accounts.callers.Caller, which this app does not know
        user_id = caller.author_id if caller else None
        if key is None or user_id is None:
            return post(view, request, *args, **kwargs)
        first: list[Response] = []

        def run() -> Answer:
            response = post(view, request, *args, **kwargs)
            first.append(response)
            body: Any = request.accepted_renderer.render(response.data)  # the bytes that are sent
            return Answer(status=response.status_code, body=body.decode())

        stored = once(user_id=user_id, key=key, request_sha256=_fingerprint(request, caller.limits), run=run)
        if not stored.replayed:
            return first[0]
        body = json.loads(stored.body) if stored.body else None
        return Response(body, status=stored.status, headers={"Idempotency-Replayed": "true"})

    return _described(answer)


def _fingerprint(request: Request, limits: Any) -> str:
    """Return the SHA-256 of what is asked for: method, address and the values of the body, in hex.

    What somebody was told is not for their access keys, which see less: with one, it is another request.
    """
    data = dict(request.data.lists()) if isinstance(request.data, QueryDict) else request.data
    by = [limits.key_id] if limits else []
    asked = json.dumps([request.method, request.get_full_path(), data, *by], sort_keys=True, default=_unhashable)
    return hashlib.sha256(asked.encode()).hexdigest()


def _unhashable(value: object) -> str:
    if isinstance(value, UploadedFile):
        raise BadInput(HEADER, "Not for requests that carry a file.")
    return str(value)
