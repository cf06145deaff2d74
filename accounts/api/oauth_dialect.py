"""The general storage system's way of signing in with GitHub and others; what it refuses comes in that one's shape."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from accounts.api.dialects import JSON, NO_STORE, general_answer
from accounts.credentials import visitor_of
from accounts.refusals import CodeNeeded, OAuthRefused
from accounts.services import Challenge, SignedIn, identities
from cloudbox import strict_json
from cloudbox.dialects import GENERAL_STORAGE
from cloudbox.errors import BadInput

PATH = "/api/v1/user/oauth"
RETURNS = ("_status", "access_token", "user_id", "user_name")
PARAMETERS = {
    "type": "Who vouches: a name from `/api/v1/auth/oauth/`.",
    "code": "What the browser came back with.",
    "state": "What it came back with, too; begun at `/api/v1/auth/oauth/{provider}/start/`.",
    "redirect_uri": "The address with which it was begun; without one, our own page.",
    "error": "What the provider says instead of a code.",
}


@require_GET
def _oauth(request: HttpRequest) -> HttpResponse:
    """Sign in with a code, as the ancestor's documentation has it: in the address."""
    given = {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}
    if "error" in given:
        given.pop("code", None)
    for name in ("type", "state") if "error" in given else ("type", "code", "state"):
        if name not in given:
            raise BadInput(name, f"parameter is null: {name}.{_quoting(given)}")
    finished = identities.finish(by=visitor_of(request), provider=given.pop("type"), **given)
    if isinstance(finished, Challenge):
        raise CodeNeeded(finished.challenge)
    if not isinstance(finished, SignedIn):  # whoever links an identity is signed in, and that is no matter of this door
        raise OAuthRefused
    return HttpResponse(strict_json.dumps(general_answer(finished)), JSON, headers=NO_STORE)


def _quoting(given: dict[str, str]) -> str:
    """Return what somebody is told whose shell has taken the first & for the end of the command."""
    if set(given) - {"code"}:
        return ""
    return f" An unquoted & ends a command, so put the address in quotes: {_right_call()}"


def _right_call() -> str:
    return f"curl '{settings.CLOUDBOX_URL}{PATH}?code=CODE&type=github&redirect_uri=ADDRESS&state=STATE'"


def _described() -> dict[str, Any]:
    texts = {name: {"type": "string"} for name in RETURNS}
    return {
        "summary": "Sign in with a provider (as the general storage system does)",
        "tags": ["ancestors"],
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "query",
                "required": name in {"type", "state"},
                "description": description,
                "schema": {"type": "string"},
            }
            for name, description in PARAMETERS.items()
        ],
        "responses": {
            "200": {
                "description": "Signed in.",
                "content": {JSON: {"schema": {"type": "object", "required": list(RETURNS), "properties": texts}}},
            },
            "default": {
                "description": f"Why not, as {GENERAL_STORAGE.name} says it.",
                "content": {JSON: {"schema": GENERAL_STORAGE.schema}},
            },
        },
    }


def _answered(request: HttpRequest) -> HttpResponseBase:
    request.right_call = _right_call()  # type: ignore[attr-defined]  # for cloudbox.dialects
    return _oauth(request)


view: Any = csrf_exempt(_answered)
view.openapi = {"get": _described()}
