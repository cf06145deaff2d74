"""How the ancestors' doors say no: in the shape their clients know, at the true HTTP status.

Whatever refuses a request, a view, the framework or a middleware, its address decides the shape, so that a client
of an ancestor never meets a problem of RFC 9457. The sentences are the ancestor's where it has one; the others are
ours and name the field.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, NamedTuple

from django.http import HttpRequest

from cloudbox.errors import Refusal

# What a client that sends something else than the documented call is shown that call with.
SHOWN_THE_CALL = {"malformed_json", "method_not_allowed", "unsupported_media_type"}
BODIED = {"POST", "PUT", "PATCH"}
PYDANTIC = {"bad_input": "value_error", "malformed_json": "json_invalid"}  # our codes, its words
type_of_schema = dict[str, Any]


class Said(NamedTuple):
    """A refusal as a dialect is about to say it. `faults` are its fields, each with a reason; `where` they are."""

    status: int
    code: int
    sentence: str
    faults: list[dict[str, str]]
    where: str


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The refusals of one ancestor.

    `fields` are its names for our fields. `sentences`, `statuses` and `numbers` are by our codes; where they are
    silent, our own stand. A number is what it says in its body where that is not the status.
    """

    name: str
    prefix: str
    body: Callable[[Said], dict[str, Any]]
    schema: type_of_schema
    fields: Mapping[str, str]
    sentences: Mapping[str, str]
    statuses: Mapping[str, int] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)

    def status_of(self, refusal: Refusal) -> int:
        return self.statuses.get(refusal.code, refusal.status)

    def body_of(self, refusal: Refusal, request: HttpRequest) -> dict[str, Any]:
        """Return the refusal as this ancestor's clients know it."""
        faults = _faults(refusal)
        sentence = self.sentences.get(refusal.code) or " ".join(self._named(fault) for fault in faults)
        right_call = getattr(request, "right_call", "")
        if right_call and refusal.code in SHOWN_THE_CALL:
            sentence = f"{sentence} The right call: {right_call}"
        status = self.status_of(refusal)
        where = "body" if request.method in BODIED else "query"
        return self.body(Said(status, self.numbers.get(refusal.code, status), sentence, faults, where))

    def _named(self, fault: Mapping[str, Any]) -> str:
        name = self.fields.get(fault["field"], fault["field"])
        named = not name or name in fault["reason"].lower()
        return str(fault["reason"]) if named else f"{name}: {fault['reason']}"


def _faults(refusal: Refusal) -> list[dict[str, str]]:
    faults = refusal.facts.get("errors")
    if isinstance(faults, list):
        return [fault for fault in faults if isinstance(fault, dict)]
    kind = refusal.facts.get("kind") or refusal.code
    return [{"field": str(refusal.facts.get("field") or ""), "reason": refusal.message, "kind": str(kind)}]


def _as_fastapi(said: Said) -> dict[str, Any]:
    """Return what FastAPI says: a list of what is wrong with the input, and of anything else a sentence."""
    if said.status != HTTPStatus.UNPROCESSABLE_ENTITY:
        return {"detail": said.sentence}
    return {"detail": [_as_pydantic(fault, said) for fault in said.faults]}


def _as_pydantic(fault: Mapping[str, str], said: Said) -> dict[str, Any]:
    kind = PYDANTIC.get(fault.get("kind", ""), fault.get("kind", "value_error"))
    reason = said.sentence if kind == "json_invalid" else fault["reason"]
    message = f"Value error, {reason}" if kind == "value_error" else reason
    return {"type": kind, "loc": [said.where, *filter(None, [fault["field"]])], "msg": message}


def _schema(**properties: type_of_schema) -> type_of_schema:
    return {"type": "object", "required": list(properties), "properties": properties}


MIN_OBJECT_STORAGE = Dialect(
    name="min-object-storage",
    prefix="/users/",
    body=lambda said: {"error": said.sentence},
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
    body=lambda said: {"_status": "ERR", "_error": {"code": said.code, "message": said.sentence}},
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
OBJECTS = replace(
    MIN_OBJECT_STORAGE,
    prefix="/data/",
    fields={},
    sentences={
        "access_denied": "Unauthorized",
        "identifier_taken": "File identifier must be globally unique",
        "not_authenticated": "Token is missing or in wrong format",
        "token_refused": "Invalid token",
    },
    statuses={"access_denied": 401, "identifier_taken": 400},
)
# What Hive Node, the general storage system's descendant, answers where that has no such call or refusal.
PATHS = replace(
    GENERAL_STORAGE,
    prefix="/api/v1/file/",
    fields={"folder": "dst_path"},
    sentences={},
    statuses={"name_taken": 405, "plan_expired": 423, "quota_exceeded": 507, "unsupported_media_type": 400},
    numbers={"quota_exceeded": 453},
)
BLOBS = Dialect(
    name="the data storage service",
    prefix="/v1/blobs",
    body=_as_fastapi,
    schema=_schema(
        detail={
            "oneOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": _schema(
                        type={"type": "string"},
                        loc={"type": "array", "items": {"type": "string"}},
                        msg={"type": "string"},
                    ),
                },
            ]
        }
    ),
    fields={},
    sentences={
        "identifier_taken": "A blob with this id already exists",
        "not_authenticated": "Not authenticated",
        "token_refused": "Invalid token.",
    },
    statuses={"bad_input": 422, "malformed_json": 422},
)
DIALECTS = (MIN_OBJECT_STORAGE, GENERAL_STORAGE, OBJECTS, PATHS, BLOBS)


def dialect_of(request: HttpRequest) -> Dialect | None:
    """Return the dialect that is spoken at the request's address; None where it is our own."""
    return next((dialect for dialect in DIALECTS if request.path.startswith(dialect.prefix)), None)
