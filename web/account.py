"""/account: what one has here, who one is, and one's password."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import browsers, services
from accounts.callers import Caller
from accounts.services import two_factor
from assets.services import tree
from assets.services.marks import Marks
from web.files.rows import Row
from web.forms import NewPasswordForm, PageForm, name_field, password_field
from web.pages import as_given, fill_in, filled_in, for_people, show, shown_or_filled_in
from web.safety import checks_of

PICTURE = "profile_pict"


class ProfileForm(PageForm):
    first_name = forms.CharField(
        label=gettext_lazy("First name"), required=False, widget=forms.TextInput({"autocomplete": "given-name"})
    )
    middle_name = forms.CharField(
        label=gettext_lazy("Middle name"), required=False, widget=forms.TextInput({"autocomplete": "additional-name"})
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"), required=False, widget=forms.TextInput({"autocomplete": "family-name"})
    )
    country = forms.CharField(
        label=gettext_lazy("Country"), required=False, widget=forms.TextInput({"autocomplete": "country-name"})
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"})
    )
    date_of_birth = forms.DateField(
        label=gettext_lazy("Date of birth"),
        required=False,
        widget=forms.DateInput({"autocomplete": "bday", "type": "date"}, format="%Y-%m-%d"),
    )
    profile_pict = forms.FileField(
        label=gettext_lazy("A new picture"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF, at most 10 MiB. It shows once it is cropped."),
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )


class UsernameForm(PageForm):
    username = name_field(gettext_lazy("Username"), "username")
    current_password = password_field()


class FirstPasswordForm(NewPasswordForm):
    """For those who came with an identity elsewhere."""


class PasswordForm(NewPasswordForm):
    current_password = password_field()
    field_order = ("current_password", "password", "again")


@shown_or_filled_in
@for_people
def account(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Who one is here, and what would make the account safer."""
    known = services.profile(by=by)
    checks = checks_of(known, two_factor.state(by=by))
    context = {
        "here": "account",
        "profile": known,
        "checks": checks,
        "todo": sum(not check.good for check in checks),
        "everything": Row(tree.get(by=by, asset_id=None), Marks()).download,
    }
    return show(request, "account.html", context)


@shown_or_filled_in
@for_people
def profile(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Who one is, as others see it, and one's picture."""
    known = services.profile(by=by)
    initial = {name: getattr(known, name) for name in ProfileForm.base_fields if name != PICTURE}

    def save(given: dict[str, Any]) -> HttpResponseBase:
        picture = given.pop(PICTURE)
        services.change_profile(by=by, changes=given, picture=picture.read() if picture else None)
        messages.success(request, _("Your profile is saved."))
        return redirect("profile")

    form = as_given(ProfileForm, request, initial=initial)
    return fill_in(request, "profile.html", form, save, here="profile", profile=known)


@filled_in
@for_people
def remove_picture(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """Back to the first letter of one's name."""
    services.remove_picture(by=by)
    messages.success(request, _("Your picture is removed."))
    return redirect("profile")


@shown_or_filled_in
@for_people
def username(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What one signs in with, and what others share with."""

    def change(given: dict[str, Any]) -> HttpResponseBase:
        services.change_profile(
            by=by, changes={"username": given["username"]}, current_password=given["current_password"]
        )
        messages.success(request, _("Your username is changed."))
        return redirect("profile")

    form = as_given(UsernameForm, request, initial={"username": by.username})
    context = {
        "here": "profile",
        "heading": _("Your username"),
        "said": _("You sign in with it, and others share with you by it."),
        "button": _("Change it"),
    }
    return fill_in(request, "own_form.html", form, change, **context)


@shown_or_filled_in
@for_people
def password(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """A new password, which ends all other sessions."""

    def change(given: dict[str, Any]) -> HttpResponseBase:
        services.change_password(by=by, current=given.get("current_password", ""), new=given["password"])
        browsers.stay(request)
        messages.success(request, _("Your password is changed. You are signed out everywhere else."))
        return redirect("password")

    form = PasswordForm if services.profile(by=by).has_password else FirstPasswordForm
    return fill_in(request, "password.html", as_given(form, request), change, here="password", by=by)
