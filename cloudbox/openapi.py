"""The OpenAPI description: what the REST framework tells of itself, and the dictionaries beside plain views.

A plain Django view on a hot path says `view.openapi = {"get": {...operation...}}`; classes say it in
the class.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import sanitize_result_object

from cloudbox import strict_json
from cloudbox.dialects import DIALECTS
from cloudbox.pages import MOST
from cloudbox.problems import CONTENT_TYPE

NATIVE = "/api/v1/"
DESCRIBED = (NATIVE, *(dialect.prefix for dialect in DIALECTS))
_generator: Any = SchemaGenerator  # drf-spectacular has no types
_sanitized: Any = sanitize_result_object
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457), with the facts that belong to the code.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong this time, for people."},
        "code": {"type": "string", "description": "What is wrong, for programs; never changes its meaning."},
        "request_id": {"type": "string", "description": "What the server's log calls this request."},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": {"type": "string"}, "reason": {"type": "string"}}},
        },
    },
}
PARAMETER = re.compile(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\]|\((?:[^()\[\]]|\[[^\]]*\])*\))*\)")


class Operations(AutoSchema):
    """Names each operation by its method and path, so that no two have the same name."""

    def get_operation_id(self) -> str:
        return _operation_id(self.method, self.path)

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Say that what is open to anyone is read without a token, where a permission lets `anyone_reads`."""
        known: list[dict[str, list[str]]] = super().get_auth()
        anyone_reads = any(getattr(permission, "anyone_reads", False) for permission in self.view.permission_classes)
        return [*known, {}] if self.method == "GET" and anyone_reads else known


def add_plain_views(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: add the operations that plain views tell of themselves."""
    for path, view in routes():
        operations = getattr(view, "openapi", None) or getattr(getattr(view, "view_class", None), "openapi", None)
        if operations:
            described = {method: _completed(path, method, operation) for method, operation in operations.items()}
            result["paths"].setdefault(path, {}).update(described)
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def add_house_rules(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: say what holds for every call.

    It refuses with problem details, takes no field that it does not know, and lists end somewhere.
    """
    components = result.setdefault("components", {})
    for name, schema in components.get("schemas", {}).items():
        if name.endswith("Request") and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["responses"] = {
        "Problem": {
            "description": "Why not; /api/errors explains every code.",
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    for item in result["paths"].values():
        for operation in item.values():
            operation["responses"].setdefault("default", {"$ref": "#/components/responses/Problem"})
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "limit":
                    parameter["schema"] |= {"minimum": 1, "maximum": MOST}
    return result


def _completed(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Return the operation of a plain view with what its address tells: a name, and the parameters in the path."""
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"} if name.endswith("_id") else {"type": "string"},
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    return {
        "operationId": _operation_id(method, path),
        "security": [{"bearer": []}, {}],  # what anyone may see needs no token
        **operation,
        "parameters": [*in_path, *operation.get("parameters", [])],
    }


def _operation_id(method: str, path: str) -> str:
    named = re.sub(r"\{(\w+)\}", r"by_\1", path.removeprefix(NATIVE))
    words = re.sub(r"[.-]", "_", named).split("/")
    return "_".join([method.lower(), *filter(None, words)])


def routes(resolver: URLResolver | None = None, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """Yield (path template, view) of every address below /api/v1/, and of the ancestors'."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + _template(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, path)
        elif isinstance(pattern, URLPattern) and path.startswith(DESCRIBED):
            yield path, pattern.callback


@cache
def description() -> dict[str, Any]:
    """Return the whole description; made once, as it takes a while."""
    return dict(_sanitized(_generator().get_schema(request=None, public=True)))


@require_safe
def schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes one
    """The OpenAPI description of the native API."""
    return HttpResponse(strict_json.dumps(description()), "application/vnd.oai.openapi+json")


def _template(pattern: str) -> str:
    """Return a route or a regular expression as a path with {parameters}, as OpenAPI writes it."""
    template = PARAMETER.sub(r"{\1}", re.sub(r"/\?$", "/", pattern.removeprefix("^").removesuffix("$")))
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", template).replace("\\", "")
