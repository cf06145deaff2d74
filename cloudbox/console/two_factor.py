"""The second step of signing in here, and the page where the staff look after their own two-factor."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, login
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from accounts import browsers
from accounts.credentials import caller_of
from accounts.qr import svg_of
from accounts.refusals import ChallengeRefused
from accounts.services import two_factor
from cloudbox.errors import Refusal

CHALLENGE, FOLLOWING = "console_challenge", "console_next"  # in the session of somebody between password and code
type_of_context = dict[str, Any]


def _code_field(help_text: str, *, is_first: bool = True) -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "autofocus": is_first, "spellcheck": "false"}
    return forms.CharField(
        label="Code", max_length=64, help_text=help_text, widget=UnfoldAdminTextInputWidget(attrs=attributes)
    )


def _password_field() -> forms.CharField:
    attributes = {"autocomplete": "current-password"}
    return forms.CharField(
        label="Your password", strip=False, required=False, widget=UnfoldAdminPasswordWidget(attrs=attributes)
    )


class CodeForm(forms.Form):
    code = _code_field("Of your authenticator, or a recovery code.")


class BeginForm(forms.Form):
    current_password = _password_field()


class ConfirmForm(forms.Form):
    """Brings the secret's address along: nobody without it can have it shown once more."""

    uri = forms.CharField(
        max_length=1024, widget=forms.HiddenInput, validators=[RegexValidator(r"\Aotpauth://totp/[!-~]+\Z")]
    )
    code = _code_field("The six digits that your authenticator shows now.")


class BothForm(forms.Form):
    current_password = _password_field()
    code = _code_field("Of your authenticator, or a recovery code.", is_first=False)


def remember(request: HttpRequest, challenge: str) -> HttpResponse:
    """Send somebody whose password was right on to the page that asks for the code."""
    request.session[CHALLENGE] = challenge
    request.session[FOLLOWING] = request.POST.get("next") or request.GET.get("next") or ""
    return redirect("admin:login_code")


def ask_for_code(
    request: HttpRequest, context: type_of_context, came_in: Callable[[HttpRequest], None]
) -> HttpResponseBase:
    """Show the page that asks for the code; with the right one, sign in and go on."""
    challenge = request.session.get(CHALLENGE)
    if not challenge:
        return redirect("admin:login")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user: Any = authenticate(request, challenge=challenge, code=form.cleaned_data["code"])
        except ChallengeRefused as refusal:
            del request.session[CHALLENGE]
            messages.error(request, refusal.message)
            return redirect("admin:login")
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            following = request.session.pop(FOLLOWING, "")
            del request.session[CHALLENGE]
            return _let_in(request, user, following, came_in)
    return _private(render(request, "admin/login_code.html", {**context, "form": form}))


def _let_in(
    request: HttpRequest, user: Any, following: str, came_in: Callable[[HttpRequest], None]
) -> HttpResponseBase:
    if user is None or not user.is_staff:
        messages.error(request, "This account does not belong to the staff.")
        return redirect("admin:login")
    login(request, user)
    came_in(request)
    ours = url_has_allowed_host_and_scheme(following, {request.get_host()}, require_https=request.is_secure())
    return redirect(following if ours else reverse("admin:index"))


@dataclass
class Page:
    """The page of one's own two-factor: what is shown on it beside the state, and the forms as filled in."""

    request: HttpRequest

    def __post_init__(self) -> None:
        self.by = caller_of(self.request)
        self.shown: type_of_context = {}

    def answer(self, context: type_of_context) -> HttpResponseBase:
        if self.request.method == "POST":
            acts = {"begin": self.begin, "confirm": self.confirm, "renew": self.renew, "off": self.turn_off}
            act = acts.get(self.request.POST.get("act", ""))
            if act is not None:
                act()
        state = two_factor.state(by=caller_of(self.request))
        forms = {"begin": BeginForm(), "both": BothForm(auto_id="id_renew_%s"), "off": BothForm(auto_id="id_off_%s")}
        return _private(
            render(self.request, "admin/two_factor.html", {**context, **forms, "state": state, **self.shown})
        )

    def begin(self) -> None:
        form = BeginForm(self.request.POST)
        setup = self._done(form, lambda given: two_factor.begin_setup(by=self.by, **given), shown_as="begin")
        if setup:
            self._show_secret(ConfirmForm(initial={"uri": setup.uri}), setup.uri)

    def confirm(self) -> None:
        form = ConfirmForm(self.request.POST)
        turned_on = self._done(
            form, lambda given: two_factor.confirm(by=self.by, code=given["code"]), shown_as="confirm"
        )
        if turned_on:
            self.shown = {"codes": turned_on.recovery_codes}
            browsers.stay(self.request)
        elif "uri" in form.cleaned_data:
            self._show_secret(form, form.cleaned_data["uri"])

    def renew(self) -> None:
        form = BothForm(self.request.POST, auto_id="id_renew_%s")
        codes = self._done(form, lambda given: two_factor.renew_recovery_codes(by=self.by, **given), shown_as="both")
        if codes:
            self.shown = {"codes": codes}

    def turn_off(self) -> None:
        form = BothForm(self.request.POST, auto_id="id_off_%s")
        if self._done(form, self._turned_off, shown_as="off"):
            messages.success(self.request, "Two-factor is off.")

    def _confirmed(self, given: dict[str, Any]) -> two_factor.TurnedOn:
        return two_factor.confirm(by=self.by, code=given["code"])

    def _turned_off(self, given: dict[str, Any]) -> bool:
        two_factor.turn_off(by=self.by, **given)
        return True

    def _done(self, form: Any, act: Callable[[dict[str, Any]], Any], *, shown_as: str) -> Any:
        """Return what `act` returns; None where the form is shown again with what is wrong with it."""
        if form.is_valid():
            try:
                return act(form.cleaned_data)
            except Refusal as refusal:
                field = str(refusal.facts.get("field", ""))
                form.add_error(field if field in form.fields else None, refusal.message)
        self.shown = {shown_as: form}
        return None

    def _show_secret(self, form: ConfirmForm, uri: str) -> None:
        picture = b64encode(svg_of(uri).encode()).decode()
        secret = parse_qs(urlsplit(uri).query).get("secret", [""])[0]
        self.shown = {"confirm": form, "qr": f"data:image/svg+xml;base64,{picture}", "secret": secret}


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
