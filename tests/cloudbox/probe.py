"""A URLconf with one view for each thing that cloudbox.http does.

The live tests run it under granian and gunicorn (`probe_server`), the others through Django's test client.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cloudbox import front, health, problems
from cloudbox.errors import Busy, DigestMismatch, StoreUnavailable
from cloudbox.forms import multipart_file
from cloudbox.http import CHUNK, Content, body_chunks, declared_digests, release_connection, send
from cloudbox.serializers import StrictSerializer
from cloudbox.slots import body_slots

MODIFIED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@csrf_exempt
def sink(request: HttpRequest) -> HttpResponse:
    """Tell how long a body was and what it hashes to; a declared SHA-256 must agree."""
    declared = declared_digests(request)
    chunks = body_chunks(request)
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    if declared.sha256 is not None and declared.sha256 != digest.digest():
        raise DigestMismatch(algorithm="sha256")
    if "marker" in request.GET:
        Path(request.GET["marker"]).touch()
    return JsonResponse({"size": size, "sha256": digest.hexdigest()})


@csrf_exempt
def form(request: HttpRequest) -> HttpResponse:
    """Tell what a form with a file holds."""
    held = multipart_file(request)
    digest = hashlib.sha256()
    for chunk in held.chunks:
        digest.update(chunk)
    return JsonResponse({"name": held.filename, "fields": held.fields, "sha256": digest.hexdigest()})


def source(request: HttpRequest) -> HttpResponseBase:
    """Send so many bytes as `size` says, all of them from the alphabet; the store is gone at the byte `gone_at`."""
    size, gone_at = int(request.GET["size"]), int(request.GET.get("gone_at", -1))

    def blocks(start: int, stop: int) -> Iterator[bytes]:
        letters = bytes(range(97, 123)) * (CHUNK // 26 + 2)
        for at in range(start, stop, CHUNK):
            if at == gone_at:
                raise StoreUnavailable
            yield letters[at % 26 :][: min(CHUNK, stop - at)]

    with connection.cursor() as cursor:  # takes a connection, as every real download does
        cursor.execute("SELECT 1")
    return send(
        request,
        Content(open=blocks, size=size, etag="abc", modified=MODIFIED, content_type="text/plain", name="letters.txt"),
    )


def query(request: HttpRequest) -> HttpResponse:
    """Ask the database something, and tell how many bodies are being read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return JsonResponse({"backend": cursor.fetchone()[0], "bodies": body_slots.total()})


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the password is hunter2")


@csrf_exempt
def busy(request: HttpRequest) -> HttpResponse:
    raise Busy(retry_after=7)


def holds_connection(request: HttpRequest) -> HttpResponse:
    release_connection()
    return JsonResponse({"held": connection.connection is not None})


@require_GET
def only_get(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse()


class ThingIn(StrictSerializer):
    name = serializers.CharField(max_length=10)
    size = serializers.IntegerField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    role = serializers.ChoiceField(["viewer", "editor"], required=False)


class Things(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request) -> Response:
        thing = ThingIn(data=request.data)
        thing.is_valid(raise_exception=True)
        return Response(thing.validated_data)


handler400, handler403 = problems.bad_request, problems.permission_denied
handler404, handler500 = problems.page_not_found, problems.server_error

urlpatterns = [
    path("admin/", admin.site.urls),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", front.welcome),
    path("api/docs", front.docs, name="docs"),
    path("api/sink", sink),
    path("api/form", form),
    path("api/source", source),
    path("api/query", query),
    path("api/crash", crash),
    path("crash", crash),
    path("api/busy", busy),
    path("api/things", Things.as_view()),
    path("api/links/<token>", only_get),
]
