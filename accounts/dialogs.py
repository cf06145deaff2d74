"""What the staff fill in about an account."""

from django import forms
from unfold.dataclasses import ActionDialog
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from cloudbox.environment import bytes_of


class Bytes(forms.CharField):
    """A number of bytes as people write it: `5 GiB`. None when empty."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: str) -> int | None:
        written = super().clean(value).strip()
        try:
            return bytes_of(written) if written else None
        except ValueError as error:
            raise forms.ValidationError(f"It must be {error}.") from error


class QuotaForm(BaseDialogForm):
    base_bytes = Bytes(required=False, label="Quota", help_text="Such as 5 GiB. Empty: the default of this server.")


class AllowanceForm(BaseDialogForm):
    bytes = Bytes(label="How much", help_text="Such as 10 GiB.")
    ends_at = forms.DateTimeField(
        required=False,
        label="Until",
        help_text="Such as 2027-12-31. Empty: for good.",
        widget=UnfoldAdminSingleDateWidget,
    )
    reason = forms.CharField(max_length=255, help_text="Its owner reads it.", widget=UnfoldAdminTextInputWidget)


class NewUserForm(BaseDialogForm):
    username = forms.CharField(max_length=254, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(required=False, label="E-mail address", widget=UnfoldAdminEmailInputWidget)
    password = forms.CharField(
        strip=False, help_text="Tell it to the user, who can change it.", widget=UnfoldAdminPasswordWidget
    )


class RoleForm(BaseDialogForm):
    role = forms.ChoiceField(
        choices=[
            ("support", "Support: accounts, but neither files nor their names"),
            ("finance", "Finance: quotas and allowances"),
            ("operator", "Operator: stores, tasks, mail, damages"),
            ("superuser", "Superuser: everything, and who belongs to the staff"),
        ],
        widget=UnfoldAdminSelectWidget,
    )


class SureForm(BaseDialogForm):
    sure = forms.BooleanField(label="I have made sure who is asking.", widget=UnfoldBooleanWidget)


def _dialog(title: str, description: str, form: type[BaseDialogForm], submit: str) -> ActionDialog:
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit}


QUOTA = _dialog("Set the quota", "What the user may store without any allowance.", QuotaForm, "Set")
ALLOWANCE = _dialog("Give an allowance", "Room beyond the quota, from now on.", AllowanceForm, "Give")
NEW_USER = _dialog("Add a user", "An account like those that people register themselves.", NewUserForm, "Add")
ROLE = _dialog("Give a role", "Whoever has one belongs to the staff of this server.", RoleForm, "Give")
TWO_FACTOR = _dialog(
    "Take two-factor off",
    "For somebody who has lost the phone and the recovery codes. All sessions end, and they are told by mail.",
    SureForm,
    "Take it off",
)
