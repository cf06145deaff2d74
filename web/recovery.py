"""/password/forgot, /password/reset, /email/verify, /account/email: lost passwords, and whose an address is."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services
from accounts.callers import Caller
from accounts.credentials import browser_of, visitor_of
from accounts.refusals import LinkRefused
from accounts.services import recovery
from web.forms import NewPasswordForm, PageForm, address_field, password_field
from web.pages import as_given, do, fill_in, filled_in, for_people, show, shown_or_filled_in

HERE = "profile"


class ForgottenForm(PageForm):
    email = address_field(help_text=gettext_lazy("The one of your account."))
    is_all_there_is = True


class ResetForm(NewPasswordForm):
    is_all_there_is = True


class EmailForm(PageForm):
    email = address_field(gettext_lazy("New e-mail address"), required=False, help_text=gettext_lazy("Empty: none."))
    current_password = password_field()


@shown_or_filled_in
def forgot(request: HttpRequest) -> HttpResponseBase:
    """Ask for the link that lets one choose a new password."""

    def ask(given: dict[str, Any]) -> HttpResponseBase:
        recovery.request_reset(by=visitor_of(request), email=given["email"])
        return show(request, "forgot_sent.html", {"email": given["email"]})

    return fill_in(request, "forgot.html", as_given(ForgottenForm, request), ask)


@shown_or_filled_in
def reset(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Where that link leads."""
    try:
        recovery.may_reset(secret)
    except LinkRefused as refusal:
        return _link_refused(request, refusal, reverse("forgot"), _("Ask for a new link"))

    def choose(given: dict[str, Any]) -> HttpResponseBase:
        recovery.reset_password(by=visitor_of(request), secret=secret, password=given["password"])
        messages.success(request, _("Your password is changed. Sign in with it."))
        return redirect("login")

    return fill_in(request, "reset.html", as_given(ResetForm, request), choose)


@shown_or_filled_in
def verify(request: HttpRequest, secret: str) -> HttpResponseBase:
    """Confirm an address with a button: programs that look at mail follow its links, and press none."""

    def confirm(_given: dict[str, Any]) -> HttpResponseBase:
        try:
            email = recovery.verify_email(by=visitor_of(request), secret=secret)
        except LinkRefused as refusal:
            return _link_refused(request, refusal, reverse("email"), _("To your account"))
        messages.success(request, _("%(email)s is confirmed.") % {"email": email})
        return redirect("email" if browser_of(request).signed_in else "login")

    return fill_in(request, "verify.html", as_given(PageForm, request), confirm)


@shown_or_filled_in
@for_people
def email(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """One's address, whether it is confirmed, and another one."""

    def change(given: dict[str, Any]) -> HttpResponseBase:
        changed = services.change_profile(
            by=by, changes={"email": given["email"]}, current_password=given["current_password"]
        )
        messages.success(request, _what_happens(changed))
        return redirect("email")

    return fill_in(
        request, "email.html", as_given(EmailForm, request), change, here=HERE, profile=services.profile(by=by)
    )


@filled_in
@for_people
def send_verification(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Mail the link that confirms the address again."""
    return do(
        request, lambda: recovery.send_verification(by=by), done=_("The mail is on its way."), back=reverse("email")
    )


def _what_happens(profile: services.Profile) -> str:
    if profile.pending_email:
        said = _("A mail is on its way to %(email)s. The link in it makes the address yours.")
        return said % {"email": profile.pending_email}
    return (
        _("Your address is %(email)s.") % {"email": profile.email} if profile.email else _("You have no address now.")
    )


def _link_refused(request: HttpRequest, refusal: LinkRefused, back: str, label: str) -> HttpResponseBase:
    return show(request, "link_refused.html", {"back": back, "label": label}, status=refusal.status)
