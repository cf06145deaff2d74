"""The ancestors' ways of registering, logging in and changing a password: one table, each row a call.

What they refuse comes in their own shape (`cloudbox.dialects`). Fields that an ancestor does not know are left alone,
as theirs did. Who logs in here gets the one token that counts at every door.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from accounts import services
from accounts.credentials import caller_of, visitor_of
from accounts.refusals import CodeNeeded
from cloudbox import strict_json
from cloudbox.dialects import GENERAL_STORAGE, MIN_OBJECT_STORAGE, Dialect
from cloudbox.errors import BadInput, UnsupportedMediaType
from cloudbox.openapi import NATIVE

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store"}
type_of_fields = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of an ancestor: its exact path, a body as its documentation has it, and who answers.

    `needed` are the fields without which it is refused, in the words of `missing`; `optional` are ours beside them.
    """

    dialect: Dialect
    path: str
    summary: str
    body: Mapping[str, str]
    missing: str
    answer: Callable[[HttpRequest, type_of_fields], dict[str, Any]]
    returns: tuple[str, ...]
    status: HTTPStatus = HTTPStatus.OK
    optional: tuple[str, ...] = ()
    signed_in: bool = False

    @property
    def shown(self) -> str:
        """The call as one types it."""
        token = "-H 'If-Match: token JWT_TOKEN' " if self.signed_in else ""
        address = f"{settings.CLOUDBOX_URL}{self.path}"
        return f"curl -d '{json.dumps(self.body)}' {token}-H 'Content-Type: application/json' {address}"

    def fields_in(self, request: HttpRequest) -> type_of_fields:
        """Return the texts that the body has. Raises UnsupportedMediaType, MalformedJson, BadInput."""
        if request.content_type != JSON:
            raise UnsupportedMediaType("Send JSON, and say so: Content-Type: application/json.")
        fields = strict_json.body_of(request)
        if not isinstance(fields, dict):
            raise BadInput("body", "The body must be a JSON object.")
        known = {name: fields[name] for name in self.body if fields.get(name) not in (None, "")}
        known |= {name: fields[name] for name in self.optional if name in fields}
        for name, value in known.items():
            if not isinstance(value, str):
                raise BadInput(name, f"The {name} must be a text.")
        for name in self.body:
            if name not in known:
                raise BadInput(name, self.missing)
        return known


def _register(name_field: str, answer: dict[str, str]) -> Callable[[HttpRequest, type_of_fields], dict[str, Any]]:
    """An address is taken for the e-mail address that it is, as at the other doors."""

    def register(request: HttpRequest, fields: type_of_fields) -> dict[str, Any]:
        name = fields[name_field]
        names = {"email": name} if "@" in name else {"username": name}
        services.register(by=visitor_of(request), password=fields["password"], **names)
        return answer

    return register


def _sign_in(request: HttpRequest, name: str, password: str) -> services.SignedIn:
    """Raises CodeNeeded, besides what `sign_in` raises: the ancestors' clients know of no challenge."""
    begun = services.sign_in(by=visitor_of(request), name=name, password=password)
    if isinstance(begun, services.Challenge):
        raise CodeNeeded(begun.challenge)
    return begun


def _login_for_objects(request: HttpRequest, fields: type_of_fields) -> dict[str, Any]:
    return {"jwt_token": _sign_in(request, fields["username"], fields["password"]).access}


def _login_generally(request: HttpRequest, fields: type_of_fields) -> dict[str, Any]:
    return general_answer(_sign_in(request, fields["name"], fields["password"]))


def _change_password(request: HttpRequest, fields: type_of_fields) -> dict[str, Any]:
    """The new token comes along: with the password the old one has ended."""
    signed_in = services.change_password(
        by=caller_of(request), current=fields.get("old_password"), new=fields["password"]
    )
    return {"_status": "OK", **({"access_token": signed_in.access} if signed_in else {})}


def general_answer(signed_in: services.SignedIn) -> dict[str, Any]:
    """Return what the general storage system answers to whoever has signed in, by whatever way."""
    return {
        "_status": "OK",
        "access_token": signed_in.access,
        "user_id": str(signed_in.user_id),
        "user_name": signed_in.username,
    }


_OBJECTS: dict[str, Any] = {
    "dialect": MIN_OBJECT_STORAGE,
    "body": {"username": "cary", "password": "your own password"},
    "missing": "Username or password missing",
}
_GENERAL: dict[str, Any] = {
    "dialect": GENERAL_STORAGE,
    "body": {"name": "cary", "password": "your own password"},
    "missing": "name or password is null",
}
CALLS = [
    Call(
        **_OBJECTS,
        path="/users/register",
        summary="Register (as min-object-storage does)",
        answer=_register("username", {"message": "User created"}),
        returns=("message",),
        status=HTTPStatus.CREATED,
    ),
    Call(
        **_OBJECTS,
        path="/users/login",
        summary="Log in (as min-object-storage does)",
        answer=_login_for_objects,
        returns=("jwt_token",),
    ),
    Call(
        **_GENERAL,
        path="/api/v1/user/register",
        summary="Register (as the general storage system does)",
        answer=_register("name", {"_status": "OK"}),
        returns=("_status",),
    ),
    Call(
        **_GENERAL,
        path="/api/v1/user/login",
        summary="Log in (as the general storage system does)",
        answer=_login_generally,
        returns=("_status", "access_token", "user_id", "user_name"),
    ),
    Call(
        **{**_GENERAL, "body": {"password": "your new password"}, "missing": "password is null"},
        path="/api/v1/user/change_pwd",
        summary="Change your password (as the general storage system does)",
        answer=_change_password,
        returns=("_status",),
        optional=("old_password",),
        signed_in=True,
    ),
]


class Door(View):
    """The view of one call."""

    call = CALLS[0]  # `as_view` sets another

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.right_call = self.call.shown  # type: ignore[attr-defined]  # for cloudbox.dialects
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.call.signed_in:
            caller_of(request).must_be_signed_in()
        body = strict_json.dumps(self.call.answer(request, self.call.fields_in(request)))
        return HttpResponse(body, JSON, self.call.status, headers=NO_STORE)


def addresses_below(prefix: str) -> list[URLPattern]:
    """Return the addresses of the calls below `prefix`, each with and without a slash at the end."""
    return [
        re_path(rf"^{call.path.removeprefix(prefix)}/?$", _view_of(call))
        for call in CALLS
        if call.path.startswith(prefix)
    ]


def _view_of(call: Call) -> Callable[..., HttpResponseBase]:
    """Return the view, without Django's CSRF check: a session cookie alone has to pass that of `caller_of`."""
    view: Any = csrf_exempt(Door.as_view(call=call))
    view.openapi = {"post": _described(call)}
    answering: Callable[..., HttpResponseBase] = view
    return answering


def _described(call: Call) -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in (*call.body, *call.optional)}
    answers = {name: {"type": "string"} for name in call.returns}
    request = {"type": "object", "required": list(call.body), "properties": texts, "example": dict(call.body)}
    return {
        "summary": call.summary,
        "tags": ["ancestors"],
        "security": [{"bearer": []}] if call.signed_in else [],
        "requestBody": {"required": True, "content": {JSON: {"schema": request}}},
        "responses": {
            str(call.status.value): {
                "description": "Done.",
                "content": {
                    JSON: {"schema": {"type": "object", "required": list(call.returns), "properties": answers}}
                },
            },
            "default": {
                "description": f"Why not, as {call.dialect.name} says it.",
                "content": {JSON: {"schema": call.dialect.schema}},
            },
        },
    }


BELOW_USERS = addresses_below("/users/")
BELOW_NATIVE = addresses_below(NATIVE)
