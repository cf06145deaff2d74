"""/events: what happens that concerns me, as it happens or when I ask.

A listener gets server-sent events (WHATWG HTML, section 9.2). They hold a thread each, so they are few; whoever finds
no place, and whoever cannot listen, asks now and then instead.
"""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activity import kinds, news
from activity.api.asking import me
from activity.listening import Heard, Hearing, Reset, listen, still_counts
from activity.news import News
from cloudbox import strict_json
from cloudbox.asked import only
from cloudbox.errors import BadInput
from cloudbox.pages import limit_of

STREAM = "text/event-stream"
COME_BACK = 3000  # milliseconds after which a browser whose connection ended tries again
MOST_DIGITS = 18
HEADERS = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}  # the latter is for nginx
PARAMETERS = [
    OpenApiParameter("after", int, description="The id of the last event that you have; 0: all that are kept."),
    OpenApiParameter("kinds", str, description="Only these, with commas between them."),
    OpenApiParameter(
        "poll", str, enum=["1"], description="Answer at once, with a page, as `Accept: application/json`."
    ),
    OpenApiParameter("limit", int, description="Of a page."),
    OpenApiParameter("Last-Event-ID", int, "header", description="As `after`, sent by browsers; it goes first."),
]


class EventOut(serializers.Serializer[News]):
    id = serializers.IntegerField(source="seq")
    type = serializers.CharField(source="kind", help_text="Its kind.")
    timestamp = serializers.DateTimeField(source="at")
    data = serializers.DictField(  # type: ignore[assignment]  # a field, too
        help_text="`actor`, `target` (or null) and `facts`."
    )


class EventsOut(serializers.Serializer[object]):
    items = EventOut(many=True)
    next = serializers.IntegerField(help_text="Ask with `after=` this the next time.")
    reset = serializers.BooleanField(help_text="Events are missing before these: look at everything anew.")


class KindOut(serializers.Serializer[kinds.Kind]):
    name = serializers.CharField()
    topic = serializers.CharField()
    says = serializers.CharField(help_text="What happened, in the language of the request.")
    facts = serializers.DictField(child=serializers.CharField(), help_text="What each of its facts is, in English.")


class KindsOut(serializers.Serializer[object]):
    items = KindOut(many=True)


class Events(APIView):
    keys_read = True

    @extend_schema(
        summary="Listen to what happens",
        tags=["events"],
        parameters=PARAMETERS,
        responses={(200, STREAM): OpenApiTypes.STR, (200, "application/json"): EventsOut},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """What concerns you, as it happens (server-sent events), or a page of it."""
        query = only(request.query_params, "after", "kinds", "poll", "limit")
        last = _last(request)
        wanted = _kinds(query.get("kinds", ""))
        if _polls(request):
            return Response(_page(request, last, wanted, limit_of(query.get("limit"))), headers=HEADERS)
        if "limit" in query:
            raise BadInput("limit", "It is for pages, with poll=1.")
        caller = request.auth
        hearing = listen(user_id=me(request), last=last, kinds=wanted, counts=lambda: still_counts(caller))
        return StreamingHttpResponse(_Lines(hearing), content_type=STREAM, headers=HEADERS)

    def head(self, request: Request) -> HttpResponseBase:
        """Say what a GET would, without listening."""
        return HttpResponse(content_type="application/json" if _polls(request) else STREAM, headers=HEADERS)


class Kinds(APIView):
    keys_read = True

    @extend_schema(summary="List the kinds of events", tags=["events"], responses=KindsOut)
    def get(self, request: Request) -> Response:
        """With the facts of each."""
        only(request.query_params)
        return Response(KindsOut({"items": kinds.known()}).data)


class _Lines:
    """What a listener hears, as it is sent."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._began = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._began:
            self._began = True
            return f"retry: {COME_BACK}\n\n".encode()
        return _lines(next(self._hearing))

    def close(self) -> None:
        self._hearing.close()


def _lines(heard: Heard) -> bytes:
    if heard is None:
        return b":\n\n"
    if isinstance(heard, int):
        return f"id: {heard}\n\n".encode()
    if isinstance(heard, Reset):
        return f'id: {heard.seq}\nevent: reset\ndata: {{"next":{heard.seq}}}\n\n'.encode()
    return b"id: %d\ndata: %s\n\n" % (heard.seq, strict_json.dumps(EventOut(heard).data))


def _page(request: Request, last: int | None, wanted: list[str], limit: int) -> dict[str, Any]:
    newest = news.number()
    if last is None or not news.has_all_after(last):
        return EventsOut({"items": [], "next": newest, "reset": last is not None}).data
    found = news.page_after(last, limit, user_id=me(request), kinds=wanted)
    return EventsOut({"items": found.events, "next": found.reached, "reset": False}).data


def _polls(request: Request) -> bool:
    accepted = request.headers.get("Accept", "")
    if request.query_params.get("poll", "1") != "1":
        raise BadInput("poll", "1, or nothing.")
    return "poll" in request.query_params or ("application/json" in accepted and STREAM not in accepted)


def _last(request: Request) -> int | None:
    """Return the number of the last event that the client has; None for one that begins."""
    field, text = "Last-Event-ID", request.headers.get("Last-Event-ID")
    if text is None:
        field, text = "after", request.query_params.get("after")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise BadInput(field, "The id of an event.")
    return int(text)


def _kinds(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if kinds.find(name) is None:
            raise BadInput("kinds", f"There is no kind {name[:64]}.")
    return names
