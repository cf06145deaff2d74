"""The pages of the house itself: the welcome, the documentation, and what is said at addresses that do not exist."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.credentials import browser_of, caller_of
from cloudbox import __version__, catalogue, strict_json
from cloudbox.errors import NotAuthenticated, NotFound


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    """A page for people, JSON for programs."""
    if "text/html" in request.headers.get("Accept", ""):
        if browser_of(request).signed_in:
            return redirect("files")
        return render(
            request, "welcome.html", {"version": __version__, "open": settings.CLOUDBOX_REGISTRATION == "open"}
        )
    facts = {
        "name": "CloudBox",
        "version": __version__,
        "message": "The CloudBox storage service is running.",
        "api": f"{settings.CLOUDBOX_URL}/api/v1/",
        "documentation": f"{settings.CLOUDBOX_URL}/api/docs",
    }
    return HttpResponse(strict_json.dumps(facts), "application/json")


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI, from our own static files."""
    return render(request, "docs.html")


@require_safe
def apidocs(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - every view takes one
    """Where two of the ancestors had their documentation."""
    return redirect("docs")


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """The catalogue of errors, which the `type` of every problem points into."""
    entries = [(entry, _with_code(entry.meaning)) for entry in catalogue.entries()]
    return render(request, "errors.html", {"entries": entries})


def _with_code(text: str) -> SafeString:
    """Return `text` as HTML, in which what stands between backticks is code."""
    pieces = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", piece) if at % 2 else piece,) for at, piece in pieces)
    )


@csrf_exempt
def unknown(request: HttpRequest) -> HttpResponse:
    """Say that there is no such address; below /api/v1/ only to those who are signed in."""
    if request.path.startswith("/api/v1/") and not caller_of(request).signed_in:
        raise NotAuthenticated
    raise NotFound("There is no such address.")
