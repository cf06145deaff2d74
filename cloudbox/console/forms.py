"""The forms in which the staff give their passwords: services and limits are the same as at every other door."""

from typing import Any

from django.core.exceptions import ValidationError
from unfold.forms import AdminOwnPasswordChangeForm, AuthenticationForm

from accounts.refusals import CodeNeeded
from cloudbox.errors import Refusal


class SignInForm(AuthenticationForm):
    """Tells whoever guessed too often, or comes at a busy time, to wait."""

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except CodeNeeded:
            raise  # the password was right, and the page goes on to the next
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal
        return cleaned


class OwnPasswordForm(AdminOwnPasswordChangeForm):
    def clean_old_password(self) -> str:
        """Leave the password to the service, which limits the guesses; Django would look at it at once."""
        given: str = self.cleaned_data["old_password"]
        return given
