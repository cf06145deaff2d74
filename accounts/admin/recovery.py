"""A way back for people whom no mail reaches: a link that one of the staff hands over."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from accounts.credentials import caller_of
from accounts.services import recovery
from cloudbox.errors import Refusal

LINK: ActionDialog = {
    "title": "Make a recovery link",
    "description": (
        "Whoever has it chooses a new password, once, within an hour. Hand it to the user and to nobody else, on a way "
        "on which you know who they are. The audit log says that you made it."
    ),
    "form_class": BaseDialogForm,
    "form_submit_text": "Make it",
}


class RecoveryLinks:
    """The action of the page of a user."""

    @action(description="Make a recovery link", url_path="recovery-link", icon="link", dialog=LINK)
    def make_recovery_link(self, request: HttpRequest, _form: BaseDialogForm, object_id: str) -> HttpResponse:
        try:
            shown = {"link": recovery.make_link(by=caller_of(request), user_id=UUID(object_id))}
        except Refusal as refusal:
            shown = {"refused": refusal.message}
        return render(request, "admin/link_once.html", shown)
