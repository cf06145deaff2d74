"""How the ancestors' doors say no: in the shape their clients know, at the true HTTP status.

Whatever refuses a request, a view, the framework or a middleware, its address decides the shape, so that a client
of an ancestor never meets a problem of RFC 9457. The sentences are the ancestor's where it has one; the others are
ours and name the field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from cloudbox.errors import Refusal

# What a client that sends something else than the documented call is shown that call with.
SHOWN_THE_CALL = {"malformed_json", "method_not_allowed", "unsupported_media_type"}
type_of_schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The refusals of one ancestor.

    `fields` are its names for our fields. `sentences` and `statuses` are by our codes; where they are silent, our
    own stand.
    """

    name: str
    prefix: str
    body: Callable[[int, str], dict[str, Any]]
    schema: type_of_schema
    fields: Mapping[str, str]
    sentences: Mapping[str, str]
    statuses: Mapping[str, int] = field(default_factory=dict)

    def status_of(self, refusal: Refusal) -> int:
        return self.statuses.get(refusal.code, refusal.status)

    def body_of(self, refusal: Refusal, request: HttpRequest) -> dict[str, Any]:
        """Return the refusal as this ancestor's clients know it."""
        sentence = self.sentences.get(refusal.code) or self._own_words(refusal)
        right_call = getattr(request, "right_call", "")
        if right_call and refusal.code in SHOWN_THE_CALL:
            sentence = f"{sentence} The right call: {right_call}"
        return self.body(self.status_of(refusal), sentence)

    def _own_words(self, refusal: Refusal) -> str:
        faults = refusal.facts.get("errors") or [{"field": refusal.facts.get("field"), "reason": refusal.message}]
        assert isinstance(faults, list)  # noqa: S101 - what BadInputs has
        return " ".join(self._named(fault) for fault in faults if isinstance(fault, dict))

    def _named(self, fault: Mapping[str, Any]) -> str:
        name = self.fields.get(fault["field"], fault["field"])
        named = not name or name in fault["reason"].lower()
        return str(fault["reason"]) if named else f"{name}: {fault['reason']}"


def _schema(**properties: type_of_schema) -> type_of_schema:
    return {"type": "object", "required": list(properties), "properties": properties}


MIN_OBJECT_STORAGE = Dialect(
    name="min-object-storage",
    prefix="/users/",
    body=lambda _status, sentence: {"error": sentence},
    schema=_schema(error={"type": "string"}),
    fields={"email": "username"},
    sentences={
        "email_taken": "User exists",
        "username_taken": "User exists",
        "wrong_credentials": "Invalid username or password",
    },
    statuses={"email_taken": 400, "username_taken": 400},
)
GENERAL_STORAGE = Dialect(
    name="general storage",
    prefix="/api/v1/user/",
    body=lambda status, sentence: {"_status": "ERR", "_error": {"code": status, "message": sentence}},
    schema=_schema(
        _status={"type": "string", "enum": ["ERR"]},
        _error=_schema(code={"type": "integer"}, message={"type": "string"}),
    ),
    fields={"username": "name", "email": "name", "new_password": "password", "current_password": "old_password"},
    sentences={
        "email_taken": "user is exist",
        "unsupported_media_type": "parameter is not application/json.",
        "username_taken": "user is exist",
        # Two sentences would tell whether there is such a user.
        "wrong_credentials": "can not find user or password is error",
    },
    statuses={"email_taken": 400, "unsupported_media_type": 400, "username_taken": 400},
)
DIALECTS = (MIN_OBJECT_STORAGE, GENERAL_STORAGE)


def dialect_of(request: HttpRequest) -> Dialect | None:
    """Return the dialect that is spoken at the request's address; None where it is our own."""
    return next((dialect for dialect in DIALECTS if request.path.startswith(dialect.prefix)), None)
