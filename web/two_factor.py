"""/account/two-factor: a code of one's phone beside the password."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import browsers, services
from accounts.callers import Caller
from accounts.services import two_factor
from web.forms import PageForm, code_field, password_field
from web.pages import as_given, fill_in, for_people, show, shown_or_filled_in

HERE = "two-factor"


class PasswordForm(PageForm):
    """Asks for the password of those who have one."""

    current_password = password_field()

    def __init__(self, *args: Any, has_password: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_password:
            del self.fields["current_password"]


class ConfirmForm(PageForm):
    code = code_field(help_text=gettext_lazy("The six digits that your authenticator shows now."))
    is_all_there_is = True


class BothForm(PasswordForm):
    code = code_field(help_text=gettext_lazy("As your authenticator shows it, or one of your recovery codes."))


@shown_or_filled_in
@for_people
def overview(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Whether it is on; if not, the way to set it up, which begins with the password."""

    def begin(given: dict[str, Any]) -> HttpResponseBase:
        setup = two_factor.begin_setup(by=by, **given)
        image = f"data:image/svg+xml;base64,{b64encode(setup.qr.encode()).decode()}"
        context = {"here": HERE, "form": ConfirmForm(), "setup": setup, "image": image}
        return show(request, "two_factor_confirm.html", context)

    form = as_given(PasswordForm, request, has_password=services.profile(by=by).has_password)
    return fill_in(request, "two_factor.html", form, begin, here=HERE, state=two_factor.state(by=by))


@shown_or_filled_in
@for_people
def confirm(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """The first code, which turns it on and brings the recovery codes."""
    if request.method != "POST":
        return redirect("two-factor")

    def turn_on(given: dict[str, Any]) -> HttpResponseBase:
        turned_on = two_factor.confirm(by=by, code=given["code"])
        browsers.stay(request)
        return _codes(request, turned_on.recovery_codes, _("Two-factor is on. You are signed out everywhere else."))

    return fill_in(request, "two_factor_confirm.html", as_given(ConfirmForm, request), turn_on, here=HERE)


@shown_or_filled_in
@for_people
def recovery_codes(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """New recovery codes; the old ones count no more."""

    def renew(given: dict[str, Any]) -> HttpResponseBase:
        return _codes(
            request, two_factor.renew_recovery_codes(by=by, **given), _("Your old recovery codes count no more.")
        )

    context = {
        "here": HERE,
        "heading": _("New recovery codes"),
        "said": _("You get ten new codes. Those that you have now count no more."),
        "button": _("Make new codes"),
    }
    return fill_in(request, "own_form.html", _both(request, by), renew, **context)


@shown_or_filled_in
@for_people
def turn_off(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Back to the password alone."""

    def turn_off(given: dict[str, Any]) -> HttpResponseBase:
        two_factor.turn_off(by=by, **given)
        messages.success(request, _("Two-factor is off."))
        return redirect("two-factor")

    context = {
        "here": HERE,
        "heading": _("Turn two-factor off"),
        "said": _("From then on your password alone lets somebody in."),
        "button": _("Turn it off"),
        "danger": True,
    }
    return fill_in(request, "own_form.html", _both(request, by), turn_off, **context)


def _both(request: HttpRequest, by: Caller) -> BothForm:
    return as_given(BothForm, request, has_password=services.profile(by=by).has_password)


def _codes(request: HttpRequest, codes: list[str], said: str) -> HttpResponseBase:
    """Show recovery codes, this once."""
    return show(
        request,
        "recovery_codes.html",
        {"here": HERE, "codes": codes, "said": said, "file": quote("\n".join(codes) + "\n")},
    )
