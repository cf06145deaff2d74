"""A new password for whoever of the staff is signed in."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse, HttpResponseRedirect

from accounts import services
from accounts.credentials import caller_of
from cloudbox.console.forms import OwnPasswordForm
from cloudbox.errors import Refusal

FIELDS = {"current_password": "old_password", "new_password": "new_password1"}


class PasswordChange(PasswordChangeView):
    """Django's page over our service: it checks the rules, ends the other sessions and records it."""

    form_class = OwnPasswordForm
    template_name = "registration/password_change_form.html"

    def form_valid(self, form: Any) -> HttpResponse:
        given = form.cleaned_data
        try:
            services.change_password(
                by=caller_of(self.request), current=given["old_password"], new=given["new_password1"]
            )
        except Refusal as refusal:
            form.add_error(FIELDS.get(str(refusal.facts.get("field"))), refusal.message)
            return self.form_invalid(form)
        user: Any = self.request.user
        user.refresh_from_db()
        update_session_auth_hash(self.request, user)
        return HttpResponseRedirect(self.get_success_url())
