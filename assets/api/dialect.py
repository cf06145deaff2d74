"""What the ancestors' doors share: JSON answers, and how OpenAPI describes them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from cloudbox import strict_json
from cloudbox.dialects import Dialect

JSON = "application/json"
TEXT: dict[str, Any] = {"type": "string"}
BEARER: dict[str, Any] = {"tags": ["ancestors"], "security": [{"bearer": []}]}
PAGE: list[dict[str, Any]] = [
    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    {"name": "cursor", "in": "query", "schema": TEXT},
]


def json_answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(strict_json.dumps(value), JSON, status)


def refusal_of(dialect: Dialect) -> dict[str, Any]:
    """Return OpenAPI's description of how the dialect refuses."""
    return {"description": f"Why not, as {dialect.name} says it.", "content": {JSON: {"schema": dialect.schema}}}


def answers_of(dialect: Dialect) -> Callable[..., dict[str, Any]]:
    """Return what describes the answers of a call: its status, a sentence, and the properties of its JSON."""

    def answers(status: int, what: str, **properties: Any) -> dict[str, Any]:
        schema = {"type": "object", "required": list(properties), "properties": properties}
        return {
            str(status): {"description": what, "content": {JSON: {"schema": schema}}},
            "default": refusal_of(dialect),
        }

    return answers
