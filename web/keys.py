"""/account/keys: access keys, for programs that act in one's name."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.callers import Caller
from accounts.services import keys
from assets.services import tree
from assets.words import Kind
from cloudbox.pages import MOST
from web.forms import PageForm
from web.pages import as_given, fill_in, filled_in, for_people, show, shown_or_filled_in
from web.snippets import snippets_of

HERE = "keys"
SCOPES = (
    ("read", gettext_lazy("Read: see and download. All others but documents need it")),
    ("write", gettext_lazy("Write: make folders, upload, replace, rename, move")),
    ("delete", gettext_lazy("Delete: into the trash, and out of it")),
    ("share", gettext_lazy("Share: let people in and out")),
    ("documents", gettext_lazy("Documents: the document database")),
)
LIVES = (  # days
    ("7", gettext_lazy("A week")),
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("A year")),
    ("", gettext_lazy("Until I revoke it")),
)
EVERYTHING = (("", gettext_lazy("Everything that I may use")),)


class KeyForm(PageForm):
    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        help_text=gettext_lazy("Such as: photo frame."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"), choices=SCOPES, initial=["read"], widget=forms.CheckboxSelectMultiple
    )
    folder = forms.ChoiceField(label=gettext_lazy("Where"), required=False, choices=EVERYTHING)
    days = forms.ChoiceField(label=gettext_lazy("How long"), required=False, choices=LIVES, initial="90")
    called_here = {"expires_at": "days"}

    def __init__(self, *args: Any, folders: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["folder"].choices = [*EVERYTHING, *folders]  # type: ignore[attr-defined]  # a ChoiceField has them


@shown_or_filled_in
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """List them, without their secrets."""
    page = keys.page(by=by, cursor=request.GET.get("cursor"))
    context = {"here": HERE, "keys": page, "now": timezone.now()}
    return show(request, "keys.html", context)


@shown_or_filled_in
@for_people
def make(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """A new key, whose secret is shown this once."""

    def make(given: dict[str, Any]) -> HttpResponseBase:
        made = keys.make(
            by=by,
            name=given["name"],
            scopes=given["scopes"],
            folder_id=UUID(given["folder"]) if given["folder"] else None,
            expires_at=timezone.now() + timedelta(days=int(given["days"])) if given["days"] else None,
        )
        root = tree.get(by=by, asset_id=None).id
        snippets = snippets_of(made, url=settings.CLOUDBOX_URL, root=root)
        return show(request, "new_key.html", {"here": HERE, "key": made, "snippets": snippets})

    context = {
        "here": HERE,
        "heading": _("A new access key"),
        "said": _("A program that has it acts for you, as far as the key goes and no further."),
        "button": _("Make the key"),
        "back": reverse("keys"),
    }
    form = as_given(KeyForm, request, folders=_folders(by))
    return fill_in(request, "own_form.html", form, make, **context)


@filled_in
@for_people
def revoke(request: HttpRequest, by: Caller, key_id: str) -> HttpResponseBase:
    """End one at once."""
    keys.revoke(by=by, key_id=UUID(key_id))
    messages.success(request, _("The key is revoked. It opens nothing any more."))
    return redirect("keys")


def _folders(by: Caller) -> list[tuple[str, str]]:
    """Return the folders at the top of one's own tree, by id."""
    top = tree.content_of(by=by, folder_id=None, kind=Kind.FOLDER, limit=MOST)
    return [(str(folder.id), _("The folder %(name)s") % {"name": folder.name}) for folder in top.items]
