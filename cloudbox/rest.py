"""What every Django REST framework view shares: its parsers, its renderer, and JSON whatever is accepted."""
# ruff: noqa: ARG002 - the framework calls these methods with more than they need

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from cloudbox import strict_json
from cloudbox.errors import BodyTooLarge
from cloudbox.http import LARGEST_FORM, a_slot, announced_size

type_of_context = Mapping[str, Any] | None


class JsonParser(BaseParser):
    """Reads JSON bodies of at most CLOUDBOX_MAX_JSON bytes."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: type_of_context = None) -> Any:
        return strict_json.body_of((parser_context or {})["request"])


class FormParser(MultiPartParser):
    """Reads small multipart forms, such as a profile with its picture. Files go through `forms.multipart_file`."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: type_of_context = None) -> Any:
        request = (parser_context or {})["request"]
        size = announced_size(request)
        if size is None or size > LARGEST_FORM:
            raise BodyTooLarge(limit=LARGEST_FORM)
        with a_slot(request):
            return super().parse(stream, media_type, parser_context)


class JsonRenderer(BaseRenderer):
    """Writes JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, media_type: str | None = None, renderer_context: type_of_context = None) -> bytes:
        return b"" if data is None else strict_json.dumps(data)


class AlwaysJson(DefaultContentNegotiation):
    """Answers JSON whatever the Accept header says, as RFC 9110 section 12.1 allows: there is nothing else."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)
