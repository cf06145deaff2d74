"""/login, /logout, /register: the ways in, and out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import browsers, services
from accounts.credentials import browser_of, visitor_of
from accounts.refusals import ChallengeRefused, RegistrationClosed
from accounts.services import identities
from cloudbox.errors import Refusal
from cloudbox.problems import in_words
from web.forms import NewPasswordForm, PageForm, address_field, code_field, name_field, password_field
from web.pages import HOME, NEXT, as_given, fill_in, next_of, show, shown_or_filled_in, with_next

CHALLENGE = "cloudbox_challenge"  # of a sign-in that waits for its code, in Django's session


class LoginForm(PageForm):
    name = name_field(gettext_lazy("Username or e-mail address"), "username")
    password = password_field(gettext_lazy("Password"))
    is_all_there_is = True


class CodeForm(PageForm):
    code = code_field(help_text=gettext_lazy("As your authenticator shows it, or one of your recovery codes."))
    is_all_there_is = True


class RegistrationForm(NewPasswordForm):
    email = address_field(required=False)
    username = name_field(
        gettext_lazy("Username"),
        "username",
        required=False,
        help_text=gettext_lazy("Without one, your address is your name."),
    )
    is_all_there_is = True
    field_order = ("email", "username", "password", "again")


@shown_or_filled_in
def login(request: HttpRequest) -> HttpResponseBase:
    """Sign in with name and password."""
    following = next_of(request)
    if browser_of(request).signed_in:
        return redirect(following or HOME)

    def sign_in(given: dict[str, Any]) -> HttpResponseBase:
        signed_in = services.sign_in(by=visitor_of(request), name=given["name"], password=given["password"])
        return come_in(request, signed_in, following)

    others = {"open": settings.CLOUDBOX_REGISTRATION == "open", "providers": identities.providers()}
    return fill_in(request, "login.html", as_given(LoginForm, request), sign_in, following=following, **others)


@shown_or_filled_in
def register(request: HttpRequest) -> HttpResponseBase:
    """Make an account, and sign in to it."""
    following, visitor = next_of(request), visitor_of(request)
    if browser_of(request).signed_in:
        return redirect(following or HOME)
    if settings.CLOUDBOX_REGISTRATION == "closed":
        raise RegistrationClosed

    def make(given: dict[str, Any]) -> HttpResponseBase:
        profile = services.register(
            by=visitor, username=given["username"], email=given["email"], password=given["password"]
        )
        try:
            signed_in = services.sign_in(by=visitor, name=profile.username, password=given["password"])
        except Refusal:  # the account is there: a busy moment must not look as if it were not
            messages.success(request, _("Your account is ready. Sign in to it."))
            return redirect(with_next(reverse("login"), following))
        messages.success(request, _("Welcome, %(name)s. Your account is ready.") % {"name": profile.username})
        return come_in(request, signed_in, following)

    context = {"following": following, "providers": identities.providers()}
    return fill_in(request, "register.html", as_given(RegistrationForm, request), make, **context)


@shown_or_filled_in
def logout(request: HttpRequest) -> HttpResponseBase:
    """Ask whether to sign out, because following a link must not do it; then do it."""
    by = browser_of(request)
    if request.method != "POST" and by.signed_in:
        return show(request, "logout.html", {"by": by})
    if by.signed_in:
        services.sign_out(by=by)
        browsers.leave(request)
        messages.success(request, _("You are signed out."))
    return redirect("login")


@shown_or_filled_in
def code(request: HttpRequest) -> HttpResponseBase:
    """The second step, for those who have two-factor."""
    waiting = request.session.get(CHALLENGE)
    if waiting is None or browser_of(request).signed_in:
        return redirect("login")

    def answer(given: dict[str, Any]) -> HttpResponseBase:
        try:
            signed_in = services.answer_challenge(
                by=visitor_of(request), challenge=waiting["challenge"], code=given["code"]
            )
        except ChallengeRefused as refusal:
            del request.session[CHALLENGE]
            messages.error(request, in_words(refusal))
            return redirect(with_next(reverse("login"), waiting[NEXT]))
        return come_in(request, signed_in, waiting[NEXT])

    return fill_in(request, "code.html", as_given(CodeForm, request), answer)


def come_in(request: HttpRequest, begun: services.SignedIn | services.Challenge, following: str) -> HttpResponseBase:
    """Let the browser in, and on to where it was going; or ask for the second factor first."""
    if isinstance(begun, services.Challenge):
        request.session[CHALLENGE] = {"challenge": begun.challenge, NEXT: following}
        return redirect("login-code")
    request.session.pop(CHALLENGE, None)
    browsers.enter(request, begun)
    return redirect(following or HOME)
