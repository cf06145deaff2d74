"""What people fill in. Whether it can be used is for the services to say; here are labels, hints, kinds of fields."""

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cloudbox.errors import Refusal
from cloudbox.problems import in_words

MINUTE = 60  # seconds
COUNTED_IN_SECONDS = 90  # what is shorter

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Text: TypeAlias = "str | _StrPromise"  # a sentence, or one that waits for the reader's language
YOUR_PASSWORD, ADDRESS = _("Your password"), _("E-mail address")
password_rules = lazy(lambda: " ".join(password_validators_help_texts()), str)


class PageForm(forms.Form):
    """A form that can say what a service has said, and whose first wrong field has the focus."""

    called_here: ClassVar[dict[str, str]] = {}  # fields of a service that have another name in this form
    is_all_there_is = False  # on its page, so that the browser may begin in it

    def say(self, refusal: Refusal) -> None:
        """Put what a service has said at the fields that it named, or above the form."""
        errors = refusal.facts.get("errors")
        named = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        for error in named or [{"field": str(refusal.facts.get("field", "")), "reason": sentence_of(refusal)}]:
            field = self.called_here.get(error["field"], error["field"])
            self.add_error(field if field in self.fields else None, error["reason"])

    def focus(self) -> None:
        """Let the browser begin at the first wrong field, or at the first that waits for something."""
        wrong = [field for field in self.visible_fields() if field.errors]
        empty = [field for field in self.visible_fields() if not field.value() or field.widget_type == "password"]
        begins = (wrong or empty) if self.is_bound or self.is_all_there_is else []
        if begins:
            begins[0].field.widget.attrs["autofocus"] = True


class NewPasswordForm(PageForm):
    """Asks twice for a new password: nobody sees what they type."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=password_rules(),  # type: ignore[no-untyped-call]  # in the reader's language
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("Repeat it"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    called_here: ClassVar = {"new_password": "password"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "again" in given and given.get("password") != given["again"]:
            self.add_error("again", gettext("The two are not the same."))
        return given


def password_field(label: Text = YOUR_PASSWORD, *, required: bool = True, help_text: Text = "") -> forms.CharField:
    """Return a field for the password that somebody has."""
    return forms.CharField(
        label=label,
        required=required,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def code_field(*, help_text: Text) -> forms.CharField:
    """Return a field for a code of the second factor."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=_("Code"), help_text=help_text, widget=forms.TextInput(attrs=attributes))


def address_field(label: Text = ADDRESS, *, required: bool = True, help_text: Text = "") -> forms.CharField:
    """Return a field for an address. What is one is for the services to say."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


def name_field(label: Text, autocomplete: str, *, required: bool = True, help_text: Text = "") -> forms.CharField:
    """Return a field for what somebody or something is called, without a keyboard's corrections."""
    attributes = {"autocomplete": autocomplete, "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(
        label=label, required=required, help_text=help_text, widget=forms.TextInput(attrs=attributes)
    )


def sentence_of(refusal: Refusal) -> str:
    """Return what a refusal says to people, with the time to wait if there is one."""
    seconds = refusal.facts.get("retry_after")
    if not isinstance(seconds, int):
        return in_words(refusal)
    return f"{in_words(refusal)} {again_in(seconds)}"


def again_in(seconds: int) -> str:
    """Return the sentence that says how long to wait."""
    if seconds < COUNTED_IN_SECONDS:
        said = ngettext("Try again in %(count)s second.", "Try again in %(count)s seconds.", seconds)
        return said % {"count": seconds}
    minutes = -(-seconds // MINUTE)
    return ngettext("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes) % {"count": minutes}
